// What the store of warm-up counts promises, over every backend, and that a lane's budget outlives its thread with it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { MemoryWarmUpCounts } from '../../src/backends/memory/warm-up-counts.ts';
import { openWarmUpCounts, readWarmUpCounts, sentInAll } from '../../src/backends/sqlite/warm-up-counts.ts';
import { keepWarmUp } from '../../src/core/keep-warm-up.ts';
import type { PoolAddress } from '../../src/domain/pool.ts';
import { utcDay } from '../../src/domain/warm-up.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { WarmUpCounts } from '../../src/ports/warm-up-counts.ts';
import { manualClock } from '../support/manual-clock.ts';

const NOON = Date.UTC(2026, 10, 24, 12);
const TODAY = utcDay(NOON);
const folder = mkdtempSync(join(tmpdir(), 'warm-up-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const files = { last: 0 };
const freshFile = (): string => join(folder, `${(files.last += 1)}.warmup.sqlite`);

const BACKENDS: readonly (readonly [name: string, open: () => WarmUpCounts])[] = [
  ['memory', () => new MemoryWarmUpCounts()],
  ['SQLite', () => openWarmUpCounts(freshFile())],
];

for (const [name, open] of BACKENDS) {
  describe(`warm-up counts in ${name}`, () => {
    test('are read back by day, the last of each', async () => {
      const counts = open();
      assert.deepEqual(await counts.read(TODAY), []);
      await counts.write([]);
      const row = { ip: '192.0.2.1', day: TODAY, provider: 'a', recipients: 5 };
      await counts.write([row, { ...row, provider: '', recipients: 5 }, { ...row, day: TODAY - 1 }]);
      await counts.write([{ ...row, recipients: 9 }]);
      const read = [...(await counts.read(TODAY))].sort((a, b) => a.provider.localeCompare(b.provider));
      assert.deepEqual(read, [
        { ...row, provider: '', recipients: 5 },
        { ...row, recipients: 9 },
      ]);
      assert.equal((await counts.read(TODAY - 1)).length, 1);
      await counts.close();
    });
  });

  test(`a lane's budget over ${name} goes on after a restart, less the last second`, async () => {
    const counts = open();
    const keeping = {
      counts: { ...bound(counts), close: async () => undefined },
      clock: manualClock(NOON),
      log: silentLog,
    };
    const first = keepWarmUp(keeping);
    await first.ready;
    first.update([WARMING]);
    assert.equal(keeping.clock.pending(), 0, 'no timer without a change');
    for (let sent = 0; sent < 30; sent += 1) assert.ok(first.take(WARMING.id, SITE, 1));
    assert.equal(keeping.clock.pending(), 1);
    keeping.clock.advance(1000);
    assert.ok(first.take(WARMING.id, SITE, 20));
    assert.equal(first.fits(WARMING.id, SITE, 1), false);
    await new Promise(setImmediate);

    const crashed = keepWarmUp(keeping);
    await crashed.ready;
    crashed.update([WARMING]);
    assert.equal(crashed.budget.left(WARMING, SITE.key), 20);
    await first.stop();
    const stopped = keepWarmUp(keeping);
    await stopped.ready;
    stopped.update([WARMING]);
    assert.equal(stopped.fits(WARMING.id, SITE, 1), false);
    assert.ok(stopped.take(99, SITE, 1000), 'an address without a plan has no bounds');
    await counts.close();
  });
}

test('a file of counts is made when there is something to count, and read from elsewhere', async () => {
  const file = freshFile();
  const counts = openWarmUpCounts(file);
  assert.deepEqual(readWarmUpCounts(file, TODAY), []);
  assert.equal(sentInAll(file, { ip: '192.0.2.1', day: TODAY }), 0);
  const row = { ip: '192.0.2.1', day: TODAY, provider: 'a', recipients: 5 };
  await counts.write([row, { ...row, day: TODAY - 30 }]);
  await counts.write([{ ...row, provider: 'b' }]);
  assert.equal(readWarmUpCounts(file, TODAY).length, 2);
  assert.deepEqual(readWarmUpCounts(file, TODAY - 30), [], 'old days are dropped');
  assert.equal(sentInAll(file, { ip: row.ip, day: TODAY }), 0);
  await counts.write([{ ...row, provider: '', recipients: 10 }]);
  assert.equal(sentInAll(file, { ip: row.ip, day: TODAY }), 10);
  assert.equal(sentInAll(file, { ip: '192.0.2.2', day: TODAY }), 0);
  await counts.close();
});

test('trouble with the file is logged, and mail goes on', async () => {
  const broken = async (): Promise<never> => Promise.reject(new Error('disk full'));
  const errors: unknown[] = [];
  const log = { ...silentLog, error: (fields: unknown) => void errors.push(fields) };
  const clock = manualClock(NOON);
  const kept = keepWarmUp({ counts: { read: broken, write: broken, close: async () => undefined }, clock, log });
  await kept.ready;
  kept.update([WARMING]);
  assert.ok(kept.take(WARMING.id, SITE, 1));
  await kept.stop();
  assert.equal(errors.length, 2);
});

const SITE = { key: 'mx.example.net', hosts: [{ host: 'mx.example.net', addresses: [] }] };
const WARMING: PoolAddress = {
  id: 7,
  pool: 'broadcast' as LaneId,
  ip: '192.0.2.1',
  ehlo: undefined,
  shared: false,
  state: 'active',
  addedAt: NOON,
  proof: undefined,
  warmUp: { plan: 'default', startedAt: NOON },
};

function bound(counts: WarmUpCounts): WarmUpCounts {
  return { read: (day) => counts.read(day), write: (rows) => counts.write(rows), close: () => counts.close() };
}
