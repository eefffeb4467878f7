// A lane's queue: what has been accepted and is not finished. One owner process and thread per queue and lane.
//
// Promises to callers: what `append` or `settle` resolved for is on disk; a rejected call has changed nothing. Appending
// the same message id twice is a success and keeps the first. Leases live in the owner: when it dies, everything that
// was not settled is due again. Asks of callers: settle each lease exactly once; lease no more than can be worked on.
import type { Event } from '../domain/event.ts';
import type { ComposedMessage, Message } from '../domain/message.ts';

export interface NewMessage extends ComposedMessage {
  /** Written in the same commit as the message. */
  readonly events: readonly Event[];
}

/** One delivery: the recipients of one message at one domain that are due. */
export interface Lease {
  readonly deliveryId: number;
  readonly message: Message;
  readonly raw: Uint8Array;
  readonly domain: string;
  /** Indexes into `message.recipients`. */
  readonly recipients: readonly number[];
  /** Attempts made before this one. */
  readonly attempts: number;
  /** When the first attempt was due: acceptance. Unix milliseconds. */
  readonly firstDueAt: number;
}

export interface Requeue {
  readonly recipients: readonly number[];
  readonly dueAt: number;
  readonly attempts: number;
}

export interface Settlement {
  readonly deliveryId: number;
  /** What remains to be tried; the delivery is finished without it. */
  readonly requeue: Requeue | undefined;
  readonly events: readonly Event[];
}

export interface QueueDepth {
  readonly messages: number;
  readonly deliveries: number;
  readonly leased: number;
  /** Unix milliseconds of the earliest due delivery that is not leased. */
  readonly nextDueAt: number | undefined;
}

/**
 * Rejects `append` (and `settle`, whose leases then stay and can be settled later) when the disk is full or the file cannot
 * be written. Nothing was kept.
 */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

export interface LaneQueue {
  append(messages: readonly NewMessage[]): Promise<void>;
  /**
   * Up to `limit` due deliveries, oldest due first, the deliveries of one message next to each other. Fewer may come than
   * are due, where bodies are large; none only when none is due.
   */
  lease(limit: number, now: number): Promise<readonly Lease[]>;
  /** Rejects where a delivery is not leased, or is being settled by another call. */
  settle(settlements: readonly Settlement[]): Promise<void>;
  /** Gives leases back untried: due again at once. What is not leased is passed over. */
  release(deliveryIds: readonly number[]): Promise<void>;
  depth(): Promise<QueueDepth>;
  close(): Promise<void>;
}

export interface PurgeRequest {
  /** Unix milliseconds: what is older goes, as far as it is finished. */
  readonly before: number;
  /** Events up to this seq have been read by every consumer; later ones stay, and their messages with them. */
  readonly consumed: number;
  /** Rows of each kind that one call drops at most, which bounds its time. */
  readonly limit: number;
}

export interface Purged {
  readonly events: number;
  readonly messages: number;
}

/** Retention, for whoever owns a queue or a log: called again until it drops fewer than `limit`. */
export interface Purgeable {
  purge(request: PurgeRequest): Promise<Purged>;
}

/** The accepting side's view of a lane: hand over, and know that it is durable. */
export interface LaneDoor {
  append(message: NewMessage): Promise<void>;
}
