// A lane's queue in memory: the port's behaviour without its durability, for tests and for runs that keep nothing.
//
// Promises: those of the port, as long as the process lives. Bounded by `maxBytes` and by `purge`, as a file is. Looks at all
// streams for each lease, which is enough for what it is for.
import type { Event } from '../../domain/event.ts';
import type { ComposedMessage, Message } from '../../domain/message.ts';
import { FairTurns, type Seat } from '../../lib/fair-turns.ts';
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
import { MemoryEventLog } from './event-log.ts';

export interface MemoryQueueOptions {
  /** Appends are refused when the bodies kept would be more than this. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

interface Delivery {
  readonly id: number;
  readonly composed: ComposedMessage;
  readonly domain: string;
  readonly firstDueAt: number;
  recipients: readonly number[];
  dueAt: number;
  attempts: number;
}

/** What waits of one stream, in the order (due, id). */
interface Flow extends StreamKey {
  readonly due: Delivery[];
}

export class MemoryLaneQueue implements LaneQueue, Purgeable {
  /** What the queue published, and the bodies. */
  readonly events = new MemoryEventLog();
  readonly #turns = new FairTurns<Flow>();
  /** Streams with something that is not finished. */
  readonly #flows = new Map<string, Seat<Flow>>();
  readonly #leased = new Map<number, Delivery>();
  /** What is left of each message. */
  readonly #open = new Map<MessageId, Delivery[]>();
  #held: ReadonlySet<string> = new Set();
  #maxBytes: number;
  #bytes = 0;
  #lastId = 0;

  constructor({ maxBytes = DEFAULT_MAX_BYTES }: MemoryQueueOptions = {}) {
    this.#maxBytes = maxBytes;
  }

