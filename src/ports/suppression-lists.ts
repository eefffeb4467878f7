// The suppression lists of streams as people change and read them. Part of the control data; what a message asks is
// `suppressed` of the control store, and bounces come in by `suppressAndAdvance`.
//
// Promises: those of the control store. A change and its event are one commit: the event waits in the control data until
// it was moved to the log outside lanes, so that no change goes untold and none is told that did not happen.
import type { SubscriptionEvent } from '../domain/event.ts';
import type { Suppression, SuppressionOrigin, SuppressionReason } from '../domain/suppression.ts';
import type { MessageId, ServerId, StreamId } from '../lib/ids.ts';

/** `added` also where it took the place of a weaker reason; `kept`: the row that was there stays. */
export interface ListedAddress {
  readonly kind: 'added' | 'kept';
  /** The row that is there now. */
  readonly row: Suppression;
}

export interface ListRemoval {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** Lower-case. */
  readonly addresses: readonly string[];
  readonly by: Extract<SuppressionOrigin, 'Customer' | 'Recipient'>;
  readonly at: number;
  readonly messageId?: MessageId;
  /** Tell it also of addresses that are on no list: their bounces may say otherwise. */
  readonly tellAbsent?: true;
}

/** `protected`: the row is not for this one to take off, and stays. */
export type Removed = 'removed' | 'absent' | 'protected';

export interface SuppressionFilter {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  readonly reason?: SuppressionReason;
  readonly origin?: SuppressionOrigin;
  /** Unix milliseconds, inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** Lower-case; the whole address. */
  readonly address?: string;
}

export interface SuppressionPage {
  /** Those that match, in order of address. */
  readonly rows: readonly Suppression[];
  /** Where the next page begins (`after`); undefined where this is the last one. */
  readonly next: string | undefined;
}

/** Reading whole lists, for threads that nobody waits for when they send. */
export interface SuppressionReader {
  /** Looks through a bounded number of rows behind the address `after` ('' at first): a page may hold few rows, or none. */
  suppressionPage(filter: SuppressionFilter, after: string): Promise<SuppressionPage>;
}

/** An event that waits for its way into the log. */
export interface PendingEvent {
  readonly id: number;
  readonly event: SubscriptionEvent;
}

export interface SuppressionLists extends SuppressionReader {
  /** In the order given. `messageId`: whose link was followed. */
  add(rows: readonly Suppression[], messageId?: MessageId): Promise<readonly ListedAddress[]>;
  /** In the order of the addresses. */
  remove(removal: ListRemoval): Promise<readonly Removed[]>;
  row(serverId: ServerId, streamId: StreamId, address: string): Promise<Suppression | undefined>;
  /** Oldest first. */
  pendingEvents(limit: number): Promise<readonly PendingEvent[]>;
  /** They are in the log. */
  dropPendingEvents(upTo: number): Promise<void>;
}

/** Rows of one page that are looked at. */
export const ROWS_OF_A_PAGE = 2000;

export function matchesFilter(row: Suppression, filter: SuppressionFilter): boolean {
  const { reason, origin, from = -Infinity, to = Infinity, address } = filter;
  return (
    (reason === undefined || row.reason === reason) &&
    (origin === undefined || row.origin === origin) &&
    (address === undefined || row.address === address) &&
    row.createdAt >= from &&
    row.createdAt <= to
  );
}

export function addedEvent(row: Suppression, messageId: MessageId | undefined): SubscriptionEvent {
  const { serverId, streamId, address, reason, origin, createdAt } = row;
  return {
    kind: 'subscription',
    at: createdAt,
    serverId,
    streamId,
    messageId,
    subscriber: address,
    suppressed: true,
    reason,
    origin,
  };
}

export function removedEvent(
  { serverId, streamId, by, at, messageId }: ListRemoval,
  address: string,
): SubscriptionEvent {
  return {
    kind: 'subscription',
    at,
    serverId,
    streamId,
    messageId,
    subscriber: address,
    suppressed: false,
    reason: undefined,
    origin: by,
  };
}
