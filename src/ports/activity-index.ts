// The writing side of the activity index: what a batch of events changes in it. `core/consume/activity` makes the changes,
// a backend keeps them; the reading side is `Activity`.
//
// Promises: a batch is applied whole or not at all, and its cursor moves in the same commit, so that a restart continues
// without gaps or repeats. A change about a message may come before the message itself: logs are read side by side.
import type { BounceType } from '../domain/bounce/types.ts';
import type { CapturedEnvelope } from '../domain/event.ts';
import type { InboundStatus } from '../domain/inbound-message.ts';
import type { ClickLocation } from '../domain/tracked.ts';
import type { LaneId, MessageId, ServerId, StreamId } from '../lib/ids.ts';
import type { InboundDetails, MessageEvent, Open, OutboundMessage } from './activity.ts';

/** Which log: a lane's, or the one outside lanes (`FRONT_LOG`). Its number is stored, so it never changes. */
export interface LogName {
  readonly id: LaneId;
  readonly number: number;
}

/** At most this many recipients of a message are followed one by one; the contract allows 50 on a message. */
export const FOLLOWED_RECIPIENTS = 52;

interface Of {
  readonly serverId: ServerId;
  readonly messageId: MessageId;
}

export interface IndexedMessage {
  readonly message: Omit<OutboundMessage, 'status'>;
  readonly serverId: ServerId;
  /** Bare address of the sender, as written. */
  readonly fromAddress: string;
  /** Bytes of the composed message. */
  readonly size: number;
  /** Recipients, from index 0 on, that are not finished yet; the message is `Sent` once there is none. */
  readonly pending: number;
  /** The source of a message whose log holds no body; undefined where the log holds it. */
  readonly source: Uint8Array | undefined;
}

export interface IndexedBounce extends Of {
  readonly id: number;
  readonly streamId: StreamId;
  readonly type: BounceType;
  readonly email: string;
  readonly details: string;
  readonly bouncedAt: number;
  readonly inactive: boolean;
  /** For people: who said what, when. A dump is this, followed by what the index knows of the message. */
  readonly report: string;
  /** The report that came back by mail, which then is the dump; undefined where none did. */
  readonly returned: Uint8Array | undefined;
}

/** An opening, or with a link a click. A second one of the same recipient (on the same link) changes nothing. */
export interface IndexedTracking extends Omit<Open, 'tag'> {
  readonly serverId: ServerId;
  readonly click: { readonly link: string; readonly location: ClickLocation } | undefined;
  /** What the history of the message says of it. */
  readonly line: MessageEvent;
  /** As in the change of kind `event`. */
  readonly place: number;
}

export type IndexChange =
  | ({ readonly kind: 'message' } & IndexedMessage)
  /** One line of the history; `place` orders those of the same millisecond, and is never used twice. */
  | (Of & { readonly kind: 'event'; readonly place: number; readonly event: MessageEvent })
  /** Nothing more is to be tried for the recipient. */
  | (Of & { readonly kind: 'finished'; readonly recipient: number })
  | ({ readonly kind: 'bounce' } & IndexedBounce)
  | ({ readonly kind: 'tracked' } & IndexedTracking)
  | { readonly kind: 'received'; readonly serverId: ServerId; readonly inbound: InboundDetails }
  | (Of & { readonly kind: 'inbound-status'; readonly status: InboundStatus })
  /** Bounces of the address up to `at` keep it inactive no longer, also those that are read later. */
  | {
      readonly kind: 'reactivated';
      readonly serverId: ServerId;
      readonly streamId: StreamId;
      readonly address: string;
      readonly at: number;
    }
  /** A message that is caught in parts, a part per domain, comes several times: its recipients are added up. */
  | (Of & { readonly kind: 'captured'; readonly at: number; readonly envelope: CapturedEnvelope })
  /** Content of the message is neither shown nor read from the logs any more. */
  | (Of & { readonly kind: 'erased' });

export interface IndexBatch {
  readonly log: LogName;
  /** Where the batch starts: the cursor that the index must have. */
  readonly after: number;
  /** The cursor that it has afterwards. */
  readonly upTo: number;
  readonly changes: readonly IndexChange[];
}

/** What is kept for less than the rest (contract management 12); Unix ms, what is older goes. */
export interface ShortLived {
  readonly dumpsBefore: number;
  readonly blockedBefore: number;
  /** Of each kind. */
  readonly limit: number;
}

export interface ActivityIndex {
  /** The `seq` up to which a log is in the index; 0 at first. */
  cursor(log: LogName): Promise<number>;
  /** Rejects with `CursorMoved`, and changes nothing, where the cursor is not at `after`. */
  apply(batch: IndexBatch): Promise<void>;
  /** Deletes at most `limit` dumps of bounces and as many blocked inbound messages; says how many went. */
  purgeShortLived(what: ShortLived): Promise<number>;
  /**
   * What was accepted on days (UTC) that were over before `before` (Unix ms) goes by the day, at once; of bounces, openings,
   * clicks and inbound messages that are older at most `limit` each. 0 when nothing is left that goes.
   */
  purge(before: number, limit: number): Promise<number>;
  /** Prepares a piece of what was written for searches over many messages; false where nothing is left to prepare. */
  tidy(): Promise<boolean>;
  /** What was applied is on disk afterwards: a start begins there. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Somebody else applied a batch of this log: the cursor is to be read again. */
export class CursorMoved extends Error {
  override readonly name = 'CursorMoved';
}
