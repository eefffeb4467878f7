// What a lane's queue promises, over every backend (src/ports/lane-queue.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Lease } from '../../src/ports/lane-queue.ts';
import { LANE_BACKENDS } from './lane-backends.ts';
import { deferred, delivered, finished, kept, later, newMessage, NOON } from './lane-fixture.ts';

const ids = (leases: readonly Lease[]): string[] => leases.map(({ message }) => message.id);

for (const backend of LANE_BACKENDS) {
  describe(`a lane queue in ${backend.name}`, () => {
    test('hands out what was appended, whole', async () => {
      await using lane = backend.openLane();
      const wanted = newMessage({
        raw: Buffer.from([0, 255, 13, 10, 128]),
        to: ['ann@one.example', 'bob@one.example'],
      });
      await lane.queue.append([wanted]);
      const [lease] = await lane.queue.lease(10, NOON);
      assert.ok(lease);
      assert.deepEqual(kept(lease.message), kept(wanted.message));
      assert.deepEqual(Buffer.from(lease.raw), wanted.raw);
      assert.equal(lease.domain, 'one.example');
      assert.deepEqual(lease.recipients, [0, 1]);
      assert.equal(lease.attempts, 0);
      assert.equal(lease.firstDueAt, NOON);
    });

    test('keeps an empty body', async () => {
      await using lane = backend.openLane();
      const wanted = newMessage({ raw: new Uint8Array(0) });
      await lane.queue.append([wanted]);
      assert.equal((await lane.queue.lease(1, NOON))[0]?.raw.length, 0);
      assert.equal((await lane.reader.body(wanted.message.id))?.length, 0);
    });

    test('makes one delivery a domain, next to each other', async () => {
      await using lane = backend.openLane();
      const to = ['a@one.example', 'b@two.example', 'c@one.example', 'd@three.example'];
      const [first, second] = [newMessage({ to }), newMessage({ to })];
      await Promise.all([lane.queue.append([first]), lane.queue.append([second])]);
      const leases = await lane.queue.lease(10, NOON);
      const seen = leases.map(({ message, domain, recipients }) => [message.id, domain, recipients]);
      const of = (id: string) => [
        [id, 'one.example', [0, 2]],
        [id, 'two.example', [1]],
        [id, 'three.example', [3]],
      ];
      assert.deepEqual(seen, [...of(first.message.id), ...of(second.message.id)]);
      assert.equal(new Set(leases.map(({ deliveryId }) => deliveryId)).size, 6);
    });

    test('keeps the first of two messages with the same id, with its events', async () => {
      await using lane = backend.openLane();
      const first = newMessage({ subject: 'first' });
      const second = newMessage({ id: first.message.id, subject: 'second' });
      await lane.queue.append([first, second]);
      await lane.queue.append([second]);
      const leases = await lane.queue.lease(10, NOON);
      assert.deepEqual(
        leases.map(({ message }) => message.summary.subject),
        ['first'],
      );
      assert.equal((await lane.reader.read(0, 10)).length, 1);
    });

    test('leases nothing before it is due, and the oldest first', async () => {
      await using lane = backend.openLane();
      const [late, early, middle] = [NOON + 200, NOON, NOON + 100].map((at) => newMessage({ at }));
      await lane.queue.append([late!, early!, middle!]);
      assert.deepEqual(await lane.queue.lease(10, NOON - 1), []);
      assert.deepEqual(ids(await lane.queue.lease(1, NOON + 150)), [early!.message.id]);
      assert.deepEqual(ids(await lane.queue.lease(10, NOON + 150)), [middle!.message.id]);
      assert.deepEqual(ids(await lane.queue.lease(10, NOON + 200)), [late!.message.id]);
    });

    test('leases what came late although it was due before', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ at: NOON })]);
      await lane.queue.lease(10, NOON);
      const late = newMessage({ at: NOON - 5000 });
      await lane.queue.append([late]);
      assert.deepEqual(ids(await lane.queue.lease(10, NOON)), [late.message.id]);
    });

    test('leases each delivery once until it is given back', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage(), newMessage(), newMessage()]);
      const leases = await lane.queue.lease(2, NOON);
      assert.equal((await lane.queue.lease(10, NOON)).length, 1);
      assert.deepEqual(await lane.queue.lease(10, NOON), []);
      await lane.queue.release([leases[1]!.deliveryId, 987654321]);
      const again = await lane.queue.lease(10, NOON);
      assert.deepEqual(kept(again), kept([leases[1]]));
    });

    test('finishes what is settled', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage()]);
      await lane.queue.settle((await lane.queue.lease(1, NOON)).map(finished));
      assert.deepEqual(await lane.queue.lease(10, NOON + 1e9), []);
      const depth = { messages: 0, deliveries: 0, leased: 0, nextDueAt: undefined };
      assert.deepEqual(await lane.queue.depth(), depth);
    });

    test('brings what is requeued back when it is due, with what is left', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ to: ['a@one.example', 'b@one.example'] })]);
      const [lease] = await lane.queue.lease(1, NOON);
      const { deliveryId, message } = lease!;
      const requeue = { recipients: [1], dueAt: NOON + 60_000, attempts: 1 };
      const events = [delivered(message, 0), deferred(message, 1, NOON + 60_000)];
      await lane.queue.settle([{ deliveryId, requeue, events }]);
      assert.deepEqual(await lane.queue.lease(10, NOON + 59_999), []);
      const [again] = await lane.queue.lease(10, NOON + 60_000);
      assert.deepEqual(again?.recipients, [1]);
      assert.equal(again?.attempts, 1);
      assert.equal(again?.firstDueAt, NOON);
      assert.equal(again?.deliveryId, deliveryId);
    });

    test('brings back at once what is requeued into the past', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage(), newMessage()]);
      const leases = await lane.queue.lease(2, NOON);
      await lane.queue.settle([later(leases[0]!, NOON - 1000)]);
      assert.deepEqual(ids(await lane.queue.lease(5, NOON)), [leases[0]!.message.id]);
    });

    test('refuses to settle what is not leased, and settles nothing of that call', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage(), newMessage()]);
      const [one, two] = (await lane.queue.lease(2, NOON)).map(finished);
      await lane.queue.settle([one!]);
      await assert.rejects(lane.queue.settle([two!, one!]), /not leased/);
      await assert.rejects(lane.queue.settle([two!, two!]));
      await lane.queue.settle([two!]);
      assert.equal((await lane.queue.depth()).deliveries, 0);
      assert.equal((await lane.reader.read(0, 10)).length, 4);
    });

    test('counts what it holds', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ to: ['a@one.example', 'b@two.example'] }), newMessage({ at: NOON + 5 })]);
      const [first, second] = await lane.queue.lease(2, NOON);
      assert.deepEqual(await lane.queue.depth(), { messages: 2, deliveries: 3, leased: 2, nextDueAt: NOON + 5 });
      await lane.queue.settle([finished(first!)]);
      assert.deepEqual(await lane.queue.depth(), { messages: 2, deliveries: 2, leased: 1, nextDueAt: NOON + 5 });
      await lane.queue.settle([later(second!, NOON + 3)]);
      assert.deepEqual(await lane.queue.depth(), { messages: 2, deliveries: 2, leased: 0, nextDueAt: NOON + 3 });
      await lane.queue.settle((await lane.queue.lease(1, NOON + 4)).map(finished));
      assert.deepEqual(await lane.queue.depth(), { messages: 1, deliveries: 1, leased: 0, nextDueAt: NOON + 5 });
    });

    test('a message to nobody is finished when it is appended', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ to: [] })]);
      assert.equal((await lane.queue.depth()).messages, 0);
      assert.deepEqual(await lane.queue.lease(5, NOON), []);
      assert.equal((await lane.reader.read(0, 5)).length, 1);
    });
  });
}
