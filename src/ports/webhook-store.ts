// Webhooks of servers, and counts of what was posted to them: part of the control data.
//
// Promises: those of the control store; the address of a webhook, its credentials and its headers are encrypted at rest.
import type { Webhook } from '../domain/webhook.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';

export type NewWebhook = Omit<Webhook, 'id'>;

/** What came of posting to a webhook within one hour. */
export interface DeliveryCounts {
  readonly succeeded: number;
  readonly failed: number;
  /** Of all of them, those that took long; a very slow one is in both. */
  readonly slow: number;
  readonly verySlow: number;
}

export interface DeliveryTally extends DeliveryCounts {
  readonly webhookId: number;
  /** Unix milliseconds; counted in its hour. */
  readonly at: number;
}

export interface WebhookStore {
  /** In order of creation; of all streams of the server without `streamId`. */
  list(serverId: ServerId, streamId?: StreamId): Promise<readonly Webhook[]>;
  find(serverId: ServerId, id: number): Promise<Webhook | undefined>;
  /** Undefined where the stream has `most` already. */
  add(webhook: NewWebhook, most: number): Promise<Webhook | undefined>;
  /** By its id and server; its stream stays. False where there is none. */
  replace(webhook: Webhook): Promise<boolean>;
  /** With its counts; false where there is none. */
  remove(serverId: ServerId, id: number): Promise<boolean>;

  /** Adds to what is counted; counts older than a week may be dropped. */
  tally(counts: readonly DeliveryTally[]): Promise<void>;
  /** Sums of the hours from that of `since` on. */
  counts(webhookId: number, since: number): Promise<DeliveryCounts>;
}

export const HOUR_MS = 3_600_000;
/** How long counts are of use. */
export const COUNTS_KEPT_MS = 7 * 24 * HOUR_MS;
