// A lane's queue: what has been accepted and is not finished. One owner process and thread per queue and lane.
//
// Promises to callers: what `append`, `settle`, `postpone` or `record` resolved for is on disk; a rejected call has changed
// nothing. Appending the same message id twice is a success and keeps the first. Leases live in the owner: when it dies,
// everything that was not settled is due again. Leases are shared out in turn between servers, within a server between its
// streams, so nobody waits for another's backlog. Asks of callers: settle or give back each lease exactly once; lease no
// more than can be worked on.
import type { Event } from '../domain/event.ts';
import type { ComposedMessage, Message } from '../domain/message.ts';
import type { MessageId, ServerId, StreamId } from '../lib/ids.ts';

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
  /** Unix milliseconds of the earliest due delivery that is not leased and whose stream is not held. */
  readonly nextDueAt: number | undefined;
}

export interface StreamKey {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
}

export interface Postponement {
  readonly deliveryId: number;
  /** Unix milliseconds. */
  readonly dueAt: number;
}

/** A delivery that is not finished. */
export interface PendingDelivery {
  readonly deliveryId: number;
  readonly domain: string;
  /** Indexes into the message's recipients: those that are still to be tried. */
  readonly recipients: readonly number[];
  /** Unix milliseconds. Where it is leased: when it became due. */
  readonly dueAt: number;
  readonly attempts: number;
  readonly firstDueAt: number;
  readonly leased: boolean;
}

export interface StreamBacklog extends StreamKey {
  /** Not finished and not leased, due or not. */
  readonly deliveries: number;
  readonly held: boolean;
}

/**
 * Rejects `append` and `record` (and `settle` and `postpone`, whose leases then stay and can be settled later) when the disk
 * is full or the file cannot be written. Nothing was kept.
 */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

export interface LaneQueue {
  append(messages: readonly NewMessage[]): Promise<void>;
  /**
   * Up to `limit` due deliveries. The server with the fewest leases comes first, among equals the one whose last turn is
   * longest ago, and so do the streams within it; within a stream the oldest due comes first. A turn is what is due of one
   * message; its deliveries are next to each other. Fewer may come than are due, where bodies are large; none only when none
   * is due. With `mostOfServer` a server that has that many leases gets none.
   */
  lease(limit: number, now: number, mostOfServer?: number): Promise<readonly Lease[]>;
  /** Rejects where a delivery is not leased, or is being settled by another call. */
  settle(settlements: readonly Settlement[]): Promise<void>;
  /** Gives leases back untried: due again at once. What is not leased is passed over. */
  release(deliveryIds: readonly number[]): Promise<void>;
  /** Gives leases back untried, due at the time given: no attempt, no event. Rejects as `settle` does. */
  postpone(items: readonly Postponement[]): Promise<void>;
  /**
   * From now on nothing of these streams is leased (what is leased already goes on), and streams not named are free. Kept in
   * memory: to be set again at each start. Whoever leases is to be woken after streams were freed.
   */
  setHeld(streams: readonly StreamKey[]): void;
  /** Writes facts that came later (a bounce or a complaint that came back) into the lane's log. */
  record(events: readonly Event[]): Promise<void>;
  /** What is not finished of a message, in the order of its domains; nothing of one that is not known. */
  pending(id: MessageId): Promise<readonly PendingDelivery[]>;
  /** Streams with something waiting, most first. Counted as it changes: cheap whatever waits. */
  backlog(limit: number): Promise<readonly StreamBacklog[]>;
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
  /**
   * Facts that came later, for the lane's log; all or none. They may be written twice where the lane's thread died before it
   * answered.
   */
  record(events: readonly Event[]): Promise<void>;
}
