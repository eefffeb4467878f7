// What a lane's file keeps of streams, postponed deliveries and later facts over the end of its process, and files of the first
// version, whose deliveries did not say whose they are.
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { describe, test } from 'node:test';
import { openDatabase } from '../../src/backends/sqlite/database.ts';
import { DELIVERIES, idBytes } from '../../src/backends/sqlite/lane-rows.ts';
import { LANE_SCHEMA } from '../../src/backends/sqlite/lane-schema.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { QueueUnavailable, type NewMessage } from '../../src/ports/lane-queue.ts';
import { freshFile, openSqliteLane } from './lane-backends.ts';
import { accepted, delivered, finished, kept, newMessage, NOON } from './lane-fixture.ts';

const key = (server: number, stream: string) => ({ serverId: server as ServerId, streamId: stream as StreamId });

describe('a lane file that is opened again', () => {
  test('has postponed deliveries due at their time, and not tried', async () => {
    const file = freshFile();
    {
      await using lane = openSqliteLane(file);
      await lane.queue.append([newMessage(), newMessage()]);
      const [one, two] = (await lane.queue.lease(2, NOON)).map(({ deliveryId }) => deliveryId);
      await lane.queue.postpone([{ deliveryId: one!, dueAt: NOON + 60 }]);
      await lane.queue.postpone([{ deliveryId: two!, dueAt: NOON + 30 }]);
    }
    await using lane = openSqliteLane(file);
    assert.deepEqual(await lane.queue.depth(), { messages: 2, deliveries: 2, leased: 0, nextDueAt: NOON + 30 });
    const leases = await lane.queue.lease(5, NOON + 60);
    assert.deepEqual(
      leases.map(({ attempts, firstDueAt }) => [attempts, firstDueAt]),
      [
        [0, NOON],
        [0, NOON],
      ],
    );
  });

  test('has the facts that came later, after all that was before them', async () => {
    const file = freshFile();
    const wanted = newMessage();
    const fact = delivered(wanted.message, 0, NOON + 500);
    {
      await using lane = openSqliteLane(file);
      await lane.queue.append([wanted]);
      await lane.queue.record([fact]);
    }
    await using lane = openSqliteLane(file);
    const events = (await lane.reader.read(0, 10)).map(({ event }) => event);
    assert.deepEqual(kept(events), kept([accepted(wanted.message), fact]));
  });

  test('holds no stream until it is told to', async () => {
    const file = freshFile();
    {
      await using lane = openSqliteLane(file);
      lane.queue.setHeld([key(7, 'outbound')]);
      await lane.queue.append([newMessage()]);
    }
    await using lane = openSqliteLane(file);
    assert.equal((await lane.queue.lease(5, NOON)).length, 1);
  });

  test('knows whose everything is, also of many streams with much', async () => {
    const file = freshFile();
    const streams = Array.from({ length: 30 }, (_, index) => ({ server: 1 + (index % 7), stream: `s${index}` }));
    {
      await using lane = openSqliteLane(file);
      const messages = streams.flatMap((of, index) => Array.from({ length: 1 + index * 3 }, () => newMessage(of)));
      await lane.queue.append(messages);
      await lane.queue.settle((await lane.queue.lease(30, NOON)).map(finished));
    }
    await using lane = openSqliteLane(file);
    const backlog = await lane.queue.backlog(100);
    assert.equal(backlog.length, 29, 'the smallest had one message');
    assert.deepEqual(backlog[0], { ...key(2, 's29'), deliveries: backlog[0]!.deliveries, held: false });
    const total = backlog.reduce((sum, { deliveries }) => sum + deliveries, 0);
    assert.equal(total, (await lane.queue.depth()).deliveries);
    const leases = await lane.queue.lease(10_000, NOON);
    assert.equal(leases.length, total);
  });
});

describe('a stream whose first message was refused', () => {
  test('is known rightly when its next one is taken', async () => {
    const file = freshFile();
    {
      await using lane = openSqliteLane(file);
      await lane.queue.append([newMessage({ server: 1, stream: 'first' })]);
      lane.queue.limitTo(300_000);
      const big = newMessage({ server: 2, stream: 'second', raw: Buffer.alloc(500_000) });
      await assert.rejects(lane.queue.append([newMessage({ server: 2, stream: 'second' }), big]), QueueUnavailable);
      await lane.queue.append([newMessage({ server: 3, stream: 'third' })]);
      await lane.queue.append([newMessage({ server: 2, stream: 'second' })]);
    }
    await using lane = openSqliteLane(file);
    const streams = (await lane.queue.backlog(5)).map(({ serverId, streamId }) => `${serverId}/${streamId}`);
    assert.deepEqual(new Set(streams), new Set(['1/first', '2/second', '3/third']));
    const leases = await lane.queue.lease(5, NOON);
    assert.equal(leases.length, 3);
  });
});

