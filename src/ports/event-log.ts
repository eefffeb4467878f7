// The event log: an ordered, durable sequence of events per lane, and one outside lanes, read by consumers with cursors.
//
// Promises: `read` returns events in order of `seq` without gaps in what was committed, also while others append; an
// event that was returned once is returned with the same `seq` for ever, until retention drops it. Bodies of messages
// are found by id beside the log for as long as they are retained.
import type { Event, LoggedEvent } from '../domain/event.ts';
import type { Message } from '../domain/message.ts';
import type { MessageId } from '../lib/ids.ts';

export interface EventReader {
  /** Events with `seq` greater than `after`, at most `limit`. */
  read(after: number, limit: number): Promise<readonly LoggedEvent[]>;
  /** The `seq` of the newest event; 0 where there is none. */
  latest(): Promise<number>;
  /** The events of these `seq`, in order; those that retention has dropped are missing. */
  at(seqs: readonly number[]): Promise<readonly LoggedEvent[]>;
  /** The composed source of a message; undefined where it is unknown or no longer kept. */
  body(id: MessageId): Promise<Uint8Array | undefined>;
}

/** The messages that a log's file holds, for who knows no more than an id. */
export interface MessageReader {
  /** As it was accepted; undefined where it is unknown or no longer kept. */
  message(id: MessageId): Promise<Message | undefined>;
}

export interface EventLog extends EventReader {
  /** Durable when resolved. */
  append(events: readonly Event[]): Promise<void>;
}