  limitTo(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  async append(messages: readonly NewMessage[]): Promise<void> {
    const bytes = messages.reduce((sum, { raw }) => sum + raw.length, 0);
    if (this.#bytes + bytes > this.#maxBytes) throw new QueueUnavailable('the queue in memory is full');
    for (const message of messages) this.#add(message);
  }

  async lease(limit: number, now: number, mostOfServer = Infinity): Promise<readonly Lease[]> {
    const byMessage = new Map<MessageId, Lease[]>();
    for (let left = limit; left > 0;) {
      for (const seat of this.#flows.values()) this.#turn(seat, now);
      const seat = this.#turns.first(mostOfServer);
      if (seat === undefined) break;
      const taken = dueOfFirst(seat.member, now).slice(0, Math.min(left, mostOfServer - seat.group.taken));
      seat.member.due.splice(0, taken.length);
      this.#turns.take(seat, taken.length);
      left -= taken.length;
      for (const delivery of taken) {
        this.#leased.set(delivery.id, delivery);
        const { id } = delivery.composed.message;
        byMessage.set(id, [...(byMessage.get(id) ?? []), leaseOf(delivery)]);
      }
    }
    return [...byMessage.values()].flat();
  }

  async settle(settlements: readonly Settlement[]): Promise<void> {
    this.#mustBeLeased(settlements);
    for (const settlement of settlements) this.#settle(settlement);
  }

  async release(deliveryIds: readonly number[]): Promise<void> {
    for (const id of deliveryIds) this.#giveBack(id, {});
  }

  async postpone(items: readonly Postponement[]): Promise<void> {
    this.#mustBeLeased(items);
    for (const { deliveryId, dueAt } of items) this.#giveBack(deliveryId, { dueAt });
  }

  setHeld(streams: readonly StreamKey[]): void {
    this.#held = new Set(streams.map(nameOf));
  }

  async record(events: readonly Event[]): Promise<void> {
    this.events.add(events);
  }

  async pending(id: MessageId): Promise<readonly PendingDelivery[]> {
    return (this.#open.get(id) ?? []).map(({ id: deliveryId, domain, recipients, dueAt, attempts, firstDueAt }) => {
      return { deliveryId, domain, recipients, dueAt, attempts, firstDueAt, leased: this.#leased.has(deliveryId) };
    });
  }

  async backlog(limit: number): Promise<readonly StreamBacklog[]> {
    return [...this.#flows.values()]
      .map(({ member: { serverId, streamId, due } }) => ({ serverId, streamId, deliveries: due.length }))
      .filter(({ deliveries }) => deliveries > 0)
      .sort((a, b) => b.deliveries - a.deliveries)
      .slice(0, limit)
      .map((stream) => ({ ...stream, held: this.#held.has(nameOf(stream)) }));
  }

  async depth(): Promise<QueueDepth> {
    const free = [...this.#flows.values()].filter(({ member }) => !this.#held.has(nameOf(member)));
    const next = free.flatMap(({ member }) => member.due[0]?.dueAt ?? []);
    return {
      messages: this.#open.size,
      deliveries: [...this.#open.values()].reduce((sum, { length }) => sum + length, 0),
      leased: this.#leased.size,
      nextDueAt: next.length === 0 ? undefined : Math.min(...next),
    };
  }

  /** As `purge` of the queue in a file. */
  async purge(request: PurgeRequest): Promise<Purged> {
    const { before, consumed, limit } = request;
    const events = this.events.dropEvents(before, consumed, limit);
    const dropped = this.events.dropMessages(before, limit, (id) => !this.#open.has(id));
    for (const { raw } of dropped) this.#bytes -= raw.length;
    return { events, messages: dropped.length };
  }

  async close(): Promise<void> {
    this.#flows.clear();
    this.#leased.clear();
  }

  #add({ message, raw, events }: NewMessage): void {
    const composed = { message, raw };
    if (!this.events.keep(composed)) return;
    this.#bytes += raw.length;
    this.events.add(events);
    const { acceptedAt: dueAt } = message;
    const deliveries = [...recipientsByDomain(message)].map(([domain, recipients]): Delivery => {
      return { id: ++this.#lastId, composed, domain, firstDueAt: dueAt, recipients, dueAt, attempts: 0 };
    });
    if (deliveries.length > 0) this.#open.set(message.id, deliveries);
    for (const delivery of deliveries) insert(this.#seatOf(message).member.due, delivery);
  }

  #settle({ deliveryId, requeue, events }: Settlement): void {
    this.events.add(events);
    if (requeue !== undefined && requeue.recipients.length > 0) return this.#giveBack(deliveryId, requeue);
    const delivery = this.#leased.get(deliveryId);
    if (delivery === undefined) return;
    const { message } = delivery.composed;
    const seat = this.#seatOf(message);
    this.#end(delivery, seat);
    const left = (this.#open.get(message.id) ?? []).filter((other) => other !== delivery);
    if (left.length > 0) this.#open.set(message.id, left);
    else this.#open.delete(message.id);
    if (seat.member.due.length > 0 || seat.taken > 0) return;
    this.#turns.leave(seat);
    this.#flows.delete(nameOf(message));
  }

  #giveBack(deliveryId: number, changed: Partial<Pick<Delivery, 'recipients' | 'dueAt' | 'attempts'>>): void {
    const delivery = this.#leased.get(deliveryId);
    if (delivery === undefined) return;
    const seat = this.#seatOf(delivery.composed.message);
    this.#end(delivery, seat);
    insert(seat.member.due, Object.assign(delivery, changed));
  }

  #end(delivery: Delivery, seat: Seat<Flow>): void {
    this.#leased.delete(delivery.id);
    this.#turns.giveBack(seat, 1);
  }

  #mustBeLeased(items: readonly { readonly deliveryId: number }[]): void {
    const ids = new Set(items.map(({ deliveryId }) => deliveryId));
    const unknown = [...ids].find((id) => !this.#leased.has(id));
    if (unknown !== undefined) throw new Error(`delivery ${unknown} is not leased`);
    if (ids.size < items.length) throw new Error('a delivery is settled twice');
  }

  #turn(seat: Seat<Flow>, now: number): void {
    const { member } = seat;
    if (this.#held.has(nameOf(member)) || dueOfFirst(member, now).length === 0) this.#turns.idle(seat);
    else this.#turns.want(seat);
  }

  #seatOf({ serverId, streamId }: StreamKey): Seat<Flow> {
    const name = nameOf({ serverId, streamId });
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    const seat = this.#turns.join(serverId, { serverId, streamId, due: [] });
    this.#flows.set(name, seat);
    return seat;
  }
}

/** What is due of the message that is first. */
function dueOfFirst({ due }: Flow, now: number): readonly Delivery[] {
  const id = due[0]?.composed.message.id;
  const end = due.findIndex((delivery) => delivery.dueAt > now || delivery.composed.message.id !== id);
  return end === -1 ? due : due.slice(0, end);
}

function nameOf({ serverId, streamId }: StreamKey): string {
  return `${serverId}/${streamId}`;
}

function insert(due: Delivery[], delivery: Delivery): void {
  let low = 0;
  let high = due.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = due[middle];
    if (other !== undefined && isBefore(other, delivery)) low = middle + 1;
    else high = middle;
  }
  due.splice(low, 0, delivery);
}

function isBefore(a: Delivery, b: Delivery): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.id < b.id);
}

function leaseOf({ id, composed, domain, recipients, attempts, firstDueAt }: Delivery): Lease {
  return { deliveryId: id, message: composed.message, raw: composed.raw, domain, recipients, attempts, firstDueAt };
}

function recipientsByDomain({ recipients }: Message): ReadonlyMap<string, readonly number[]> {
  const byDomain = new Map<string, number[]>();
  for (const { domain, index } of recipients) byDomain.set(domain, [...(byDomain.get(domain) ?? []), index]);
  return byDomain;
}
