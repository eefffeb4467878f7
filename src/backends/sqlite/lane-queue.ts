// A lane's queue over its SQLite file: appends and settlements share transactions, leases live in memory.
//
// Promises: those of the port; memory is bounded by the options, the leases and the streams with something waiting; what was
// just appended is leased without a read. Leaves to others: reading events and bodies, which goes through a connection of its own
// (event-log.ts), and calling `purge` from time to time.
import { dirname } from 'node:path';
import type { Event } from '../../domain/event.ts';
import type { ComposedMessage } from '../../domain/message.ts';
import { GroupCommit } from '../../lib/group-commit.ts';
import type { MessageId } from '../../lib/ids.ts';
import {
  QueueUnavailable,
  type LaneQueue,
  type Lease,
  type NewMessage,
  type PendingDelivery,
  type Postponement,
  type Purgeable,
  type PurgeRequest,
  type Purged,
  type QueueDepth,
  type Settlement,
  type StreamBacklog,
  type StreamKey,
} from '../../ports/lane-queue.ts';
import { isUnavailable, openDatabase } from './database.ts';
import { diskRoom } from './disk-room.ts';
import { withDefaults, type ChosenOptions, type LaneQueueOptions } from './lane-options.ts';
import { DELIVERIES, eventRow, messageRow, readRecipients, settlementRow, type SettlementRow } from './lane-rows.ts';
import { LANE_SCHEMA } from './lane-schema.ts';
import { LaneStore, type Added, type Change, type Delivery } from './lane-store.ts';
import { Leases, type LeaseBounds } from './leases.ts';
import { ownFile } from './owner-lock.ts';
import { ReadyList } from './ready-list.ts';

const BUSY_TIMEOUT_MS = 5000;
/** What a change adds to a transaction beside bodies, roughly. */
const CHANGE_BYTES = 1024;

export type { LaneQueueOptions } from './lane-options.ts';

/** Opens the file, or makes it. Throws `SchemaTooNew`, `AlreadyOwned`. */
export function openLaneQueue(options: LaneQueueOptions): SqliteLaneQueue {
  const chosen = withDefaults(options);
  const disown = ownFile(chosen.file, chosen.ownerWaitMs);
  try {
    const { file, cacheKiB, checkpointPages } = chosen;
    const db = openDatabase({
      file,
      schema: LANE_SCHEMA,
      cacheKiB,
      checkpointPages,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
    });
    return new SqliteLaneQueue(new LaneStore(db), chosen, disown);
  } catch (error) {
    disown();
    throw error;
  }
}

export class SqliteLaneQueue implements LaneQueue, Purgeable {
  readonly #store: LaneStore;
  readonly #options: ChosenOptions;
  readonly #disown: () => void;
  readonly #group: GroupCommit<Change>;
  readonly #leases: Leases;
  readonly #ready: ReadyList;
  readonly #hasRoom: () => boolean;
  #messages: number;
  #deliveries: number;

