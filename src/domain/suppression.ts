// A suppression: an address that a stream no longer sends to (contract sending 15 and 17).
//
// An address has one row on a stream. The rules are about who may take it off, and which of two reasons stays: the word
// of the recipient (a complaint, an unsubscribe) outweighs what the customer or a bounce says.
import type { ServerId, StreamId } from '../lib/ids.ts';

export type SuppressionReason = 'HardBounce' | 'SpamComplaint' | 'ManualSuppression';
export const SUPPRESSION_REASONS: readonly SuppressionReason[] = ['HardBounce', 'SpamComplaint', 'ManualSuppression'];
export type SuppressionOrigin = 'Recipient' | 'Customer' | 'Admin';
export const SUPPRESSION_ORIGINS: readonly SuppressionOrigin[] = ['Recipient', 'Customer', 'Admin'];

export interface Suppression {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** Lower-case. */
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly origin: SuppressionOrigin;
  readonly createdAt: number;
}

type Kind = Pick<Suppression, 'reason' | 'origin'>;

/** Whether who changes the list may take the row off: the customer through the API, the recipient by a link. */
export function mayLift(row: Kind, by: 'Customer' | 'Recipient'): boolean {
  return by === 'Customer' ? weightOf(row) === 0 : isUnsubscribe(row);
}

/** Whether a new reason takes the place of the row that is there. */
export function outweighs(fresh: Kind, row: Kind): boolean {
  return weightOf(fresh) > weightOf(row);
}

export function isUnsubscribe({ reason, origin }: Kind): boolean {
  return reason === 'ManualSuppression' && origin === 'Recipient';
}

/** 0 is what a customer may take off. */
function weightOf(row: Kind): number {
  switch (row.reason) {
    case 'HardBounce':
      return 0;
    case 'ManualSuppression':
      return row.origin === 'Customer' ? 0 : 1;
    case 'SpamComplaint':
      return 2;
  }
}
