// A stream: a server's channel for one sort of mail. Its kind is fixed at creation; its pool, which
// is of the same kind, decides the lane of its messages.
import type { LaneId, ServerId, StreamId } from '../lib/ids.ts';

/** Postmark's names on the wire are `Transactional`, `Broadcasts` and `Inbound` (contract sending 13). */
export type StreamKind = 'transactional' | 'broadcast' | 'inbound';
export type SendingKind = Exclude<StreamKind, 'inbound'>;
export const SENDING_KINDS: readonly SendingKind[] = ['transactional', 'broadcast'];

/** How recipients leave a stream, in the names of the wire (contract sending 13 and 14). */
export type UnsubscribeHandling = 'None' | 'Postmark' | 'Custom';
export const UNSUBSCRIBE_HANDLINGS: readonly UnsubscribeHandling[] = ['None', 'Postmark', 'Custom'];

export interface Stream {
  readonly id: StreamId;
  readonly serverId: ServerId;
  readonly name: string;
  readonly kind: StreamKind;
  /** Undefined where it has none. */
  readonly description: string | undefined;
  readonly unsubscribeHandling: UnsubscribeHandling;
  /** Undefined on inbound streams only. */
  readonly pool: LaneId | undefined;
  readonly createdAt: number;
  /** When its name, description or handling of unsubscribes was last changed; undefined where they never were. */
  readonly updatedAt: number | undefined;
  readonly archivedAt: number | undefined;
}

/** The streams that every new server has (contract sending 13). */
export const DEFAULT_STREAMS: readonly { id: StreamId; name: string; kind: StreamKind }[] = [
  { id: 'outbound' as StreamId, name: 'Default Transactional Stream', kind: 'transactional' },
  { id: 'broadcast' as StreamId, name: 'Default Broadcast Stream', kind: 'broadcast' },
  { id: 'inbound' as StreamId, name: 'Default Inbound Stream', kind: 'inbound' },
];

export const DEFAULT_STREAM_OF: Readonly<Record<SendingKind, StreamId>> = {
  transactional: 'outbound' as StreamId,
  broadcast: 'broadcast' as StreamId,
};

/** The default streams that cannot be archived (contract sending 13). */
export const LASTING_STREAMS: readonly StreamId[] = ['outbound' as StreamId, 'inbound' as StreamId];

/** Streams of a server that are not archived, default ones included. */
export const MAX_STREAMS = 10;
/** Ours: with the archived ones, so that making and archiving in turn comes to an end. */
export const MAX_STREAMS_KEPT = 100;

const DAY_MS = 86_400_000;
/** An archived stream is deleted after this. */
export const PURGE_AFTER_MS = 45 * DAY_MS;

/** What a new stream has where nobody says otherwise: every broadcast carries a link to unsubscribe. */
export function defaultHandling(kind: StreamKind): UnsubscribeHandling {
  return kind === 'broadcast' ? 'Postmark' : 'None';
}
