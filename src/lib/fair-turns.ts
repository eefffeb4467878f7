// Whose turn it is when groups, and within a group its members, share something that is taken and given back: who has taken
// least comes first, and among equals who waited longest since its last turn.
//
// So a group that is slow to give back gets no more than the others while they want something, all of it while nobody else
// does, and a newcomer waits for nobody's backlog. Each change costs O(log n). Leaves to others: what a turn is worth.
import { PriorityHeap } from './priority-heap.ts';

interface Standing {
  taken: number;
  /** Number of the last turn, or of the arrival. */
  turn: number;
}

interface Group<T> extends Standing {
  readonly key: number;
  /** Those who want something. */
  readonly ready: PriorityHeap<Seat<T>>;
  seats: number;
}

/** A member's place. Made by `join`; what is in it is changed by `FairTurns` alone. */
export interface Seat<T> extends Standing {
  readonly member: T;
  readonly group: Group<T>;
}

export class FairTurns<T> {
  readonly #groups = new Map<number, Group<T>>();
  /** Those with a member that wants something. */
  readonly #ready = new PriorityHeap<Group<T>>(isBefore);
  #turn = 0;

  /** A new member of a group, which wants nothing yet. */
  join(key: number, member: T): Seat<T> {
    const group = this.#groups.get(key) ?? this.#found(key);
    group.seats += 1;
    return { member, group, taken: 0, turn: ++this.#turn };
  }

  /** For good; to be called when the member has given everything back. */
  leave(seat: Seat<T>): void {
    this.idle(seat);
    seat.group.seats -= 1;
    if (seat.group.seats === 0) this.#groups.delete(seat.group.key);
  }

  /** The member wants something, until `idle`. */
  want(seat: Seat<T>): void {
    seat.group.ready.add(seat);
    this.#ready.add(seat.group);
  }

  idle(seat: Seat<T>): void {
    seat.group.ready.delete(seat);
    if (seat.group.ready.size === 0) this.#ready.delete(seat.group);
  }

  /** Whose turn it is; nobody's where every group that wants something has taken `most` already. */
  first(most = Infinity): Seat<T> | undefined {
    const group = this.#ready.first;
    return group === undefined || group.taken >= most ? undefined : group.ready.first;
  }

  /** Ends the member's turn. */
  take(seat: Seat<T>, count: number): void {
    this.#turn += 1;
    seat.turn = this.#turn;
    seat.group.turn = this.#turn;
    this.#change(seat, count);
  }

  giveBack(seat: Seat<T>, count: number): void {
    this.#change(seat, -count);
  }

  /** What was taken last is given back unused: the turn did not count. */
  undo(seat: Seat<T>, count: number): void {
    this.#turn += 1;
    // Before all that have had a turn.
    seat.turn = -this.#turn;
    seat.group.turn = -this.#turn;
    this.#change(seat, -count);
  }

  #found(key: number): Group<T> {
    const group = { key, ready: new PriorityHeap<Seat<T>>(isBefore), seats: 0, taken: 0, turn: ++this.#turn };
    this.#groups.set(key, group);
    return group;
  }

  #change(seat: Seat<T>, count: number): void {
    seat.taken += count;
    seat.group.taken += count;
    seat.group.ready.moved(seat);
    this.#ready.moved(seat.group);
  }
}

function isBefore(a: Standing, b: Standing): boolean {
  return a.taken < b.taken || (a.taken === b.taken && a.turn < b.turn);
}
