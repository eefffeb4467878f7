// Pools in a control file: one that is older than pools gets them, and two connections at once keep the rules.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROL_SCHEMA } from '../../src/backends/sqlite/control-schema.ts';
import { openDatabase } from '../../src/backends/sqlite/database.ts';
import type { LaneId, ServerId } from '../../src/lib/ids.ts';
import { freshFile, openSqliteControl } from './control-backends.ts';

/** The control file as the release before pools left it. */
function olderFile(): string {
  const file = freshFile();
  const schema = { ...CONTROL_SCHEMA, migrations: CONTROL_SCHEMA.migrations.slice(0, 1) };
  const db = openDatabase({ file, schema, cacheKiB: 512, checkpointPages: 100, busyTimeoutMs: 0 });
  db.exec(`
    insert into account values (1, 'One', 5);
    insert into server values (1, 1, 'Shop', '{}', 5), (2, 1, 'Other', '{}', 5);
    insert into stream values
      (1, 'outbound', 'Default', 'transactional', 5, null), (1, 'broadcast', 'Default', 'broadcast', 5, null),
      (1, 'inbound', 'Default', 'inbound', 5, null), (2, 'old-news', 'Old', 'broadcast', 5, 7);
  `);
  db.close();
  return file;
}

test('an older control file gets both home pools, the address of the machine, and a pool for each stream', async () => {
  await using store = openSqliteControl(olderFile());
  assert.deepEqual(
    (await store.pools.pools()).map(({ id, number }) => [id, number]),
    [
      ['transactional', 1],
      ['broadcast', 2],
    ],
  );
  assert.deepEqual(
    (await store.pools.addresses()).map(({ pool, ip, shared, state, ehlo }) => [pool, ip, shared, state, ehlo]),
    [
      ['transactional', 'host', true, 'active', undefined],
      ['broadcast', 'host', true, 'active', undefined],
    ],
  );
  const streams = [...(await store.streams(1 as ServerId)), ...(await store.streams(2 as ServerId))];
  assert.deepEqual(
    streams.map(({ id, pool, archivedAt }) => [id, pool, archivedAt]),
    [
      ['outbound', 'transactional', undefined],
      ['broadcast', 'broadcast', undefined],
      ['inbound', undefined, undefined],
      ['old-news', 'broadcast', 7],
    ],
  );
});

test('of two connections that add one address to two pools, one is refused', async () => {
  const file = freshFile();
  await using one = openSqliteControl(file);
  await using two = openSqliteControl(file);
  const add = (store: typeof one, pool: string): Promise<unknown> =>
    store.pools.addAddress({
      pool: pool as LaneId,
      ip: '192.0.2.1',
      ehlo: undefined,
      shared: false,
      replacesHost: true,
    });
  await add(one, 'transactional');
  await assert.rejects(add(two, 'broadcast'), /192\.0\.2\.1 belongs to the pool 'transactional'/);
  assert.deepEqual(await two.pools.addresses(), await one.pools.addresses());
});
