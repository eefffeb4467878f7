// A lane's queue in memory: the port's behaviour without its durability, for tests and for runs that keep nothing.
//
// Promises: those of the port, as long as the process lives. Bounded by `maxBytes` and by `purge`, as a file is.
import type { MessageId } from '../../lib/ids.ts';
import type { ComposedMessage, Message } from '../../domain/message.ts';
import {
  QueueUnavailable,
  type LaneQueue,
  type Lease,
  type NewMessage,
  type Purgeable,
  type PurgeRequest,
  type Purged,
  type QueueDepth,
  type Settlement,
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

export class MemoryLaneQueue implements LaneQueue, Purgeable {
  /** What the queue published, and the bodies. */
  readonly events = new MemoryEventLog();
  /** Not leased, in the order (due, id). */
  readonly #due: Delivery[] = [];
  readonly #leased = new Map<number, Delivery>();
  /** Deliveries that are left, by message. */
  readonly #open = new Map<MessageId, number>();
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

  async lease(limit: number, now: number): Promise<readonly Lease[]> {
    const later = this.#due.findIndex(({ dueAt }) => dueAt > now);
    const taken = this.#due.splice(0, Math.min(limit, later === -1 ? this.#due.length : later));
    const byMessage = new Map<MessageId, Lease[]>();
    for (const delivery of taken) {
      this.#leased.set(delivery.id, delivery);
      const { id } = delivery.composed.message;
      byMessage.set(id, [...(byMessage.get(id) ?? []), leaseOf(delivery)]);
    }
    return [...byMessage.values()].flat();
  }

  async settle(settlements: readonly Settlement[]): Promise<void> {
    const ids = new Set(settlements.map(({ deliveryId }) => deliveryId));
    const unknown = [...ids].find((id) => !this.#leased.has(id));
    if (unknown !== undefined) throw new Error(`delivery ${unknown} is not leased`);
    if (ids.size < settlements.length) throw new Error('a delivery is settled twice');
    for (const settlement of settlements) this.#settle(settlement);
  }

  async release(deliveryIds: readonly number[]): Promise<void> {
    for (const id of deliveryIds) {
      const delivery = this.#leased.get(id);
      if (delivery === undefined) continue;
      this.#leased.delete(id);
      this.#insert(delivery);
    }
  }

  async depth(): Promise<QueueDepth> {
    return {
      messages: this.#open.size,
      deliveries: this.#due.length + this.#leased.size,
      leased: this.#leased.size,
      nextDueAt: this.#due[0]?.dueAt,
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
    this.#due.length = 0;
    this.#leased.clear();
  }

  #add({ message, raw, events }: NewMessage): void {
    const composed = { message, raw };
    if (!this.events.keep(composed)) return;
    this.#bytes += raw.length;
    this.events.add(events);
    const domains = recipientsByDomain(message);
    if (domains.size > 0) this.#open.set(message.id, domains.size);
    for (const [domain, recipients] of domains) {
      const { acceptedAt: dueAt } = message;
      this.#insert({ id: ++this.#lastId, composed, domain, firstDueAt: dueAt, recipients, dueAt, attempts: 0 });
    }
  }

  #settle({ deliveryId, requeue, events }: Settlement): void {
    const delivery = this.#leased.get(deliveryId);
    if (delivery === undefined) return;
    this.#leased.delete(deliveryId);
    this.events.add(events);
    if (requeue !== undefined && requeue.recipients.length > 0) {
      this.#insert(Object.assign(delivery, requeue));
      return;
    }
    const { id } = delivery.composed.message;
    const left = (this.#open.get(id) ?? 1) - 1;
    if (left === 0) this.#open.delete(id);
    else this.#open.set(id, left);
  }

  #insert(delivery: Delivery): void {
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#due[middle];
      if (other !== undefined && isBefore(other, delivery)) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, delivery);
  }
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
