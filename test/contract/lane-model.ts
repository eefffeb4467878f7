// The simplest thing that behaves as a lane's queue does: lists that are searched and sorted anew for every call.
import type { Event } from '../../src/domain/event.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import type {
  Lease,
  NewMessage,
  QueueDepth,
  Settlement,
  StreamBacklog,
  StreamKey,
} from '../../src/ports/lane-queue.ts';

interface Entry extends StreamKey {
  readonly id: MessageId;
  readonly domain: string;
  /** In the order of appending. */
  readonly order: number;
  recipients: readonly number[];
  dueAt: number;
  attempts: number;
  leased: boolean;
}

type KeyOf = (entry: StreamKey) => string;
const serverOf: KeyOf = ({ serverId }) => `${serverId}`;
const streamOf: KeyOf = ({ serverId, streamId }) => `${serverId}/${streamId}`;

export class LaneModel {
  readonly events: Event[] = [];
  #entries: Entry[] = [];
  #order = 0;
  #held: readonly string[] = [];
  /** When a server or a stream had its last turn, or came. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  /** In the order in which they were first seen. */
  readonly #streams = new Set<string>();

  append(messages: readonly NewMessage[]): void {
    for (const { message, events } of messages) {
      this.events.push(...events);
      const { id, serverId, streamId, acceptedAt: dueAt } = message;
      for (const domain of new Set(message.recipients.map((recipient) => recipient.domain))) {
        const there = message.recipients.filter((recipient) => recipient.domain === domain);
        const recipients = there.map(({ index }) => index);
        const order = ++this.#order;
        this.#entries.push({ id, serverId, streamId, domain, order, recipients, dueAt, attempts: 0, leased: false });
        this.#arrive({ serverId, streamId });
      }
    }
  }

  lease(limit: number, now: number) {
    const taken: Entry[] = [];
    while (taken.length < limit) {
      const due = this.#waiting().filter(({ dueAt }) => dueAt <= now);
      const server = this.#next(due, serverOf);
      const stream = this.#next(
        due.filter((entry) => serverOf(entry) === server),
        streamOf,
      );
      if (stream === undefined) break;
      for (const key of [server, stream]) this.#turns.set(key ?? '', ++this.#turn);
      const own = due.filter((entry) => streamOf(entry) === stream);
      const end = own.findIndex(({ id }) => id !== own[0]?.id);
      for (const entry of own.slice(0, end === -1 ? undefined : end).slice(0, limit - taken.length)) {
        entry.leased = true;
        taken.push(entry);
      }
    }
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
      this.#depart(entry);
    }
  }

  release(leases: readonly Lease[]): void {
    for (const lease of leases) this.#of(lease).leased = false;
  }

  postpone(leases: readonly Lease[], dueAt: number): void {
    for (const lease of leases) Object.assign(this.#of(lease), { dueAt, leased: false });
  }

  setHeld(streams: readonly StreamKey[]): void {
    this.#held = streams.map(streamOf);
  }

  /** The process ended: nothing is leased or held, and nobody has had a turn. */
  reopen(): void {
    for (const entry of this.#entries) entry.leased = false;
    this.#held = [];
    this.#turns.clear();
    for (const stream of this.#streams) {
      const entry = this.#entries.find((other) => streamOf(other) === stream);
      if (entry !== undefined) this.#arrive(entry);
    }
  }

  depth(): QueueDepth {
    return {
      messages: new Set(this.#entries.map(({ id }) => id)).size,
      deliveries: this.#entries.length,
      leased: this.#entries.filter(({ leased }) => leased).length,
      nextDueAt: this.#waiting()[0]?.dueAt,
    };
  }

  pending(id: MessageId) {
    const own = this.#entries.filter((entry) => entry.id === id);
    return own.map(({ domain, recipients, dueAt, attempts, leased }) => {
      return { domain, recipients, dueAt, attempts, leased };
    });
  }

  backlog(): StreamBacklog[] {
    const waiting = this.#entries.filter(({ leased }) => !leased);
    return [...new Set(waiting.map(streamOf))].map((stream) => {
      const own = waiting.filter((entry) => streamOf(entry) === stream);
      const { serverId, streamId } = own[0]!;
      return { serverId, streamId, deliveries: own.length, held: this.#held.includes(stream) };
    });
  }

  #waiting(): Entry[] {
    const waiting = this.#entries.filter((entry) => !entry.leased && !this.#held.includes(streamOf(entry)));
    return waiting.sort((a, b) => a.dueAt - b.dueAt || a.order - b.order);
  }

  /** Of those with something due, the one with the fewest leases, among equals that whose turn is longest ago. */
  #next(due: readonly Entry[], keyOf: KeyOf): string | undefined {
    const leased = (key: string): number => this.#entries.filter((e) => e.leased && keyOf(e) === key).length;
    const turn = (key: string): number => this.#turns.get(key) ?? 0;
    const keys = [...new Set(due.map(keyOf))];
    return keys.sort((a, b) => leased(a) - leased(b) || turn(a) - turn(b))[0];
  }

  #arrive(entry: StreamKey): void {
    this.#streams.add(streamOf(entry));
    for (const key of [serverOf(entry), streamOf(entry)]) {
      if (!this.#turns.has(key)) this.#turns.set(key, ++this.#turn);
    }
  }

  /** Who has nothing left is forgotten. */
  #depart(entry: StreamKey): void {
    for (const keyOf of [serverOf, streamOf]) {
      const key = keyOf(entry);
      if (!this.#entries.some((other) => keyOf(other) === key)) this.#turns.delete(key);
    }
  }

  #of({ message, domain }: Lease): Entry {
    return this.#entries.find((entry) => entry.id === message.id && entry.domain === domain)!;
  }
}
