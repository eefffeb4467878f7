// Held streams, leases given back until later, facts that came later, and what is not finished of a message: what a lane's
// queue promises of them, over every backend.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { newMessageId } from '../../src/lib/ids.ts';
import type { StreamKey } from '../../src/ports/lane-queue.ts';
import { LANE_BACKENDS } from './lane-backends.ts';
import { deferred, delivered, finished, kept, later, newMessage, NOON } from './lane-fixture.ts';

const key = (server: number, stream = 'outbound'): StreamKey => ({
  serverId: server as ServerId,
  streamId: stream as StreamId,
});

for (const backend of LANE_BACKENDS) {
  describe(`held streams of a lane queue in ${backend.name}`, () => {
    test('get no leases, and the others do', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ server: 1 }), newMessage({ server: 1, stream: 'news', at: NOON - 5 })]);
      lane.queue.setHeld([key(1, 'news')]);
      const leases = await lane.queue.lease(10, NOON);
      assert.deepEqual(
        leases.map(({ message }) => message.streamId),
        ['outbound'],
      );
    });

    test('also where nothing of them waited when they were held', async () => {
      await using lane = backend.openLane();
      lane.queue.setHeld([key(1)]);
      await lane.queue.append([newMessage({ server: 1 })]);
      assert.deepEqual(await lane.queue.lease(10, NOON), []);
    });

    test('go on with what is leased, and keep what of it is to be tried again', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ server: 1 }), newMessage({ server: 1 }), newMessage({ server: 1 })]);
      const [one, two, three] = await lane.queue.lease(10, NOON);
      lane.queue.setHeld([key(1)]);
      await lane.queue.settle([finished(one!), later(two!, NOON + 1)]);
      await lane.queue.release([three!.deliveryId]);
      assert.deepEqual(await lane.queue.lease(10, NOON + 10), []);
      assert.equal((await lane.queue.depth()).deliveries, 2);
    });

    test('are free when they are not named again, in the order in which they waited', async () => {
      await using lane = backend.openLane();
      const messages = [NOON + 3, NOON + 1, NOON + 2].map((at) => newMessage({ server: 1, at }));
      lane.queue.setHeld([key(1), key(2)]);
      await lane.queue.append(messages);
      lane.queue.setHeld([key(2)]);
      const leases = await lane.queue.lease(10, NOON + 5);
      assert.deepEqual(
        leases.map(({ message }) => message.acceptedAt - NOON),
        [1, 2, 3],
      );
    });

    test('do not say when something is due next', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ server: 1, at: NOON + 5 }), newMessage({ server: 2, at: NOON + 9 })]);
      lane.queue.setHeld([key(1)]);
      assert.equal((await lane.queue.depth()).nextDueAt, NOON + 9);
      lane.queue.setHeld([key(1), key(2)]);
      assert.equal((await lane.queue.depth()).nextDueAt, undefined);
      lane.queue.setHeld([]);
      assert.equal((await lane.queue.depth()).nextDueAt, NOON + 5);
    });
  });

  describe(`the backlog of a lane queue in ${backend.name}`, () => {
    test('names the streams with most that waits, and which of them are held', async () => {
      await using lane = backend.openLane();
      const of = (server: number, count: number) => Array.from({ length: count }, () => newMessage({ server }));
      await lane.queue.append([...of(1, 2), ...of(2, 5), ...of(3, 1), ...of(4, 3)]);
      lane.queue.setHeld([key(4)]);
      assert.deepEqual(await lane.queue.backlog(3), [
        { ...key(2), deliveries: 5, held: false },
        { ...key(4), deliveries: 3, held: true },
        { ...key(1), deliveries: 2, held: false },
      ]);
      const leases = await lane.queue.lease(8, NOON);
      assert.deepEqual(await lane.queue.backlog(3), [{ ...key(4), deliveries: 3, held: true }]);
      await lane.queue.settle(leases.slice(0, 1).map((lease) => later(lease, NOON + 9)));
      assert.equal((await lane.queue.backlog(3)).length, 2);
    });
  });

  describe(`what is postponed in a lane queue in ${backend.name}`, () => {
    test('is due at the time given, as if it had not been leased', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage({ server: 1 }), newMessage({ server: 1 })]);
      const leases = await lane.queue.lease(10, NOON);
      const [one, two] = leases.map(({ deliveryId }) => deliveryId);
      await lane.queue.postpone([
        { deliveryId: one!, dueAt: NOON + 20 },
        { deliveryId: two!, dueAt: NOON + 10 },
      ]);
      assert.deepEqual(await lane.queue.depth(), { messages: 2, deliveries: 2, leased: 0, nextDueAt: NOON + 10 });
      assert.deepEqual(await lane.queue.lease(10, NOON + 9), []);
      assert.deepEqual(kept(await lane.queue.lease(10, NOON + 20)), kept([leases[1], leases[0]]));
      assert.equal((await lane.reader.read(0, 10)).length, 2);
    });

    test('must be leased, all of it or nothing is postponed', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage(), newMessage()]);
      const [one, two] = (await lane.queue.lease(10, NOON)).map(({ deliveryId }) => ({ deliveryId, dueAt: NOON + 5 }));
      await lane.queue.postpone([one!]);
      await assert.rejects(lane.queue.postpone([two!, one!]), /not leased/);
      await assert.rejects(lane.queue.postpone([two!, two!]));
      assert.equal((await lane.queue.depth()).leased, 1);
      await lane.queue.postpone([two!]);
      assert.equal((await lane.queue.lease(10, NOON + 5)).length, 2);
    });
  });

  describe(`facts that came later, in a lane queue in ${backend.name}`, () => {
    test('are in the log, in the order in which they were written', async () => {
      await using lane = backend.openLane();
      const { message, raw, events } = newMessage({ to: ['a@one.example', 'b@one.example'] });
      await lane.queue.append([{ message, raw, events }]);
      await lane.queue.settle((await lane.queue.lease(1, NOON)).map(finished));
      const facts = [deferred(message, 0, NOON + 1), delivered(message, 1, NOON + 7)];
      await lane.queue.record(facts);
      await lane.queue.record([delivered(message, 0, NOON + 8)]);
      const log = (await lane.reader.read(0, 10)).map(({ event }) => event);
      assert.deepEqual(kept(log.slice(3)), kept([...facts, delivered(message, 0, NOON + 8)]));
      const depth = { messages: 0, deliveries: 0, leased: 0, nextDueAt: undefined };
      assert.deepEqual(await lane.queue.depth(), depth);
    });

    test('may be none', async () => {
      await using lane = backend.openLane();
      await lane.queue.record([]);
      assert.deepEqual(await lane.reader.read(0, 10), []);
    });
  });

  describe(`what is not finished of a message, in a lane queue in ${backend.name}`, () => {
    test('is each domain until it is settled', async () => {
      await using lane = backend.openLane();
      const { message, raw, events } = newMessage({ to: ['a@one.example', 'b@two.example', 'c@one.example'] });
      await lane.queue.append([{ message, raw, events }, newMessage()]);
      const pending = async () =>
        (await lane.queue.pending(message.id)).map((row) => [
          row.domain,
          row.recipients,
          row.dueAt - NOON,
          row.attempts,
        ]);
      const both = [
        ['one.example', [0, 2], 0, 0],
        ['two.example', [1], 0, 0],
      ];
      assert.deepEqual(await pending(), both);
      const [one, two] = await lane.queue.lease(2, NOON);
      assert.deepEqual(await pending(), both);
      const [row] = await lane.queue.pending(message.id);
      assert.deepEqual([row?.deliveryId, row?.leased, row?.firstDueAt], [one!.deliveryId, true, NOON]);
      await lane.queue.settle([finished(one!), later(two!, NOON + 60)]);
      assert.deepEqual(await pending(), [['two.example', [1], 60, 1]]);
      assert.equal((await lane.queue.pending(message.id))[0]?.leased, false);
      await lane.queue.settle(
        (await lane.queue.lease(2, NOON + 60)).filter((l) => l.message.id === message.id).map(finished),
      );
      assert.deepEqual(await pending(), []);
    });

    test('is nothing of one that the lane does not know', async () => {
      await using lane = backend.openLane();
      await lane.queue.append([newMessage()]);
      assert.deepEqual(await lane.queue.pending(newMessageId(NOON)), []);
    });
  });
}
