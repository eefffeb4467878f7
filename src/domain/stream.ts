// A stream: a server's channel for one sort of mail. Its kind is fixed at creation; its pool, which
// is of the same kind, decides the lane of its messages.
import type { LaneId, ServerId, StreamId } from '../lib/ids.ts';

/** Postmark's names on the wire are `Transactional`, `Broadcasts` and `Inbound` (contract sending 13). */
export type StreamKind = 'transactional' | 'broadcast' | 'inbound';
export type SendingKind = Exclude<StreamKind, 'inbound'>;
export const SENDING_KINDS: readonly SendingKind[] = ['transactional', 'broadcast'];

export interface Stream {
  readonly id: StreamId;
  readonly serverId: ServerId;
  readonly name: string;
  readonly kind: StreamKind;
  /** Undefined on inbound streams only. */
  readonly pool: LaneId | undefined;
  readonly createdAt: number;
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
