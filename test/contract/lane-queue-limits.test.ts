// What a lane's queue does at its bounds, over every backend: full, too much at once, and old.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QueueUnavailable, type LaneQueue } from '../../src/ports/lane-queue.ts';
import { freshFile, LANE_BACKENDS, openSqliteLane, type OpenLane } from './lane-backends.ts';
import { finished, later, newMessage, NOON } from './lane-fixture.ts';

const raw = Buffer.alloc(4096, 'x');

/** Appends until the queue refuses; the number that it took. */
async function fill(queue: LaneQueue): Promise<number> {
  for (let taken = 0; taken < 1000; taken += 1) {
    try {
      await queue.append([newMessage({ raw, at: NOON + taken })]);
    } catch (error) {
      assert.ok(error instanceof QueueUnavailable);
      return taken;
    }
  }
  throw new Error('the queue took everything');
}

async function finishAll({ queue }: OpenLane): Promise<number> {
  let count = 0;
  for (;;) {
    const leases = await queue.lease(50, NOON + 1e6);
    if (leases.length === 0) return count;
    await queue.settle(leases.map(finished));
    count += leases.length;
  }
}

for (const backend of LANE_BACKENDS) {
  describe(`a full lane queue in ${backend.name}`, () => {
    test('refuses what is new, keeps what it has, and goes on when there is room again', async () => {
      await using lane = backend.openLane();
      lane.queue.limitTo(400_000);
      const taken = await fill(lane.queue);
      assert.ok(taken > 10, `took ${taken}`);
      assert.equal((await lane.queue.depth()).messages, taken);
      assert.equal((await lane.reader.read(0, 1000)).length, taken);
      const refused = newMessage({ raw: Buffer.alloc(100_000) });
      await assert.rejects(lane.queue.append([newMessage({ raw }), refused]), QueueUnavailable);
      assert.equal(await lane.reader.body(refused.message.id), undefined);
      lane.queue.limitTo(1_000_000);
      await lane.queue.append([refused]);
      assert.equal(await finishAll(lane), taken + 1);
    });

    test('settles although it is full, also beside an append that is refused', async () => {
      await using lane = backend.openLane();
      lane.queue.limitTo(400_000);
      const taken = await fill(lane.queue);
      const [one, two, ...others] = await lane.queue.lease(1000, NOON + 1e6);
      const big = newMessage({ raw: Buffer.alloc(100_000) });
      const append = assert.rejects(lane.queue.append([big]), QueueUnavailable);
      await Promise.all([append, lane.queue.settle([finished(one!)]), lane.queue.settle([later(two!, NOON)])]);
      await lane.queue.settle(others.map(finished));
      assert.equal((await lane.queue.depth()).deliveries, 1);
      assert.equal((await lane.reader.read(0, 5000)).length, taken * 2);
    });
  });

  describe(`retention of a lane queue in ${backend.name}`, () => {
    test('drops finished messages and read events that are old, and nothing else', async () => {
      await using lane = backend.openLane();
      const [old, open, young] = [NOON, NOON + 1, NOON + 5000].map((at) => newMessage({ at }));
      await lane.queue.append([old!, open!, young!]);
      const [first] = await lane.queue.lease(1, NOON);
      await lane.queue.settle([finished(first!)]);
      const latest = await lane.reader.latest();
      assert.deepEqual(await lane.queue.purge({ before: NOON + 1000, consumed: 0, limit: 100 }), nothing);
      assert.deepEqual(await lane.queue.purge({ before: NOON, consumed: latest, limit: 100 }), nothing);
      const dropped = await lane.queue.purge({ before: NOON + 1000, consumed: latest, limit: 100 });
      assert.deepEqual(dropped, { events: 2, messages: 1 });
      assert.equal(await lane.reader.body(old!.message.id), undefined);
      assert.ok(await lane.reader.body(open!.message.id));
      assert.equal((await lane.queue.lease(5, NOON + 1e6)).length, 2);
      const left = await lane.reader.read(0, 100);
      assert.deepEqual(
        left.map(({ event }) => [event.kind, event.messageId]),
        // The delivery of the old message was logged after the acceptance of the young one, which stays.
        [
          ['accepted', young!.message.id],
          ['delivered', old!.message.id],
        ],
      );
    });

    test('drops no more at once than it is told, and comes to an end', async () => {
      await using lane = backend.openLane();
      await lane.queue.append(Array.from({ length: 25 }, () => newMessage()));
      await finishAll(lane);
      const request = { before: NOON + 1000, consumed: await lane.reader.latest(), limit: 10 };
      let events = 0;
      let messages = 0;
      for (let call = 0; call < 20; call += 1) {
        const purged = await lane.queue.purge(request);
        assert.ok(purged.events <= 10 && purged.messages <= 10);
        events += purged.events;
        messages += purged.messages;
      }
      assert.deepEqual({ events, messages }, { events: 50, messages: 25 });
    });

    test('never gives a place in the log out again', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage()]);
      await finishAll(lane);
      const latest = await lane.reader.latest();
      await lane.queue.purge({ before: NOON + 1000, consumed: latest, limit: 100 });
      assert.deepEqual(await lane.reader.read(0, 10), []);
      await lane.queue.append([newMessage()]);
      assert.ok((await lane.reader.read(0, 10))[0]!.seq > latest);
    });
  });
}

