// The book of leases of a lane's queue, and where the next due delivery is to be found.
//
// The file keeps deliveries in the order (due, id). The book's place in that order is one before which everything is leased
// or gone: a lease reads on from there and never walks through what is being worked on. What becomes due before the
// place (given back, requeued, appended late) moves the place back to it.
import type { Place } from './lane-store.ts';

/** Reads deliveries after a place that are due at `now`, in order. */
export type ReadDue = (place: Place, now: number, limit: number) => readonly Place[];

interface Held extends Place {
  settling: boolean;
}

/** Rows that are read at least at once: some of them may be leased already. */
const READ_ROWS = 64;

export class Leases {
  readonly #read: ReadDue;
  readonly #held = new Map<number, Held>();
  #place: Place = { dueAt: -1, id: 0 };

  constructor(read: ReadDue) {
    this.#read = read;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Up to `limit` deliveries that are due at `now` and not leased, oldest first. */
  next(limit: number, now: number): readonly Place[] {
    const found: Place[] = [];
    let place = this.#place;
    while (found.length < limit) {
      const wanted = Math.max(limit - found.length, READ_ROWS);
      const rows = this.#read(place, now, wanted);
      for (const row of rows) {
        if (!this.#held.has(row.id)) found.push(row);
        else if (found.length === 0) this.#place = row;
        place = row;
      }
      if (rows.length < wanted) break;
    }
    return found.slice(0, limit);
  }

  /** Leases the first of what `next` returned; to be called in that order. */
  hold({ dueAt, id }: Place): void {
    this.#held.set(id, { dueAt, id, settling: false });
    this.#place = { dueAt, id };
  }

  /** Marks leases as being settled, all or none. Throws where one is not leased or is being settled. */
  beginSettling(ids: readonly number[]): void {
    const marked: number[] = [];
    for (const id of ids) {
      const held = this.#held.get(id);
      if (held === undefined || held.settling) {
        this.abortSettling(marked);
        throw new Error(`delivery ${id} is not leased`);
      }
      held.settling = true;
      marked.push(id);
    }
  }

  abortSettling(ids: readonly number[]): void {
    for (const id of ids) {
      const held = this.#held.get(id);
      if (held !== undefined) held.settling = false;
    }
  }

  /** The lease is over; `dueAt` says when its delivery is due again, if it is. */
  settled(id: number, dueAt: number | undefined): void {
    this.#held.delete(id);
    if (dueAt !== undefined) this.include({ dueAt, id });
  }

  /** The lease is over and nothing was tried. Without effect on what is not leased or being settled. */
  release(id: number): void {
    const held = this.#held.get(id);
    if (held === undefined || held.settling) return;
    this.#held.delete(id);
    this.include(held);
  }

  /** A delivery that is not leased came to be at this place. */
  include({ dueAt, id }: Place): void {
    const before = dueAt < this.#place.dueAt || (dueAt === this.#place.dueAt && id <= this.#place.id);
    if (before) this.#place = { dueAt, id: id - 1 };
  }
}
