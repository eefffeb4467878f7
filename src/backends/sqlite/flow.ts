// What waits in a lane of one stream: how much, and the next few of it in the order (due, id), read ahead from the file.
//
// Promises: `head` is the first that waits; memory is bounded however much waits; what is appended to a stream that keeps up
// is known without a read. How: up to the cursor everything that waits is in the list, beyond it only the file knows. To be
// told of everything that comes to wait.
import type { Seat } from '../../lib/fair-turns.ts';
import { DELIVERIES, type FlowKey, type Place } from './lane-rows.ts';

/** Reads the deliveries of a flow after a place, in order. */
export type ReadFlow = (flow: number, place: Place, limit: number) => readonly Place[];

/** Most that is read ahead, and what the first read takes: many streams with little are common, and so is one with much. */
const MAX_AHEAD = 64;
const FIRST_READ = 4;
const START: Place = { dueAt: Number.MIN_SAFE_INTEGER, id: 0 };

export class Flow {
  readonly key: FlowKey;
  readonly seat: Seat<Flow>;
  /** The stream is held: nothing of it is leased. */
  held = false;
  #ahead: Place[] = [];
  #cursor = START;
  #waiting = 0;
  #rows = FIRST_READ;

  constructor(key: FlowKey, join: (flow: Flow) => Seat<Flow>) {
    this.key = key;
    this.seat = join(this);
  }

  /** Deliveries that are not leased. */
  get waiting(): number {
    return this.#waiting;
  }

  get head(): Place | undefined {
    return this.#ahead[0];
  }

  /** Of a file that was just opened. To be read then. */
  found(waiting: number): void {
    this.#waiting = waiting;
  }

  /** This delivery waits from now on. */
  include(place: Place): void {
    const knowsAll = this.#ahead.length === this.#waiting;
    this.#waiting += 1;
    if (isAfter(place, this.#cursor)) {
      if (!knowsAll) return;
      this.#cursor = place;
    }
    this.#insert(place);
    if (this.#ahead.length <= MAX_AHEAD) return;
    this.#ahead.pop();
    this.#cursor = this.#ahead.at(-1) ?? START;
  }

  /** Takes what is due of the message at the head, up to `limit` deliveries. */
  take(limit: number, now: number): readonly Place[] {
    const seq = this.#seqAt(0);
    let count = 0;
    while (count < limit && this.#seqAt(count) === seq && (this.#ahead[count]?.dueAt ?? Infinity) <= now) count += 1;
    this.#waiting -= count;
    return this.#ahead.splice(0, count);
  }

  /**
   * Brings the head up to date, with the whole of its message: to be called before and after a `take`. `isLeased` says which
   * rows of the file do not wait.
   */
  readAhead(read: ReadFlow, isLeased: (id: number) => boolean): void {
    while (this.#ahead.length < Math.min(this.#waiting, MAX_AHEAD) && this.#seqAt(0) === this.#seqAt(-1)) {
      const limit = Math.min(this.#rows, MAX_AHEAD - this.#ahead.length);
      const rows = read(this.key.id, this.#cursor, limit);
      for (const row of rows) if (!isLeased(row.id)) this.#ahead.push(row);
      this.#cursor = rows.at(-1) ?? this.#cursor;
      if (rows.length < limit) return;
      this.#rows = Math.min(this.#rows * 2, MAX_AHEAD);
    }
  }

  /** Of the message at a position; the last where it is -1. */
  #seqAt(position: number): number | undefined {
    const place = this.#ahead.at(position);
    return place === undefined ? undefined : Math.floor(place.id / DELIVERIES);
  }

  #insert(place: Place): void {
    let position = this.#ahead.length;
    while (position > 0 && isAfter(this.#ahead[position - 1] ?? START, place)) position -= 1;
    this.#ahead.splice(position, 0, place);
  }
}

function isAfter(a: Place, b: Place): boolean {
  return a.dueAt > b.dueAt || (a.dueAt === b.dueAt && a.id > b.id);
}
