// Event logs in SQLite, read and written by several threads at once, and over a restart.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openEventLog, openEventReader } from '../../src/backends/sqlite/event-log.ts';
import { freshFile, openSqliteLane } from './lane-backends.ts';
import { delivered, finished, newMessage, NOON } from './lane-fixture.ts';
import type { Told, Wanted } from './event-log-worker.ts';

const { message } = newMessage();

/** Runs the worker; resolves with what it tells when it is done. */
function start(wanted: Wanted): Promise<Told> {
  const worker = new Worker(new URL('./event-log-worker.ts', import.meta.url), { workerData: wanted });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

describe('an event log in SQLite', () => {
  test('is read by another thread without gaps while the queue appends and settles', async () => {
    const file = freshFile();
    const total = 2000;
    await using lane = openSqliteLane(file, { checkpointPages: 100 });
    const reading = start({ kind: 'read', file, until: total * 2 });
    for (let sent = 0; sent < total; sent += 20) {
      const appends = Array.from({ length: 20 }, () => lane.queue.append([newMessage()]));
      const leases = await lane.queue.lease(20, NOON);
      await Promise.all([...appends, ...leases.map((lease) => lane.queue.settle([finished(lease)]))]);
    }
    await lane.queue.settle((await lane.queue.lease(total, NOON)).map(finished));
    const { seqs } = await reading;
    const all = await lane.reader.read(0, total * 3);
    assert.equal(all.length, total * 2);
    assert.deepEqual(
      seqs,
      all.map(({ seq }) => seq),
    );
  });

  test('is written by several threads, each event once', async () => {
    const file = freshFile();
    const log = openEventLog(file);
    const writing = [1, 2].map(() => start({ kind: 'write', file, events: 200 }));
    await Promise.all(Array.from({ length: 200 }, () => log.append([delivered(message)])));
    await Promise.all(writing);
    const all = await log.read(0, 1000);
    assert.equal(all.length, 600);
    assert.equal(new Set(all.map(({ seq }) => seq)).size, 600);
    await log.close();
  });

  test('keeps what was appended, and its places, over a restart', async () => {
    const file = freshFile();
    const first = openEventLog(file);
    await first.append([delivered(message, 0, 1), delivered(message, 0, 2)]);
    const before = await first.read(0, 10);
    await first.close();
    const second = openEventLog(file);
    assert.deepEqual(await second.read(0, 10), before);
    await second.purge({ before: NOON, consumed: before[1]!.seq, limit: 10 });
    await second.append([delivered(message, 0, 3)]);
    assert.ok((await second.read(0, 10))[0]!.seq > before[1]!.seq);
    await second.close();
  });

  test('can be opened for reading before its owner made it, and then has what the owner writes', async () => {
    const file = freshFile();
    const reader = openEventReader(file);
    assert.deepEqual(await reader.read(0, 10), []);
    await using lane = openSqliteLane(file);
    await lane.queue.append([newMessage()]);
    assert.equal((await reader.read(0, 10)).length, 1);
    await reader.close();
  });

  test('can be read when its owner is gone', async () => {
    const file = freshFile();
    const log = openEventLog(file);
    await log.append([delivered(message)]);
    await log.close();
    const reader = openEventReader(file);
    assert.equal((await reader.read(0, 10)).length, 1);
    await reader.close();
  });
});
