// The book of leases over rows that the test keeps: how much is read of them, and that it forgets nobody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERIES, type FlowKey, type Place } from '../../src/backends/sqlite/lane-rows.ts';
import { Leases } from '../../src/backends/sqlite/leases.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';

const DUE = 1000;

interface World {
  readonly leases: Leases;
  /** What was read since the last look. */
  readonly reads: () => { calls: number; rows: number };
  readonly add: (flow: number, place: Place) => void;
  readonly lease: (limit: number, now?: number) => readonly Place[];
}

const key = (id: number): FlowKey => ({ id, serverId: id as ServerId, streamId: 'outbound' as StreamId });
const place = (message: number, dueAt = DUE): Place => ({ dueAt, id: message * DELIVERIES });

/** `rows` of a file that was just opened, by flow. */
function world(rows: Place[][] = []): World {
  const counts = { calls: 0, rows: 0 };
  const leases = new Leases((flow, { dueAt, id }, limit) => {
    const after = (row: Place): boolean => row.dueAt > dueAt || (row.dueAt === dueAt && row.id > id);
    const found = (rows[flow] ?? []).filter(after).slice(0, limit);
    counts.calls += 1;
    counts.rows += found.length;
    return found;
  });
  rows.forEach((own, flow) => leases.found(key(flow), own.length));
  return {
    leases,
    reads() {
      const seen = { ...counts };
      Object.assign(counts, { calls: 0, rows: 0 });
      return seen;
    },
    add(flow, row) {
      rows[flow] = [...(rows[flow] ?? []), row].sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
      leases.include(key(flow), row);
    },
    lease(limit, now = DUE) {
      const places: Place[] = [];
      while (places.length < limit) {
        const next = leases.next({ limit: limit - places.length, now, mostOfServer: Infinity });
        if (next.length === 0) break;
        places.push(...next);
      }
      return places;
    },
  };
}

const messages = (count: number, from = 1): Place[] => Array.from({ length: count }, (_, index) => place(from + index));

test('each waiting delivery is read once, and nothing that is leased', () => {
  const { leases, lease, reads } = world([messages(1000)]);
  for (let call = 0; call < 100; call += 1) assert.equal(lease(10).length, 10);
  assert.equal(leases.size, 1000);
  assert.equal(reads().rows, 1000);
  assert.deepEqual(lease(10), []);
  assert.equal(reads().calls, 0);
});

test('a stream that keeps up is leased without a read', () => {
  const { add, lease, reads, leases } = world();
  for (let message = 1; message < 500; message += 1) {
    add(0, place(message));
    const [taken] = lease(5);
    assert.equal(taken?.id, message * DELIVERIES);
    leases.settled(taken.id, undefined);
  }
  assert.equal(reads().calls, 0);
});

test('held streams and those with nothing due cost a lease nothing', () => {
  const many = Array.from({ length: 2000 }, (_, flow) => [place(flow + 1, flow % 2 === 0 ? DUE : DUE * 9)]);
  const { leases, lease, reads } = world(many);
  leases.setHeld(many.flatMap((_, flow) => (flow % 2 === 0 && flow > 0 ? key(flow) : [])));
  reads();
  assert.equal(lease(100).length, 1);
  assert.ok(reads().calls <= 1);
  assert.equal(leases.nextDueAt, DUE * 9);
});

test('what is given back out of order is found again, each once and in order', () => {
  const { leases, lease } = world([messages(300)]);
  const taken = lease(300);
  const back = taken.filter((_, index) => index % 2 === 0);
  for (const { id } of back.toReversed()) leases.release(id);
  assert.deepEqual(lease(300), back);
  assert.equal(leases.size, 300);
});

test('what comes in before what was read ahead goes before it, however much it is', () => {
  const { add, lease } = world([messages(10, 1000)]);
  for (let message = 1; message <= 200; message += 1) add(0, place(message, DUE - 1 - (message % 7)));
  const taken = lease(500);
  assert.equal(taken.length, 210);
  const sorted = taken.toSorted((a, b) => a.dueAt - b.dueAt || a.id - b.id);
  assert.deepEqual(taken, sorted);
});

test('the deliveries of a message go in one turn, also over the end of what was read ahead', () => {
  const deliveries = Array.from({ length: 40 }, (_, index) => ({ dueAt: DUE, id: DELIVERIES + index }));
  const { leases } = world([[...deliveries, place(2)]]);
  const turn = leases.next({ limit: 100, now: DUE, mostOfServer: Infinity });
  assert.deepEqual(turn, deliveries);
});

test('a clock that is set back leases nothing too early, and everything in the end', () => {
  const { leases, lease } = world([[place(1, 10), place(2, 20)]]);
  assert.deepEqual(lease(5, 5), []);
  assert.equal(lease(1, 30).length, 1);
  assert.deepEqual(lease(5, 15), []);
  assert.equal(leases.nextDueAt, 20);
  assert.equal(lease(5, 20).length, 1);
});

test('a stream with nothing left is forgotten', () => {
  const { leases, lease, add } = world([messages(3)]);
  const taken = lease(5);
  for (const { id } of taken.slice(1)) leases.settled(id, undefined);
  assert.equal([...leases.flows].length, 1);
  leases.settled(taken[0]!.id, undefined);
  assert.equal([...leases.flows].length, 0);
  add(0, place(9));
  assert.deepEqual(lease(5), [place(9)]);
});