test('a full lane file takes no facts, and says so', async () => {
  await using lane = openSqliteLane(freshFile());
  const { message, raw, events } = newMessage();
  await lane.queue.append([{ message, raw, events }]);
  lane.queue.limitTo(100_000);
  const many = Array.from({ length: 2000 }, () => delivered(message));
  await assert.rejects(lane.queue.record(many), QueueUnavailable);
  assert.equal((await lane.reader.read(0, 10)).length, 1);
});

test('a message that cannot be read back keeps none of the others', async () => {
  const file = freshFile();
  await using lane = openSqliteLane(file, { readyMessages: 0 });
  const [broken, ...others] = [1, 2, 3, 4].map((server) => newMessage({ server: server & 1, at: NOON + server }));
  await lane.queue.append([broken!, ...others]);
  const db = new Database(file);
  db.prepare('delete from message where id = ?').run(idBytes(broken!.message.id));
  db.close();
  await assert.rejects(lane.queue.lease(10, NOON + 10), /not in the file/);
  const leases = await lane.queue.lease(10, NOON + 10);
  assert.equal(leases.length, 3);
});

/** A file as the first version left it. */
function firstVersion(messages: readonly NewMessage[]): string {
  const file = freshFile();
  const schema = { ...LANE_SCHEMA, migrations: LANE_SCHEMA.migrations.slice(0, 1) };
  const db = openDatabase({ file, schema, cacheKiB: 512, checkpointPages: 100, busyTimeoutMs: 0 });
  for (const [index, { message, raw }] of messages.entries()) {
    const seq = index + 1;
    const { id, acceptedAt } = message;
    db.prepare('insert into message values (?, ?, ?, ?, ?)').run(
      seq,
      idBytes(id),
      acceptedAt,
      JSON.stringify(message),
      raw,
    );
    db.prepare('insert into event values (?, ?, ?, null)').run(seq, acceptedAt, seq);
    for (const { index: place, domain } of message.recipients) {
      db.prepare('insert into delivery values (?, ?, 2, ?, ?, ?)').run(
        seq * DELIVERIES + place,
        acceptedAt + 10,
        acceptedAt,
        domain,
        `[${place}]`,
      );
    }
  }
  db.close();
  return file;
}

describe('a lane file of the first version', () => {
  const messages = [
    newMessage({ server: 1, stream: 'a', to: ['x@one.example', 'y@two.example'] }),
    newMessage({ server: 1, stream: 'b', to: ['x@one.example'] }),
    newMessage({ server: 1, stream: 'a', to: ['x@one.example'], at: NOON - 5 }),
    newMessage({ server: 2, stream: 'a', to: ['x@one.example'] }),
    newMessage({ server: 3, stream: 'finished', to: [] }),
  ];

  test('has all its deliveries, and whose they are', async () => {
    await using lane = openSqliteLane(firstVersion(messages));
    assert.deepEqual(
      new Set(await lane.queue.backlog(9)),
      new Set([
        { ...key(1, 'a'), deliveries: 3, held: false },
        { ...key(1, 'b'), deliveries: 1, held: false },
        { ...key(2, 'a'), deliveries: 1, held: false },
      ]),
    );
    assert.deepEqual(await lane.queue.depth(), { messages: 4, deliveries: 5, leased: 0, nextDueAt: NOON + 5 });
    lane.queue.setHeld([key(1, 'b')]);
    const leases = await lane.queue.lease(9, NOON + 10);
    assert.equal(leases.length, 4);
    assert.ok(leases.every(({ attempts, message }) => attempts === 2 && message.streamId === 'a'));
    await lane.queue.settle(leases.map(finished));
    assert.equal((await lane.reader.read(0, 100)).length, 9);
  });

  test('goes on with the streams that it has', async () => {
    await using lane = openSqliteLane(firstVersion(messages));
    await lane.queue.append([newMessage({ server: 1, stream: 'b' }), newMessage({ server: 4, stream: 'new' })]);
    const backlog = await lane.queue.backlog(9);
    assert.equal(backlog.find(({ streamId }) => streamId === 'b')?.deliveries, 2);
    assert.equal(backlog.length, 4);
  });
});
