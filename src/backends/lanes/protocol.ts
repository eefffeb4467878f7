// What the accepting thread and a lane's thread say to each other. Everything here can be cloned between threads.
import type { AddressState } from '../../domain/pool.ts';
import type { QueueDepth, NewMessage } from '../../ports/lane-queue.ts';
import type { MetricsSnapshot } from '../../lib/metrics.ts';
import type { LaneQuestion } from '../../ports/lane-questions.ts';

/** A message on its way between threads: one text and one block of bytes, which clone far quicker than nested objects. */
export interface PackedMessage {
  readonly text: string;
  readonly raw: Uint8Array;
}

export function pack({ message, raw, events }: NewMessage): PackedMessage {
  // The acceptance event holds the message again; it is left out here and put back by `unpack`.
  const slim = events.map((event) => (event.kind === 'accepted' ? { ...event, message: undefined } : event));
  return { text: JSON.stringify([message, slim]), raw };
}

export function unpack({ text, raw }: PackedMessage): NewMessage {
  const [message, slim] = JSON.parse(text) as [NewMessage['message'], NewMessage['events']];
  return { message, raw, events: slim.map((event) => (event.kind === 'accepted' ? { ...event, message } : event)) };
}

export type ToLane =
  | { readonly kind: 'append'; readonly batch: number; readonly messages: readonly PackedMessage[] }
  /** Facts that came later: each text is a list of events as JSON. */
  | { readonly kind: 'record'; readonly batch: number; readonly events: readonly string[] }
  | { readonly kind: 'report'; readonly request: number }
  | { readonly kind: 'ask'; readonly request: number; readonly question: LaneQuestion }
  /** Drop what is older than retention: finished messages, and events that every consumer has read. */
  | { readonly kind: 'purge'; readonly before: number; readonly consumed: number }
  /** Control data has changed: addresses, holds. */
  | { readonly kind: 'control' }
  | { readonly kind: 'stop'; readonly graceMs: number };

export type FromLane =
  | { readonly kind: 'ready' }
  /** `failed` is the reason why the whole batch was not kept; undefined when all of it is on disk. */
  | { readonly kind: 'appended'; readonly batch: number; readonly failed: string | undefined }
  /** As `appended`, for `record`. */
  | { readonly kind: 'recorded'; readonly batch: number; readonly failed: string | undefined }
  /** New events are in the lane's log. Coalesced. */
  | { readonly kind: 'events' }
  | { readonly kind: 'report'; readonly request: number; readonly report: LaneReport }
  /** `answer` is undefined where the lane could not tell. */
  | { readonly kind: 'answer'; readonly request: number; readonly answer: unknown }
  /** Addresses that leave the pool: nothing goes out through them any more. */
  | { readonly kind: 'released'; readonly addressIds: readonly number[] }
  | { readonly kind: 'stopped' };

export interface LaneReport {
  /** Why nothing of the lane can leave; undefined where it can. */
  readonly waitsBecause: string | undefined;
  readonly addresses: readonly AddressState[];
  readonly depth: QueueDepth;
  readonly load: { readonly leased: number; readonly jobs: number; readonly sites: number };
  readonly metrics: MetricsSnapshot;
}
