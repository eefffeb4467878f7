// A hold: a stream whose mail is accepted and kept, and not sent until a person resumes it.
import type { ServerId, StreamId } from '../lib/ids.ts';

export interface Hold {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** Who paused it: a guard that watches rates, or a person. */
  readonly by: 'guard' | 'operator';
  /** For people: what was measured or why, in one sentence. */
  readonly reason: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The last time that a stream was resumed: guards forget what they counted of it before. */
export interface Resumption {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** When it had been paused. Unix milliseconds. */
  readonly heldAt: number;
  readonly at: number;
}
