// Erasure: what is known of one recipient leaves the activity index, and what the logs still hold of it is shown no more.
//
// Promises: `erase` takes a bounded piece; called until it says 0 nothing is left, whatever cuts it off in between. A message to the address
// alone goes as a whole; one to others as well loses the address, its subject, metadata and content, and keeps the others
// with what became of them. Logs are append-only: what they hold goes with retention, and until then readers ask `Covers`.
import type { MessageId, ServerId } from '../lib/ids.ts';

/** Whether what is known of this recipient of the message has been erased; `address` in any case. */
export type Covers = (of: OfMessage, address: string) => boolean;

/** A message, or what was said of an address without one: then the time counts. Unix milliseconds. */
export type OfMessage =
  | { readonly serverId: ServerId; readonly messageId: MessageId }
  | { readonly serverId: ServerId; readonly messageId: undefined; readonly at: number };

export interface Erasure {
  readonly serverIds: readonly ServerId[];
  /** Lower-case. */
  readonly address: string;
  /** Unix milliseconds: messages accepted up to then, and what became of them. */
  readonly upTo: number;
  /** Messages, at most. */
  readonly limit: number;
}

export interface Eraser {
  /** How many messages and bounces were changed or went. */
  erase(erasure: Erasure): Promise<number>;
}

export const NOBODY_ERASED: Covers = () => false;