const nothing = { events: 0, messages: 0 };

describe('a lane queue in SQLite', () => {
  test('drops old messages behind others that are not finished', async () => {
    await using lane = openSqliteLane(freshFile());
    await lane.queue.append(Array.from({ length: 5 }, () => newMessage({ to: ['a@stuck.example'] })));
    await lane.queue.lease(5, NOON);
    await lane.queue.append(Array.from({ length: 5 }, () => newMessage()));
    await finishAll(lane);
    const request = { before: NOON + 1000, consumed: await lane.reader.latest(), limit: 3 };
    let messages = 0;
    for (let call = 0; call < 20; call += 1) messages += (await lane.queue.purge(request)).messages;
    assert.equal(messages, 5);
    assert.equal((await lane.queue.depth()).messages, 5);
  });

  test('hands out no more bytes at once than it is told, and at least one delivery', async () => {
    await using lane = openSqliteLane(freshFile(), { leaseBytes: 10_000 });
    await lane.queue.append(Array.from({ length: 5 }, () => newMessage({ raw })));
    await lane.queue.append([newMessage({ at: NOON + 1, raw: Buffer.alloc(50_000) })]);
    const counts: number[] = [];
    for (let call = 0; call < 5; call += 1) counts.push((await lane.queue.lease(10, NOON + 1)).length);
    assert.deepEqual(counts, [2, 2, 1, 1, 0]);
  });

  test('refuses what is new while too little of the disk is free', async () => {
    await using lane = openSqliteLane(freshFile(), { minFreeBytes: Number.MAX_SAFE_INTEGER });
    await assert.rejects(lane.queue.append([newMessage()]), { name: 'QueueUnavailable', message: /disk/ });
  });

  test('refuses what is new while too much waits to be written', async () => {
    await using lane = openSqliteLane(freshFile(), { maxWaitingBytes: 10_000 });
    const one = lane.queue.append([newMessage({ raw: Buffer.alloc(20_000) })]);
    await assert.rejects(lane.queue.append([newMessage()]), QueueUnavailable);
    await one;
    await lane.queue.append([newMessage()]);
  });

  test('refuses a message that it cannot keep, and takes its neighbours', async () => {
    await using lane = openSqliteLane(freshFile());
    const bad = newMessage({ id: 'no uuid' as never });
    const good = [newMessage(), newMessage()];
    const all = [good[0]!, bad, good[1]!].map((message) => lane.queue.append([message]));
    const results = await Promise.allSettled(all);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal((await lane.queue.lease(5, NOON)).length, 2);
  });
});
