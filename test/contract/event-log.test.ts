// What an event log promises, over every backend (src/ports/event-log.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LoggedEvent } from '../../src/domain/event.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { LANE_BACKENDS } from './lane-backends.ts';
import { accepted, delivered, finished, kept, newMessage, NOON } from './lane-fixture.ts';

const events = (log: readonly LoggedEvent[]) => kept(log.map(({ event }) => event));
const { message } = newMessage();

for (const backend of LANE_BACKENDS) {
  describe(`an event log in ${backend.name}`, () => {
    test('is empty at first', async () => {
      await using log = backend.openLog();
      assert.deepEqual(await log.read(0, 10), []);
      assert.equal(await log.latest(), 0);
      assert.equal(await log.body(message.id), undefined);
    });

    test('gives back what was appended, in order', async () => {
      await using log = backend.openLog();
      const wanted = [accepted(message), delivered(message, 0, NOON + 5), delivered(message, 0, NOON + 1)];
      await log.append(wanted.slice(0, 2));
      await log.append(wanted.slice(2));
      assert.deepEqual(events(await log.read(0, 10)), kept(wanted));
    });

    test('reads on from a cursor, no more than asked for', async () => {
      await using log = backend.openLog();
      await log.append(Array.from({ length: 7 }, (_, at) => delivered(message, 0, at)));
      const seen: LoggedEvent[] = [];
      for (let cursor = 0; ; cursor = seen.at(-1)!.seq) {
        const some = await log.read(cursor, 3);
        assert.ok(some.length <= 3);
        if (some.length === 0) break;
        seen.push(...some);
      }
      assert.deepEqual(
        seen.map(({ event }) => event.at),
        [0, 1, 2, 3, 4, 5, 6],
      );
      assert.ok(seen.every(({ seq }, index) => seq > (seen[index - 1]?.seq ?? 0)));
      assert.equal(await log.latest(), seen.at(-1)!.seq);
    });

    test('gives events back by their places, in order, without those that are not there', async () => {
      await using log = backend.openLog();
      await log.append([1, 2, 3, 4].map((at) => delivered(message, 0, at)));
      const [first, second, , fourth] = await log.read(0, 10);
      const asked = [fourth!.seq, first!.seq, second!.seq, fourth!.seq + 1000];
      assert.deepEqual(await log.at(asked), [first, second, fourth]);
      assert.deepEqual(await log.at([]), []);
    });

    test('gives an event the same place every time', async () => {
      await using log = backend.openLog();
      await log.append([delivered(message, 0, 1), delivered(message, 0, 2)]);
      const before = await log.read(0, 10);
      await log.append([delivered(message, 0, 3)]);
      assert.deepEqual((await log.read(0, 10)).slice(0, 2), before);
      assert.deepEqual((await log.read(before[0]!.seq, 1))[0], before[1]);
    });
  });

  describe(`the events of a lane queue in ${backend.name}`, () => {
    test('are there as soon as the append or settlement is answered', async () => {
      await using lane = backend.openLane();
      const wanted = newMessage({ to: ['a@one.example', 'b@one.example'] });
      await lane.queue.append([wanted]);
      assert.deepEqual(events(await lane.reader.read(0, 10)), kept([accepted(wanted.message)]));
      const [lease] = await lane.queue.lease(1, NOON);
      await lane.queue.settle([finished(lease!)]);
      assert.deepEqual(
        events(await lane.reader.read(0, 10)),
        kept([accepted(wanted.message), delivered(wanted.message, 0), delivered(wanted.message, 1)]),
      );
    });

    test('keep an acceptance that is not of the message beside it', async () => {
      await using lane = backend.openLane();
      const other = accepted(newMessage({ subject: 'other' }).message);
      await lane.queue.append([newMessage({ events: [other] })]);
      assert.deepEqual(events(await lane.reader.read(0, 10)), kept([other]));
    });

    test('have the time of the event and not of the message', async () => {
      await using lane = backend.openLane();
      const wanted = newMessage();
      const event = { ...accepted(wanted.message), at: NOON + 17 };
      await lane.queue.append([{ ...wanted, events: [event] }]);
      assert.equal((await lane.reader.read(0, 10))[0]?.event.at, NOON + 17);
    });

    test('come with the body of the message, also when it is finished', async () => {
      await using lane = backend.openLane();
      const wanted = newMessage({ raw: Buffer.from('Subject: x\r\n\r\n\u00ff\u0000', 'latin1') });
      await lane.queue.append([wanted]);
      await lane.queue.settle((await lane.queue.lease(1, NOON)).map(finished));
      assert.deepEqual(Buffer.from((await lane.reader.body(wanted.message.id))!), wanted.raw);
      assert.equal(await lane.reader.body('018f0000-0000-7000-8000-000000000000' as MessageId), undefined);
    });
  });
}
