// A lane keeps to what it knows while the control data cannot be read, and reads again soon.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { createAddressBook } from '../../src/core/address-book.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createLaneControl } from '../../src/main/lane-control.ts';
import type { PoolStore } from '../../src/ports/pool-store.ts';

test('a change that cannot be read is read again after a second; the lane goes on meanwhile', async () => {
  const waits: { ms: number; task: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (ms, task) => {
      const wait = { ms, task };
      waits.push(wait);
      return () => void (waits.includes(wait) && waits.splice(waits.indexOf(wait), 1));
    },
  };
  const pool = 'transactional' as LaneId;
  const store: PoolStore = new MemoryControlStore(clock).pools;
  const holds = store.holds.bind(store);
  const paused: (string | undefined)[] = [];
  const control = createLaneControl({
    pool,
    store,
    book: createAddressBook({ pool, hostname: 'out.test', clock }),
    isBound: () => Promise.resolve(true),
    hold: () => undefined,
    usesOf: () => 0,
    onChanged: () => undefined,
    pause: (reason) => paused.push(reason),
    onReleased: () => undefined,
    clock,
    log: silentLog,
  });
  await control.refresh();
  assert.deepEqual(
    waits.map(({ ms }) => ms),
    [60_000],
  );

  store.holds = () => Promise.reject(new Error('the file is locked'));
  await control.changed();
  assert.deepEqual(
    waits.map(({ ms }) => ms),
    [1000],
    'soon, instead of in a minute',
  );
  assert.deepEqual(paused, [undefined], 'it was not paused for that');
  await assert.rejects(control.refresh(), /locked/, 'at the start it is said');

  store.holds = holds;
  waits.shift()?.task();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.deepEqual(
    waits.map(({ ms }) => ms),
    [60_000],
  );
});
