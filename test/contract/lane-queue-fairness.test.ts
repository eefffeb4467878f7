// How a lane's queue shares its leases out between servers and streams, over every backend. FUZZ_RUNS lengthens the property.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import type { Lease, NewMessage } from '../../src/ports/lane-queue.ts';
import { fuzzRuns } from '../support/fuzzing.ts';
import { LANE_BACKENDS, type OpenLane } from './lane-backends.ts';
import { finished, newMessage, NOON, type Wanted } from './lane-fixture.ts';

const many = (count: number, wanted: Wanted): NewMessage[] => Array.from({ length: count }, () => newMessage(wanted));
const serverOf = ({ message }: { message: NewMessage['message'] }): number => message.serverId;
const streamOf = ({ message }: { message: NewMessage['message'] }): string => `${message.serverId}/${message.streamId}`;

function count<T>(items: readonly T[], keyOf: (item: T) => number | string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

for (const backend of LANE_BACKENDS) {
  describe(`the leases of a lane queue in ${backend.name}`, () => {
    test('a customer with little does not wait for the backlog of another', async () => {
      await using lane = backend.openLane();
      await lane.queue.append(many(500, { server: 1 }));
      await lane.queue.append(many(10, { server: 2, at: NOON + 1000 }));
      const leases = await lane.queue.lease(100, NOON + 1000);
      assert.deepEqual(count(leases, serverOf), { 1: 90, 2: 10 });
    });

    test('a customer who is alone gets all of them', async () => {
      await using lane = backend.openLane();
      await lane.queue.append(many(200, { server: 1 }));
      assert.equal((await lane.queue.lease(200, NOON)).length, 200);
    });

    test('who gives nothing back gets no more until the others have as many', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([...many(200, { server: 1 }), ...many(200, { server: 2 })]);
      const first = await lane.queue.lease(40, NOON);
      assert.deepEqual(count(first, serverOf), { 1: 20, 2: 20 });
      let back = first.filter((lease) => serverOf(lease) === 2);
      for (let round = 0; round < 5; round += 1) {
        await lane.queue.settle(back.map(finished));
        back = [...(await lane.queue.lease(20, NOON))];
        assert.deepEqual(count(back, serverOf), { 2: 20 });
      }
      assert.deepEqual(count(await lane.queue.lease(10, NOON), serverOf), { 1: 5, 2: 5 });
    });

    test('those who give back at once take turns, whoever came first', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([...many(50, { server: 1 }), ...many(50, { server: 2 }), ...many(50, { server: 3 })]);
      const order: number[] = [];
      for (let call = 0; call < 30; call += 1) {
        const leases = await lane.queue.lease(1, NOON);
        order.push(...leases.map(serverOf));
        await lane.queue.settle(leases.map(finished));
      }
      assert.deepEqual(count(order, String), { 1: 10, 2: 10, 3: 10 });
      for (let at = 0; at < 30; at += 3) assert.equal(new Set(order.slice(at, at + 3)).size, 3, order.join());
    });

    test('the streams of a server share what it gets, whatever other servers have', async () => {
      await using lane = backend.openLane();
      await lane.queue.append(many(200, { server: 1, stream: 'news' }));
      await lane.queue.append(many(200, { server: 1, stream: 'receipts' }));
      await lane.queue.append(many(200, { server: 2 }));
      const leases = await lane.queue.lease(80, NOON);
      assert.deepEqual(count(leases, streamOf), { '1/news': 20, '1/receipts': 20, '2/outbound': 40 });
    });

    test('streams of the same name belong to their servers', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ server: 1, stream: '1/a' }), newMessage({ server: 11, stream: 'a' })]);
      assert.equal((await lane.queue.backlog(5)).length, 2);
    });

    test('what is due of a message goes together, and counts as much as it is', async () => {
      await using lane = backend.openLane();
      const to = ['a@one.example', 'b@two.example', 'c@three.example'];
      await lane.queue.append([...many(5, { server: 1, to }), ...many(20, { server: 2 })]);
      const leases = await lane.queue.lease(12, NOON);
      assert.deepEqual(count(leases, serverOf), { 1: 6, 2: 6 });
      assert.equal(leases.map(serverOf).join(''), '111222111222');
    });

    test('servers that hold enough get none where that is bounded', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([...many(20, { server: 1 }), ...many(3, { server: 2 })]);
      assert.deepEqual(count(await lane.queue.lease(20, NOON, 5), serverOf), { 1: 5, 2: 3 });
      assert.deepEqual(await lane.queue.lease(20, NOON, 5), []);
      assert.equal((await lane.queue.lease(20, NOON)).length, 15);
    });

    test('at no moment is a server or stream with something due behind another', async () => {
      await fc.assert(
        fc.asyncProperty(moves, (steps) => withLane(backend.openLane(), steps)),
        fuzzRuns(40),
      );
    });
  });
}

interface Move {
  readonly add: readonly { readonly server: number; readonly stream: string; readonly at: number }[];
  readonly lease: number;
  readonly at: number;
  /** The part of what is leased that is finished then. */
  readonly settle: number;
}

const at = fc.integer({ min: 0, max: 20 });
const stream = fc.constantFrom('a', 'b', 'c');
const added = fc.record({ server: fc.integer({ min: 1, max: 4 }), stream, at });
const moves = fc.array(
  fc.record({
    add: fc.array(added, { maxLength: 40 }),
    lease: fc.integer({ min: 1, max: 20 }),
    at,
    settle: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 12 },
);

async function withLane(open: OpenLane, steps: readonly Move[]): Promise<void> {
  await using lane = open;
  let waiting: NewMessage[] = [];
  let leased: Lease[] = [];
  for (const step of steps) {
    const added = step.add.map(({ server, stream, at }) => newMessage({ server, stream, at: NOON + at }));
    await lane.queue.append(added);
    waiting.push(...added);
    for (const lease of await lane.queue.lease(step.lease, NOON + step.at)) {
      const due = waiting.filter(({ message }) => message.acceptedAt <= NOON + step.at);
      mayBeNext(lease, due, leased);
      waiting = waiting.filter(({ message }) => message.id !== lease.message.id);
      leased.push(lease);
    }
    const done = leased.slice(0, leased.length * step.settle);
    await lane.queue.settle(done.map(finished));
    leased = leased.slice(done.length);
  }
}

function mayBeNext(lease: Lease, due: readonly NewMessage[], leased: readonly Lease[]): void {
  const servers = count(leased, serverOf);
  const streams = count(leased, streamOf);
  for (const other of due) {
    assert.ok((servers[serverOf(lease)] ?? 0) <= (servers[serverOf(other)] ?? 0), 'a server is behind');
    if (serverOf(other) !== serverOf(lease)) continue;
    assert.ok((streams[streamOf(lease)] ?? 0) <= (streams[streamOf(other)] ?? 0), 'a stream is behind');
    if (streamOf(other) !== streamOf(lease)) continue;
    assert.ok(lease.message.acceptedAt <= other.message.acceptedAt, 'something older waits');
  }
}
