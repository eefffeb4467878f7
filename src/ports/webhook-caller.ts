// Posts to a webhook: one HTTP request to an address that a customer named.
//
// Promises: ends within the deadline of the implementation; never connects to an address that may not be connected to, wherever a
// name or a redirect leads; reads no body. What goes wrong is a value. Leaves to others: what is posted, and trying again.
import type { HttpAuth, WebhookHeader } from '../domain/webhook.ts';

export interface WebhookCall {
  readonly url: string;
  readonly httpAuth: HttpAuth | undefined;
  readonly httpHeaders: readonly WebhookHeader[];
  /** JSON. */
  readonly body: string;
}

export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly status: number }
  /** `reason` is for the owner of the webhook. */
  | { readonly kind: 'failed'; readonly reason: string };

export type CallWebhook = (call: WebhookCall) => Promise<WebhookAnswer>;
