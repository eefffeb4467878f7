// The book of leases of a lane's queue: what is leased, what waits by stream, and whose turn it is.
//
// Servers take turns, within a server its streams: who has fewest leases comes first, among equals who waited longest. Within
// a stream the oldest due comes first. Streams with nothing due sleep in a heap by the time of their first delivery, held
// ones nowhere, so neither costs a lease anything. Promises: no call walks through what waits or what is leased; memory is
// bounded by the leases and by the streams with something waiting.
import { FairTurns } from '../../lib/fair-turns.ts';
import { PriorityHeap } from '../../lib/priority-heap.ts';
import type { StreamKey } from '../../ports/lane-queue.ts';
import { Flow, type ReadFlow } from './flow.ts';
import type { FlowKey, Place } from './lane-rows.ts';

export interface LeaseBounds {
  /** Deliveries. */
  readonly limit: number;
  readonly now: number;
  /** Servers that hold this many leases get none. */
  readonly mostOfServer: number;
}

interface Lent {
  readonly flow: Flow;
  readonly place: Place;
  settling: boolean;
}

export class Leases {
  readonly #read: ReadFlow;
  readonly #flows = new Map<number, Flow>();
  readonly #lent = new Map<number, Lent>();
  readonly #turns = new FairTurns<Flow>();
  /** Streams that take part in the turns: something of them is due, unless the clock was set back. */
  readonly #due = new PriorityHeap<Flow>(isBefore);
  /** Streams that are not known to have anything due. */
  readonly #later = new PriorityHeap<Flow>(isBefore);
  #held: ReadonlySet<string> = new Set();

  constructor(read: ReadFlow) {
    this.#read = read;
  }

  get size(): number {
    return this.#lent.size;
  }

  get flows(): Iterable<Flow> {
    return this.#flows.values();
  }

  /** When the first delivery is due that is not leased nor held. */
  get nextDueAt(): number | undefined {
    const firsts = [this.#due.first, this.#later.first].flatMap((flow) => flow?.head?.dueAt ?? []);
    return firsts.length === 0 ? undefined : Math.min(...firsts);
  }

  isLeased(id: number): boolean {
    return this.#lent.has(id);
  }

  /** Of a file that was just opened: what waits of a stream. */
  found(key: FlowKey, waiting: number): void {
    const flow = this.#flowOf(key);
    flow.found(waiting);
    this.#readAhead(flow);
    this.#arrange(flow);
  }

  /** Leases what is due of the message whose turn it is: one or more deliveries, or none where none is due. */
  next({ limit, now, mostOfServer }: LeaseBounds): readonly Place[] {
    this.#wake(now);
    for (let seat = this.#turns.first(mostOfServer); seat !== undefined; seat = this.#turns.first(mostOfServer)) {
      const { member: flow, group } = seat;
      if (dueAt(flow) <= now) return this.#lend(flow, Math.min(limit, mostOfServer - group.taken), now);
      // The clock was set back.
      this.#sleep(flow);
      this.#later.add(flow);
    }
    return [];
  }

  /** Marks leases as being settled, all or none. Throws where one is not leased or is being settled. */
  beginSettling(ids: readonly number[]): void {
    const marked: number[] = [];
    for (const id of ids) {
      const lent = this.#lent.get(id);
      if (lent === undefined || lent.settling) {
        this.abortSettling(marked);
        throw new Error(`delivery ${id} is not leased`);
      }
      lent.settling = true;
      marked.push(id);
    }
  }

  abortSettling(ids: readonly number[]): void {
    for (const id of ids) {
      const lent = this.#lent.get(id);
      if (lent !== undefined) lent.settling = false;
    }
  }

  /** The lease is over; `due` says when its delivery is due again, if it is. */
  settled(id: number, due: number | undefined): void {
    const lent = this.#lent.get(id);
    if (lent !== undefined) this.#end(lent, due);
  }

  /** The lease is over and nothing was tried. Without effect on what is not leased or being settled. */
  release(id: number): void {
    const lent = this.#lent.get(id);
    if (lent !== undefined && !lent.settling) this.#end(lent, lent.place.dueAt);
  }

  /** What `next` gave is not wanted after all: its turn comes again, first among equals. */
  undo(places: readonly Place[]): void {
    for (const { id, dueAt: due } of places) {
      const lent = this.#lent.get(id);
      if (lent === undefined) continue;
      this.#lent.delete(id);
      this.#turns.undo(lent.flow.seat, 1);
      this.#include(lent.flow, { dueAt: due, id });
    }
  }

  /** A new delivery of the stream. */
  include(key: FlowKey, place: Place): void {
    this.#include(this.#flowOf(key), place);
  }

  /** Holds these streams and no others. */
  setHeld(streams: readonly StreamKey[]): void {
    this.#held = new Set(streams.map(nameOf));
    for (const flow of this.#flows.values()) {
      flow.held = this.#held.has(nameOf(flow.key));
      this.#arrange(flow);
    }
  }

  #flowOf(key: FlowKey): Flow {
    const known = this.#flows.get(key.id);
    if (known !== undefined) return known;
    const flow = new Flow(key, (member) => this.#turns.join(key.serverId, member));
    flow.held = this.#held.has(nameOf(key));
    this.#flows.set(key.id, flow);
    return flow;
  }

  /** Streams whose first delivery has become due take part in the turns. */
  #wake(now: number): void {
    for (let flow = this.#later.first; flow !== undefined && dueAt(flow) <= now; flow = this.#later.first) {
      this.#later.delete(flow);
      this.#due.add(flow);
      this.#turns.want(flow.seat);
    }
  }

  #sleep(flow: Flow): void {
    this.#due.delete(flow);
    this.#turns.idle(flow.seat);
  }

  #lend(flow: Flow, limit: number, now: number): readonly Place[] {
    this.#readAhead(flow);
    const places = flow.take(limit, now);
    for (const place of places) this.#lent.set(place.id, { flow, place, settling: false });
    this.#turns.take(flow.seat, places.length);
    this.#readAhead(flow);
    this.#arrange(flow);
    return places;
  }

  #readAhead(flow: Flow): void {
    flow.readAhead(this.#read, (id) => this.#lent.has(id));
  }

  #end({ flow, place }: Lent, due: number | undefined): void {
    this.#lent.delete(place.id);
    this.#turns.giveBack(flow.seat, 1);
    if (due !== undefined) this.#include(flow, { dueAt: due, id: place.id });
    else if (flow.waiting === 0 && flow.seat.taken === 0) this.#forget(flow);
  }

  #include(flow: Flow, place: Place): void {
    const before = flow.head;
    flow.include(place);
    if (flow.head !== before) this.#arrange(flow);
  }

  /** After the head or the hold changed. A stream that has its turns keeps them until it is found to have nothing due. */
  #arrange(flow: Flow): void {
    if (flow.held || flow.head === undefined) {
      this.#sleep(flow);
      this.#later.delete(flow);
    } else if (this.#due.has(flow)) this.#due.moved(flow);
    else if (this.#later.has(flow)) this.#later.moved(flow);
    else this.#later.add(flow);
  }

  #forget(flow: Flow): void {
    this.#arrange(flow);
    this.#turns.leave(flow.seat);
    this.#flows.delete(flow.key.id);
  }
}

function isBefore(a: Flow, b: Flow): boolean {
  return dueAt(a) < dueAt(b);
}

function dueAt(flow: Flow): number {
  return flow.head?.dueAt ?? Infinity;
}

function nameOf({ serverId, streamId }: StreamKey): string {
  return `${serverId}/${streamId}`;
}
