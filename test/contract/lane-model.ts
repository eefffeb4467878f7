// The simplest thing that behaves as a lane's queue does: a list that is searched and sorted anew for every call.
import type { Event } from '../../src/domain/event.ts';
import type { Lease, NewMessage, QueueDepth, Settlement } from '../../src/ports/lane-queue.ts';

interface Entry {
  readonly id: string;
  readonly domain: string;
  /** In the order of appending. */
  readonly order: number;
  recipients: readonly number[];
  dueAt: number;
  attempts: number;
  leased: boolean;
}

export class LaneModel {
  readonly events: Event[] = [];
  #entries: Entry[] = [];
  #order = 0;

  append(messages: readonly NewMessage[]): void {
    for (const { message, events } of messages) {
      this.events.push(...events);
      for (const domain of new Set(message.recipients.map((recipient) => recipient.domain))) {
        const there = message.recipients.filter((recipient) => recipient.domain === domain);
        const recipients = there.map(({ index }) => index);
        const order = ++this.#order;
        const dueAt = message.acceptedAt;
        this.#entries.push({ id: message.id, domain, order, recipients, dueAt, attempts: 0, leased: false });
      }
    }
  }

  lease(limit: number, now: number) {
    const due = this.#waiting().filter(({ dueAt }) => dueAt <= now);
    const taken = due.slice(0, limit);
    for (const entry of taken) entry.leased = true;
    const order = [...new Set(taken.map(({ id }) => id))];
    return order
      .flatMap((id) => taken.filter((entry) => entry.id === id))
      .map(({ id, domain, recipients, attempts }) => ({ id, domain, recipients, attempts }));
  }

  settle(leases: readonly Lease[], settlements: readonly Settlement[]): void {
    for (const [index, lease] of leases.entries()) {
      const { requeue, events } = settlements[index]!;
      const entry = this.#of(lease);
      this.events.push(...events);
      if (requeue === undefined) this.#entries = this.#entries.filter((other) => other !== entry);
      else Object.assign(entry, requeue, { leased: false });
    }
  }

  release(leases: readonly Lease[]): void {
    for (const lease of leases) this.#of(lease).leased = false;
  }

  depth(): QueueDepth {
    return {
      messages: new Set(this.#entries.map(({ id }) => id)).size,
      deliveries: this.#entries.length,
      leased: this.#entries.filter(({ leased }) => leased).length,
      nextDueAt: this.#waiting()[0]?.dueAt,
    };
  }

  #waiting(): Entry[] {
    const waiting = this.#entries.filter(({ leased }) => !leased);
    return waiting.sort((a, b) => a.dueAt - b.dueAt || a.order - b.order);
  }

  #of({ message, domain }: Lease): Entry {
    return this.#entries.find((entry) => entry.id === message.id && entry.domain === domain)!;
  }
}
