// What every store of bulk requests promises.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BulkRequest } from '../../src/domain/bulk.ts';
import type { StreamId } from '../../src/lib/ids.ts';
import type { BulkStore, NewBulk } from '../../src/ports/bulk-store.ts';
import { BULK_BACKENDS, MINE, newBulk, THEIRS } from './bulk-backends.ts';
import { NOON } from './control-backends.ts';

async function keep(store: BulkStore, given: NewBulk): Promise<BulkRequest> {
  assert.equal(await store.keep(given), 'kept');
  const found = await store.find(given.serverId, given.id);
  assert.ok(found);
  return found;
}

const PROGRESS = {
  next: 60,
  released: 58,
  failed: 2,
  failures: [{ code: 406, message: 'no', count: 2 }],
  reservedAt: 9,
};

for (const backend of BULK_BACKENDS) {
  const { name } = backend;
  const open: typeof backend.open = (bounds) => backend.open(bounds);

  test(`${name}: a request that was kept is found with all that it was given`, async () => {
    await using store = open();
    const given = newBulk(3);
    const found = await keep(store, given);
    assert.deepEqual(found, {
      seq: found.seq,
      id: given.id,
      accountId: 7,
      serverId: MINE,
      streamId: 'broadcast',
      submittedAt: NOON,
      status: 'Accepted',
      subject: 'Hello',
      total: 3,
      released: 0,
      failed: 0,
      next: 0,
      reservedAt: undefined,
      failures: [],
      note: undefined,
      finishedAt: undefined,
    });
    assert.deepEqual(await store.content(found.seq), given.content);
    assert.deepEqual(await store.entries(found.seq, 0, 10), given.entries);
  });

  test(`${name}: another server's request is not found`, async () => {
    await using store = open();
    const { id } = await keep(store, newBulk(1));
    assert.equal(await store.find(THEIRS, id), undefined);
    assert.deepEqual(await store.list(THEIRS, { count: 10, before: undefined }), []);
  });

  test(`${name}: entries come in their order from any place on, across blocks`, async () => {
    await using store = open();
    const given = newBulk(237);
    const { seq } = await keep(store, given);
    for (const [from, limit] of [
      [0, 50],
      [49, 2],
      [50, 1],
      [20, 200],
      [236, 10],
      [237, 5],
      [0, 1000],
    ] as const) {
      assert.deepEqual(
        await store.entries(seq, from, limit),
        given.entries.slice(from, from + limit),
        `${from} ${limit}`,
      );
    }
  });

  test(`${name}: counters and cursor move together, and what is behind the cursor may go`, async () => {
    await using store = open();
    const given = newBulk(120);
    const { seq, id } = await keep(store, given);
    await store.reserve(seq, 5);
    assert.deepEqual(pick(await store.find(MINE, id)), { status: 'Processing', reservedAt: 5, next: 0 });
    await store.advance(seq, PROGRESS);
    const found = await store.find(MINE, id);
    assert.deepEqual({ ...found, ...PROGRESS }, found);
    assert.deepEqual(await store.entries(seq, 60, 100), given.entries.slice(60));
  });

  test(`${name}: a finished request keeps its status and counts what was under way; its content is gone`, async () => {
    await using store = open();
    const { seq, id } = await keep(store, newBulk(120));
    await store.finish(seq, 'Cancelled', { at: NOON + 1, note: 'why' });
    await store.finish(seq, 'Completed', { at: NOON + 2, note: undefined });
    await store.reserve(seq, 5);
    await store.setNote(seq, 'other');
    await store.advance(seq, PROGRESS);
    const found = await store.find(MINE, id);
    assert.deepEqual(
      [found?.status, found?.note, found?.finishedAt, found?.released],
      ['Cancelled', 'why', NOON + 1, 58],
    );
    assert.equal(await store.content(seq), undefined);
    assert.deepEqual(await store.entries(seq, 60, 10), []);
    assert.deepEqual(await store.waiting(), []);
  });

  test(`${name}: a note is set and taken away`, async () => {
    await using store = open();
    const { seq, id } = await keep(store, newBulk(1));
    await store.setNote(seq, 'paused');
    assert.equal((await store.find(MINE, id))?.note, 'paused');
    await store.setNote(seq, undefined);
    assert.equal((await store.find(MINE, id))?.note, undefined);
  });

  test(`${name}: the oldest unfinished request of each stream waits`, async () => {
    await using store = open();
    const first = await keep(store, newBulk(1));
    await keep(store, newBulk(1));
    const other = await keep(store, newBulk(1, { streamId: 'news' as StreamId }));
    const theirs = await keep(store, newBulk(1, { serverId: THEIRS }));
    assert.deepEqual(ids(await store.waiting()), ids([first, other, theirs]));
    await store.finish(first.seq, 'Completed', { at: NOON, note: undefined });
    assert.equal((await store.waiting()).length, 3);
  });

  test(`${name}: lists newest first, and goes on before a place`, async () => {
    await using store = open();
    const kept = [];
    for (let count = 0; count < 5; count += 1) kept.push(await keep(store, newBulk(1)));
    await keep(store, newBulk(1, { serverId: THEIRS }));
    const newestFirst = kept.toReversed();
    const page = await store.list(MINE, { count: 2, before: undefined });
    assert.deepEqual(ids(page), ids(newestFirst.slice(0, 2)));
    assert.deepEqual(ids(await store.list(MINE, { count: 10, before: page[1]?.seq })), ids(newestFirst.slice(2)));
  });

  test(`${name}: bounds count what is not finished, of one server and of all`, async () => {
    await using store = open({ total: 250, perServer: 150 });
    const first = await keep(store, newBulk(1));
    assert.equal(await store.keep(newBulk(1)), 'server-full');
    await keep(store, newBulk(1, { serverId: THEIRS }));
    assert.equal(await store.keep(newBulk(1, { serverId: 3 as typeof MINE })), 'full');
    await store.finish(first.seq, 'Completed', { at: NOON, note: undefined });
    await keep(store, newBulk(1));
  });

  test(`${name}: past its time nothing is kept`, async () => {
    await using store = open();
    const given = newBulk(200, { until: NOON });
    assert.equal(await store.keep(given), 'late');
    assert.equal(await store.find(MINE, given.id), undefined);
    assert.deepEqual(await store.waiting(), []);
  });

  test(`${name}: old finished requests are dropped, some at a time`, async () => {
    await using store = open();
    for (let count = 0; count < 3; count += 1) {
      const { seq } = await keep(store, newBulk(1));
      await store.finish(seq, 'Completed', { at: NOON, note: undefined });
    }
    await keep(store, newBulk(1));
    assert.equal(await store.purge(NOON, 10), 0);
    assert.equal(await store.purge(NOON + 1, 2), 2);
    assert.equal(await store.purge(NOON + 1, 2), 1);
    assert.equal((await store.list(MINE, { count: 10, before: undefined })).length, 1);
  });
}

function ids(requests: readonly BulkRequest[]): readonly string[] {
  return requests.map(({ id }) => id);
}

function pick(request: BulkRequest | undefined) {
  return request && { status: request.status, reservedAt: request.reservedAt, next: request.next };
}
