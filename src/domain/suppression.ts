// A suppression: an address that a stream no longer sends to (contract sending 15 and 17).
import type { ServerId, StreamId } from '../lib/ids.ts';

export type SuppressionReason = 'HardBounce' | 'SpamComplaint' | 'ManualSuppression';
export type SuppressionOrigin = 'Recipient' | 'Customer' | 'Admin';

export interface Suppression {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** Lower-case. */
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly origin: SuppressionOrigin;
  readonly createdAt: number;
}
