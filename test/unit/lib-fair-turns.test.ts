// The heap whose items move, against sorting; and whose turn it is, in small scenes.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { FairTurns, type Seat } from '../../src/lib/fair-turns.ts';
import { PriorityHeap } from '../../src/lib/priority-heap.ts';
import { fuzzRuns } from '../support/fuzzing.ts';

interface Item {
  rank: number;
}

const move = fc.record({
  kind: fc.constantFrom('add', 'delete', 'moved'),
  pick: fc.nat(15),
  rank: fc.integer({ min: 0, max: 9 }),
});

test('the first of a heap is the first after any additions, deletions and moves', () => {
  const check = (moves: readonly { kind: string; pick: number; rank: number }[]): void => {
    const items: Item[] = Array.from({ length: 16 }, () => ({ rank: 0 }));
    const heap = new PriorityHeap<Item>((a, b) => a.rank < b.rank);
    const there = new Set<Item>();
    for (const { kind, pick, rank } of moves) {
      const item = items[pick]!;
      if (kind === 'delete') {
        heap.delete(item);
        there.delete(item);
      } else {
        if (kind === 'moved' || !there.has(item)) item.rank = rank;
        if (kind === 'add') {
          heap.add(item);
          there.add(item);
        } else heap.moved(item);
      }
      assert.equal(heap.size, there.size);
      assert.equal(heap.has(item), there.has(item));
      const first = Math.min(...[...there].map((other) => other.rank));
      assert.equal(heap.first?.rank, there.size === 0 ? undefined : first);
    }
    const ranks = [...there].map(({ rank }) => rank).sort((a, b) => a - b);
    for (const rank of ranks) {
      assert.equal(heap.first?.rank, rank);
      heap.delete(heap.first);
    }
    assert.equal(heap.first, undefined);
  };
  fc.assert(fc.property(fc.array(move, { maxLength: 60 }), check), fuzzRuns(300));
});

/** Takes one at a time, as long as somebody wants something and at most so often; who got it. */
function take(turns: FairTurns<string>, times: number, most?: number): string {
  let order = '';
  for (let i = 0; i < times; i += 1) {
    const seat = turns.first(most);
    if (seat === undefined) break;
    order += seat.member;
    turns.take(seat, 1);
  }
  return order;
}

function wanting(turns: FairTurns<string>, group: number, member: string): Seat<string> {
  const seat = turns.join(group, member);
  turns.want(seat);
  return seat;
}

test('groups take turns, and within a group its members', () => {
  const turns = new FairTurns<string>();
  wanting(turns, 1, 'a');
  wanting(turns, 1, 'b');
  wanting(turns, 2, 'x');
  assert.equal(take(turns, 8), 'axbxaxbx');
});

test('who has given back comes before who has not', () => {
  const turns = new FairTurns<string>();
  wanting(turns, 1, 'a');
  const x = wanting(turns, 2, 'x');
  assert.equal(take(turns, 6), 'axaxax');
  turns.giveBack(x, 3);
  assert.equal(take(turns, 5), 'xxxax');
});

test('a newcomer catches up with those who have taken', () => {
  const turns = new FairTurns<string>();
  wanting(turns, 1, 'a');
  assert.equal(take(turns, 3), 'aaa');
  wanting(turns, 2, 'x');
  assert.equal(take(turns, 5), 'xxxax');
});

test('who wants nothing has no turn, and what it has taken still counts', () => {
  const turns = new FairTurns<string>();
  const a = wanting(turns, 1, 'a');
  wanting(turns, 2, 'x');
  assert.equal(take(turns, 2), 'ax');
  turns.idle(a);
  assert.equal(take(turns, 2), 'xx');
  turns.want(a);
  assert.equal(take(turns, 3), 'aax');
});

test('nobody has a turn where all have taken the most that is allowed', () => {
  const turns = new FairTurns<string>();
  wanting(turns, 1, 'a');
  wanting(turns, 2, 'x');
  assert.equal(take(turns, 9, 2), 'axax');
  assert.equal(take(turns, 9, 3), 'ax');
});

test('a turn that is undone comes again', () => {
  const turns = new FairTurns<string>();
  const a = wanting(turns, 1, 'a');
  wanting(turns, 2, 'x');
  assert.equal(take(turns, 1), 'a');
  turns.undo(a, 1);
  assert.equal(take(turns, 3), 'axa');
});

test('a group is forgotten with its last member', () => {
  const turns = new FairTurns<string>();
  const a = wanting(turns, 1, 'a');
  const b = wanting(turns, 1, 'b');
  take(turns, 4);
  turns.giveBack(a, 2);
  turns.giveBack(b, 2);
  turns.leave(a);
  assert.equal(take(turns, 1), 'b');
  turns.giveBack(b, 1);
  turns.leave(b);
  assert.equal(turns.first(), undefined);
});
