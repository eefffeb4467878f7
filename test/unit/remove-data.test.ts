// The work of data removals: marks first, then pieces, then done, then the mail; and all of it again where it broke off.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryRemovalStore } from '../../src/backends/memory/removal-store.ts';
import { createErasureMarks } from '../../src/core/erasure-marks.ts';
import { removalNotice } from '../../src/core/removal-notice.ts';
import { createRemoveData, type RemoveDataDeps } from '../../src/core/remove-data.ts';
import type { AccountId, MessageId, ServerId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Erasure } from '../../src/ports/erasure.ts';

const NOON = Date.UTC(2026, 10, 24, 12);
const DAY_MS = 86_400_000;
const OURS = 1 as ServerId;
const REMOVAL = {
  accountId: 1 as AccountId,
  serverIds: [OURS],
  address: 'bob@example.net',
  addressHash: 'hash of bob@example.net',
  requestedBy: 'ann@example.com',
  notify: true,
  at: NOON,
};

/** An id of that moment; those of `newMessageId` never go back in time. */
function idOf(at: number): MessageId {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000` as MessageId;
}

function world(pieces: readonly (number | Error)[], over: Partial<RemoveDataDeps> = {}) {
  const store = new MemoryRemovalStore();
  const left = [...pieces];
  const erasures: Erasure[] = [];
  const told: string[] = [];
  const clock = { at: NOON + 1000, now: () => clock.at };
  const marks = createErasureMarks({ store, hashAddress: (address) => `hash of ${address}` });
  const removeData = createRemoveData({
    store,
    marks,
    index: {
      async erase(erasure) {
        erasures.push(erasure);
        const piece = left.shift() ?? 0;
        if (typeof piece !== 'number') throw piece;
        return piece;
      },
    },
    tell: async ({ requestedBy }) => {
      told.push(requestedBy);
      return true;
    },
    pause: async () => undefined,
    clock,
    log: silentLog,
    ...over,
  });
  const run = (signal: AbortSignal = new AbortController().signal) => removeData(signal);
  return { store, marks, erasures, told, clock, run };
}

describe('a data removal', () => {
  test('erases piece by piece what was accepted until it was asked for, and is done', async () => {
    const { store, erasures, run } = world([50, 3]);
    const { id } = await store.request({ ...REMOVAL, notify: false });
    await run();
    assert.equal(erasures.length, 3);
    assert.deepEqual(erasures[0], { serverIds: [OURS], address: REMOVAL.address, upTo: NOON, limit: 50 });
    assert.equal((await store.removal(REMOVAL.accountId, id))?.isDone, true);
    await run();
    assert.equal(erasures.length, 3, 'and is not done again');
  });

  test('is marked before anything is erased, so that nothing comes back meanwhile', async () => {
    const seen: boolean[] = [];
    const covers = (): boolean => the.marks.covers({ serverId: OURS, messageId: idOf(NOON - 1) }, REMOVAL.address);
    const the = world([], {
      index: {
        erase: async () => {
          seen.push(covers());
          return 0;
        },
      },
    });
    await the.store.request(REMOVAL);
    assert.equal(covers(), false);
    await the.run();
    assert.deepEqual(seen, [true]);
  });

  test('goes on after a failure, and stays pending until then', async () => {
    const { store, run } = world([50, new Error('disk I/O error'), 7]);
    const { id } = await store.request(REMOVAL);
    await run();
    assert.equal((await store.removal(REMOVAL.accountId, id))?.isDone, false);
    await run();
    assert.equal((await store.removal(REMOVAL.accountId, id))?.isDone, true);
  });

  test('stops where the thread stops, and goes on with the next', async () => {
    const abort = new AbortController();
    const { store, run } = world([50, 50, 1], { pause: async () => abort.abort() });
    const { id } = await store.request(REMOVAL);
    await run(abort.signal);
    assert.equal((await store.removal(REMOVAL.accountId, id))?.isDone, false);
    await run();
    assert.equal((await store.removal(REMOVAL.accountId, id))?.isDone, true);
  });

  test('tells who asked, once', async () => {
    const { store, told, run } = world([]);
    await store.request(REMOVAL);
    for (let n = 0; n < 4; n += 1) await run();
    assert.deepEqual(told, ['ann@example.com']);
  });

  test('tells again after a minute where that did not work, and gives up after a day', async () => {
    let tries = 0;
    const { store, clock, run } = world([], { tell: async () => (tries += 1) < 0 });
    await store.request(REMOVAL);
    for (let n = 0; n < 4; n += 1) await run();
    assert.equal(tries, 1);
    clock.at += 60_000;
    await run();
    assert.equal(tries, 2);
    clock.at += DAY_MS;
    await run();
    assert.deepEqual([tries, await store.open(9)], [3, []]);
  });
});

describe('marks', () => {
  const of = (at: number, serverId = OURS) => ({ serverId, messageId: idOf(at) });

  test('cover the recipient in messages of those servers until the removal was asked for', async () => {
    const { store, marks } = world([]);
    await store.request(REMOVAL);
    await marks.refresh();
    const cases: readonly [covered: boolean, ...Parameters<typeof marks.covers>][] = [
      [true, of(NOON - 1000), 'bob@example.net'],
      [true, of(NOON), 'Bob@Example.NET'],
      [false, of(NOON + 1000), 'bob@example.net'],
      [false, of(NOON - 1000, 2 as ServerId), 'bob@example.net'],
      [false, of(NOON - 1000), 'carl@example.net'],
      [false, of(NOON - 1000), ''],
    ];
    for (const [covered, message, address] of cases) assert.equal(marks.covers(message, address), covered);
  });

  test('of several removals of one address count each for itself', async () => {
    const { store, marks } = world([]);
    await store.request({ ...REMOVAL, at: NOON - DAY_MS });
    await marks.refresh();
    assert.equal(marks.covers(of(NOON - 1000), REMOVAL.address), false);
    await store.request(REMOVAL);
    await marks.refresh();
    assert.equal(marks.covers(of(NOON - 1000), REMOVAL.address), true);
  });
});

test('the notice names the removal and not the recipient', () => {
  const from = 'data-removals@mail.example.com';
  const notice = Buffer.from(
    removalNotice({ from, to: 'ann@example.com', id: 7, requestedAt: NOON, erasedAt: NOON + 5000 }),
  ).toString();
  assert.match(notice, /^From: data-removals@mail\.example\.com\r\nTo: ann@example\.com\r\n/);
  assert.match(notice, /ID 7, which you asked for at 2026-11-24T12:00:00Z, was done at 2026-11-24T12:00:05Z\.\r\n/);
  assert.ok(notice.split('\r\n').every((line) => line.length <= 998 && !line.includes('\n')));
});
