// Which lane a kind of mail leaves through. Total and without a default branch: a kind without a lane does not compile.
import type { LaneId } from '../lib/ids.ts';
import type { SendingKind } from './stream.ts';

export interface Lane {
  readonly id: LaneId;
  readonly kind: SendingKind;
  /** Small number that never changes for a lane; it is the low part of bounce ids (see event.ts). */
  readonly number: number;
}

export const TRANSACTIONAL_LANE: Lane = { id: 'transactional' as LaneId, kind: 'transactional', number: 1 };
export const BROADCAST_LANE: Lane = { id: 'broadcast' as LaneId, kind: 'broadcast', number: 2 };
export const LANES: readonly Lane[] = [TRANSACTIONAL_LANE, BROADCAST_LANE];

export function laneFor(kind: SendingKind): Lane {
  switch (kind) {
    case 'transactional':
      return TRANSACTIONAL_LANE;
    case 'broadcast':
      return BROADCAST_LANE;
  }
}