  constructor(store: LaneStore, options: ChosenOptions, disown: () => void) {
    this.#store = store;
    this.#options = options;
    this.#disown = disown;
    this.#leases = new Leases((flow, place, limit) => store.waiting(flow, place, limit));
    this.#ready = new ReadyList({ bytes: options.readyBytes, messages: options.readyMessages });
    this.#hasRoom = diskRoom({ folder: dirname(options.file), ...options });
    this.#group = new GroupCommit<Change>({
      commit: (changes) => this.#commit(changes),
      retry: retryGroups,
      patient: {
        isPatient: ({ kind }) => kind === 'settle' || kind === 'postpone',
        wait: (task) => options.clock.after(options.settleWaitMs, task),
      },
      sizeOf,
      maxItems: options.groupItems,
      maxBytes: options.groupBytes,
    });
    const { messages, flows } = store.counts();
    this.#messages = messages;
    this.#deliveries = flows.reduce((sum, { waiting }) => sum + waiting, 0);
    for (const { key, waiting } of flows) this.#leases.found(key, waiting);
    if (options.maxBytes !== undefined) this.limitTo(options.maxBytes);
  }

  /** Moves the bound of the file's size. */
  limitTo(maxBytes: number): void {
    this.#store.limitTo(maxBytes);
  }

  async append(messages: readonly NewMessage[]): Promise<void> {
    await this.#grow({ kind: 'append', messages: messages.map(messageRow) });
  }

  async record(events: readonly Event[]): Promise<void> {
    await this.#grow({ kind: 'events', events: events.map(eventRow) });
  }

  async lease(limit: number, now: number, mostOfServer = Infinity): Promise<readonly Lease[]> {
    const byMessage = new Map<number, Lease[]>();
    try {
      this.#lease({ limit, now, mostOfServer }, byMessage);
    } catch (error) {
      // What cannot be read stays out of the way until the next start; the others wait for the next call.
      for (const { deliveryId } of [...byMessage.values()].flat()) this.#leases.release(deliveryId);
      throw error;
    }
    return [...byMessage.values()].flat();
  }

  async settle(settlements: readonly Settlement[]): Promise<void> {
    await this.#end({ kind: 'settle', settlements: settlements.map(settlementRow) }, settlements);
  }

  async postpone(items: readonly Postponement[]): Promise<void> {
    await this.#end({ kind: 'postpone', items }, items);
  }

  /** Leases are not in the file, so nothing is written. */
  async release(deliveryIds: readonly number[]): Promise<void> {
    for (const id of deliveryIds) this.#leases.release(id);
  }

  setHeld(streams: readonly StreamKey[]): void {
    this.#leases.setHeld(streams);
  }

  async pending(id: MessageId): Promise<readonly PendingDelivery[]> {
    return this.#store.pending(id).map(({ id: deliveryId, recipients, ...row }) => {
      return { ...row, deliveryId, recipients: readRecipients(recipients), leased: this.#leases.isLeased(deliveryId) };
    });
  }

  async backlog(limit: number): Promise<readonly StreamBacklog[]> {
    return [...this.#leases.flows]
      .filter(({ waiting }) => waiting > 0)
      .sort((a, b) => b.waiting - a.waiting)
      .slice(0, limit)
      .map(({ key: { serverId, streamId }, waiting, held }) => ({ serverId, streamId, deliveries: waiting, held }));
  }

  async depth(): Promise<QueueDepth> {
    const { size: leased, nextDueAt } = this.#leases;
    return { messages: this.#messages, deliveries: this.#deliveries, leased, nextDueAt };
  }

  /** Drops a bounded part of what is older than retention; to be called again until it drops less than `limit`. */
  async purge(request: PurgeRequest): Promise<Purged> {
    try {
      return this.#store.purge(request);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async close(): Promise<void> {
    await this.#group.close();
    this.#store.close();
    this.#disown();
  }

  #lease(bounds: LeaseBounds, byMessage: Map<number, Lease[]>): void {
    let left = bounds.limit;
    let bytes = 0;
    while (left > 0) {
      const places = this.#leases.next({ ...bounds, limit: left });
      const [first] = places;
      if (first === undefined) return;
      const seq = Math.floor(first.id / DELIVERIES);
      const known = byMessage.get(seq) ?? [];
      const composed = known[0] ?? this.#ready.get(seq) ?? this.#store.load(seq);
      if (known.length === 0) bytes += composed.raw.length;
      if (byMessage.size > 0 && bytes > this.#options.leaseBytes) return this.#leases.undo(places);
      byMessage.set(seq, [...known, ...places.map(({ id }) => leaseOf(id, this.#store.delivery(id), composed))]);
      this.#ready.took(seq, places.length);
      left -= places.length;
    }
  }

  /** What makes the file larger is refused at the bounds. */
  async #grow(change: Change): Promise<void> {
    const waiting = this.#group.waitingBytes;
    if (waiting > 0 && waiting + sizeOf(change) > this.#options.maxWaitingBytes) {
      throw new QueueUnavailable('too much waits to be written');
    }
    if (!this.#hasRoom()) throw new QueueUnavailable('the disk is almost full');
    await this.#write(change);
  }

  /** Leases end with a commit; where that fails they stay. */
  async #end(change: Change, leases: readonly { readonly deliveryId: number }[]): Promise<void> {
    const ids = leases.map(({ deliveryId }) => deliveryId);
    this.#leases.beginSettling(ids);
    try {
      await this.#write(change);
    } catch (error) {
      this.#leases.abortSettling(ids);
      throw error;
    }
  }

  async #write(change: Change): Promise<void> {
    try {
      await this.#group.add(change);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  #commit(changes: readonly Change[]): void {
    const { added, finished } = this.#store.write(changes);
    for (const message of added) this.#added(message);
    for (const change of changes) {
      if (change.kind === 'settle') for (const row of change.settlements) this.#settled(row);
      if (change.kind === 'postpone')
        for (const item of change.items) this.#leases.settled(item.deliveryId, item.dueAt);
    }
    this.#messages -= finished;
  }

  #added({ seq, flow, row: { message, raw, domains } }: Added): void {
    if (domains.length === 0) return;
    this.#messages += 1;
    this.#deliveries += domains.length;
    for (const place of domains.keys()) {
      this.#leases.include(flow, { dueAt: message.acceptedAt, id: seq * DELIVERIES + place });
    }
    this.#ready.offer(seq, { message, raw }, domains.length);
  }

  #settled({ deliveryId, requeue }: SettlementRow): void {
    this.#leases.settled(deliveryId, requeue?.dueAt);
    if (requeue === undefined) this.#deliveries -= 1;
  }
}

function leaseOf(deliveryId: number, delivery: Delivery, { message, raw }: ComposedMessage): Lease {
  const { domain, attempts, firstDueAt } = delivery;
  const recipients = readRecipients(delivery.recipients);
  return { deliveryId, message, raw, domain, recipients, attempts, firstDueAt };
}

function sizeOf(change: Change): number {
  if (change.kind === 'append') return change.messages.reduce((sum, { raw }) => sum + raw.length + CHANGE_BYTES, 0);
  if (change.kind === 'events') return change.events.reduce((sum, { data }) => sum + (data?.length ?? 0), CHANGE_BYTES);
  return CHANGE_BYTES;
}

/** When the disk is the trouble, what is finished may still fit: it needs less room than what is new. */
function retryGroups(changes: readonly Change[], error: unknown): readonly (readonly Change[])[] {
  if (isUnavailable(error)) return [changes.filter(({ kind }) => kind === 'settle' || kind === 'postpone')];
  return changes.map((change) => [change]);
}

function asUnavailable(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  return new QueueUnavailable('the queue file cannot be written', { cause: error });
}
