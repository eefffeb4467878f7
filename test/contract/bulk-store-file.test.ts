// bulk.sqlite: what is on disk after an end of any kind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BULK_SCHEMA } from '../../src/backends/sqlite/bulk-schema.ts';
import { openDatabase } from '../../src/backends/sqlite/database.ts';
import { MINE, newBulk, openSqliteBulk } from './bulk-backends.ts';
import { freshFile, NOON } from './control-backends.ts';

function rowsOf(file: string, table: string): number {
  const db = openDatabase({ file, schema: BULK_SCHEMA, cacheKiB: 512, checkpointPages: 100, busyTimeoutMs: 1000 });
  try {
    return Number(db.prepare(`select count(*) from ${table}`).pluck().get());
  } finally {
    db.close();
  }
}

test('a request is there when the file is opened again, with what is left of its content', async () => {
  const file = freshFile();
  const given = newBulk(130);
  {
    await using store = openSqliteBulk(file);
    await store.keep(given);
    const found = await store.find(MINE, given.id);
    await store.reserve(found?.seq ?? 0, 1);
    await store.advance(found?.seq ?? 0, { next: 70, released: 70, failed: 0, failures: [], reservedAt: 2 });
  }
  await using store = openSqliteBulk(file);
  await store.sweep();
  const [found] = await store.waiting();
  assert.deepEqual([found?.next, found?.released, found?.reservedAt], [70, 70, 2]);
  assert.deepEqual(await store.entries(found?.seq ?? 0, 70, 100), given.entries.slice(70));
  assert.equal(rowsOf(file, 'block'), 2, 'blocks behind the cursor are gone');
});

test('what was being written when the process ended is never seen, and is swept', async () => {
  const file = freshFile();
  const db = openDatabase({ file, schema: BULK_SCHEMA, cacheKiB: 512, checkpointPages: 100, busyTimeoutMs: 1000 });
  db.exec(`insert into content (id, data) values (1, '{}'); insert into block values (1, 0, 1, '[{}]')`);
  db.close();
  await using store = openSqliteBulk(file);
  const kept = newBulk(60);
  await store.keep(kept);
  await store.sweep();
  assert.equal((await store.list(MINE, { count: 10, before: undefined })).length, 1);
  assert.deepEqual([rowsOf(file, 'content'), rowsOf(file, 'block')], [1, 2]);
});

test('sweeping leaves alone what is being written', async () => {
  const file = freshFile();
  await using store = openSqliteBulk(file);
  const large = newBulk(20_000, { entries: bigEntries(20_000) });
  const keeping = store.keep(large);
  await store.sweep();
  assert.equal(await keeping, 'kept');
  const [found] = await store.waiting();
  assert.equal((await store.entries(found?.seq ?? 0, 19_950, 100)).length, 50);
});

test('others get their turn while a large request is written', async () => {
  await using store = openSqliteBulk(freshFile());
  let turns = 0;
  let writing = true;
  const count = (): void => {
    turns += 1;
    if (writing) setImmediate(count);
  };
  setImmediate(count);
  await store.keep(newBulk(0, { entries: bigEntries(20_000) }));
  writing = false;
  assert.ok(turns >= 3, `${turns} turns`);
});

test('the content of a finished request is no longer in the file', async () => {
  const file = freshFile();
  await using store = openSqliteBulk(file);
  await store.keep(newBulk(5000));
  const [found] = await store.waiting();
  await store.finish(found?.seq ?? 0, 'Cancelled', { at: NOON, note: undefined });
  assert.deepEqual([rowsOf(file, 'content'), rowsOf(file, 'block'), rowsOf(file, 'request')], [0, 0, 1]);
});

test('a disk without room keeps nothing', async () => {
  const { openBulkStore } = await import('../../src/backends/sqlite/bulk-store.ts');
  const store = openBulkStore({ file: freshFile(), clock: { now: () => NOON }, hasRoom: () => false });
  assert.equal(await store.keep(newBulk(1)), 'full');
  await store.close();
});

function bigEntries(count: number): readonly { readonly to: string; readonly model: string }[] {
  const model = JSON.stringify({ text: 'x'.repeat(200) });
  return Array.from({ length: count }, (_, index) => ({ to: `${index}@rcpt.test`, model }));
}
