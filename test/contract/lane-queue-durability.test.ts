// What a lane's queue in SQLite keeps over the death of its process, and who may open its file.
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { AlreadyOwned } from '../../src/backends/sqlite/owner-lock.ts';
import { SchemaTooNew } from '../../src/backends/sqlite/database.ts';
import { openLaneQueue } from '../../src/backends/sqlite/lane-queue.ts';
import { freshFile, openSqliteLane } from './lane-backends.ts';
import { finished, kept, later, newMessage, NOON } from './lane-fixture.ts';

/** What a kill at this moment leaves behind: the file and its log, without the shared memory. */
function leftBehind(file: string): string {
  const copy = freshFile();
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  return copy;
}

describe('a lane queue in SQLite that is opened again', () => {
  test('has everything due that was not settled, as it was recorded', async () => {
    const file = freshFile();
    const messages = Array.from({ length: 4 }, (_, index) => newMessage({ at: NOON + index }));
    {
      await using lane = openSqliteLane(file);
      await lane.queue.append(messages);
      const [one, two] = await lane.queue.lease(3, NOON + 10);
      await lane.queue.settle([finished(one!), later(two!, NOON + 1000)]);
    }
    await using lane = openSqliteLane(file);
    assert.deepEqual(await lane.queue.depth(), { messages: 3, deliveries: 3, leased: 0, nextDueAt: NOON + 2 });
    const due = await lane.queue.lease(10, NOON + 10);
    assert.deepEqual(kept(due.map(({ message }) => message)), kept(messages.slice(2).map(({ message }) => message)));
    const [retry] = await lane.queue.lease(10, NOON + 1000);
    assert.equal(retry?.attempts, 1);
    assert.equal((await lane.reader.read(0, 100)).length, 6);
  });

  test('numbers events and deliveries on, also when all were dropped', async () => {
    const file = freshFile();
    let latest = 0;
    {
      await using lane = openSqliteLane(file);
      await lane.queue.append([newMessage()]);
      await lane.queue.settle((await lane.queue.lease(1, NOON)).map(finished));
      latest = await lane.reader.latest();
      await lane.queue.purge({ before: NOON + 1000, consumed: latest, limit: 100 });
    }
    await using lane = openSqliteLane(file);
    await lane.queue.append([newMessage()]);
    assert.ok((await lane.reader.read(0, 10))[0]!.seq > latest);
  });

  test('after a kill it has all that was answered for', async () => {
    const file = freshFile();
    await using lane = openSqliteLane(file, { checkpointPages: 50 });
    for (let round = 0; round < 5; round += 1) {
      const messages = Array.from({ length: 30 }, () => newMessage({ raw: Buffer.alloc(4000, round) }));
      await Promise.all(messages.map((message) => lane.queue.append([message])));
      const leases = await lane.queue.lease(10, NOON);
      await Promise.all(leases.map((lease) => lane.queue.settle([finished(lease)])));

      await using killed = openSqliteLane(leftBehind(file));
      assert.equal((await killed.queue.depth()).deliveries, (await lane.queue.depth()).deliveries);
      assert.deepEqual(await killed.reader.read(0, 1000), await lane.reader.read(0, 1000));
      for (const { message, raw } of messages) {
        assert.deepEqual(await killed.reader.body(message.id), Buffer.from(raw));
      }
    }
  });

  test('an append that was not answered is there as a whole or not at all', async () => {
    const file = freshFile();
    await using lane = openSqliteLane(file);
    await lane.queue.append([newMessage()]);
    const cut = leftBehind(file);
    truncateSync(`${cut}-wal`, statSync(`${cut}-wal`).size - 100);
    await using torn = openSqliteLane(cut);
    assert.deepEqual(await torn.queue.lease(5, NOON), []);
    assert.deepEqual(await torn.reader.read(0, 5), []);
  });
});

describe('the file of a lane queue', () => {
  test('can be read by its owner alone', async () => {
    const file = freshFile();
    await using lane = openSqliteLane(file);
    await lane.queue.append([newMessage()]);
    for (const suffix of ['', '-wal', '-shm', '.owner']) {
      assert.equal(statSync(file + suffix).mode & 0o777, 0o600, suffix);
    }
  });

  test('has one owner at a time', async () => {
    const file = freshFile();
    {
      await using _lane = openSqliteLane(file);
      assert.throws(() => openLaneQueue({ file, ownerWaitMs: 0 }), AlreadyOwned);
    }
    await using _again = openSqliteLane(file);
  });

  test('is free again when the thread of its owner was ended', async () => {
    const file = freshFile();
    const owner = new Worker(new URL('./lane-owner-worker.ts', import.meta.url), { workerData: { file } });
    await new Promise((resolve, reject) => owner.once('message', resolve).once('error', reject));
    assert.throws(() => openLaneQueue({ file, ownerWaitMs: 0 }), AlreadyOwned);
    await owner.terminate();
    await using lane = openSqliteLane(file);
    assert.equal((await lane.queue.lease(10, NOON)).length, 3);
  });

  test('is refused when a newer release wrote it', async () => {
    const file = freshFile();
    await openSqliteLane(file)[Symbol.asyncDispose]();
    const db = new Database(file);
    db.pragma('user_version = 99');
    db.close();
    assert.throws(() => openLaneQueue({ file }), SchemaTooNew);
    assert.throws(() => openLaneQueue({ file }), /version 99/);
  });
});
