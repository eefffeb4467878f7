// What the store of pools promises about streams in pools, holds and its version, over every backend.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Hold } from '../../src/domain/hold.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { LaneId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import { PoolConflict, type PoolStore } from '../../src/ports/pool-store.ts';
import { CONTROL_BACKENDS, NOON, freshFile, openSqliteControl } from './control-backends.ts';

const NEWS = 'news' as LaneId;
const outbound = 'outbound' as StreamId;
const broadcast = 'broadcast' as StreamId;
const inbound = 'inbound' as StreamId;

for (const backend of CONTROL_BACKENDS) {
  describe(`streams in pools in ${backend.name}`, () => {
    test('a stream goes into the home pool of its kind, an inbound one into none', async () => {
      await using store = backend.open();
      const id = await shop(store);
      assert.deepEqual(await poolsOf(store, id), [
        'outbound transactional',
        'broadcast broadcast',
        'inbound undefined',
      ]);
      assert.deepEqual(await store.pools.streamsIn('transactional' as LaneId), [{ serverId: id, streamId: outbound }]);
    });

    test('a stream is attached to another pool of its kind', async () => {
      await using store = backend.open();
      const id = await shop(store);
      await store.pools.createPool(NEWS, 'broadcast');
      await store.pools.attachStream(id, broadcast, NEWS);
      assert.equal((await store.stream(id, broadcast))?.pool, NEWS);
      assert.deepEqual(await store.pools.streamsIn(NEWS), [{ serverId: id, streamId: broadcast }]);
      assert.deepEqual(await store.pools.streamsIn('broadcast' as LaneId), []);
      const later = await store.createStream(id, 'tips' as StreamId, 'Tips', 'broadcast');
      assert.equal(later.pool, 'broadcast', 'only that stream was attached');
    });

    test('a stream is never in a pool of another kind', async () => {
      await using store = backend.open();
      const id = await shop(store);
      await store.pools.createPool(NEWS, 'broadcast');
      const table: [StreamId, string, RegExp][] = [
        [outbound, 'news', /the pool 'news' is for broadcast mail, and the stream 'outbound' is transactional/],
        [inbound, 'news', /and the stream 'inbound' is inbound/],
        [broadcast, 'transactional', /the pool 'transactional' is for transactional mail/],
        [broadcast, 'none', /there is no pool 'none'/],
        ['none' as StreamId, 'news', /the server \d+ has no stream 'none'/],
      ];
      const before = await poolsOf(store, id);
      for (const [stream, pool, why] of table) {
        const trying = store.pools.attachStream(id, stream, pool as LaneId);
        await assert.rejects(trying, (error) => error instanceof PoolConflict && why.test(error.message));
      }
      assert.deepEqual(await poolsOf(store, id), before);
    });

    test('a server is attached with its streams of the kind, and those that come later', async () => {
      await using store = backend.open();
      const [id, other] = [await shop(store), await shop(store, 'Other')];
      await store.pools.createPool(NEWS, 'broadcast');
      await store.createStream(id, 'tips' as StreamId, 'Tips', 'broadcast');
      await store.pools.attachServer(id, NEWS);
      await store.createStream(id, 'later' as StreamId, 'Later', 'broadcast');
      await store.createStream(id, 'alerts' as StreamId, 'Alerts', 'transactional');
      assert.deepEqual(await poolsOf(store, id), [
        'outbound transactional',
        'broadcast news',
        'inbound undefined',
        'tips news',
        'later news',
        'alerts transactional',
      ]);
      assert.equal((await store.stream(other, broadcast))?.pool, 'broadcast', 'another server is left alone');
      await store.pools.attachServer(id, 'broadcast' as LaneId);
      assert.deepEqual(await store.pools.streamsIn(NEWS), [], 'and it can be attached back');
      await assert.rejects(store.pools.attachServer(999 as ServerId, NEWS), /there is no server 999/);
      await assert.rejects(store.pools.attachServer(id, 'none' as LaneId), /there is no pool 'none'/);
    });
  });

  describe(`holds in ${backend.name}`, () => {
    test('a stream is held once, until it is resumed', async () => {
      await using store = backend.open();
      const serverId = await shop(store);
      const held: Hold = { serverId, streamId: broadcast, by: 'guard', reason: 'complaints at 0.4 %', at: NOON };
      assert.equal(await store.pools.hold(held), true);
      assert.equal(await store.pools.hold({ ...held, by: 'operator', reason: 'mine' }), false);
      assert.deepEqual(await store.pools.holds(), [held]);
      assert.equal(await store.pools.resume(serverId, outbound), false);
      assert.equal(await store.pools.resume(serverId, broadcast), true);
      assert.equal(await store.pools.resume(serverId, broadcast), false);
      assert.deepEqual(await store.pools.holds(), []);
    });
  });

  test(`the version in ${backend.name} grows with every change, and not by reading`, async () => {
    await using store = backend.open();
    const serverId = await shop(store);
    const { pools } = store;
    const proof = { checkedAt: NOON, verdict: 'fit', reasons: [], ptr: undefined } as const;
    const changes: readonly ((store: PoolStore) => Promise<unknown>)[] = [
      (each) => each.createPool(NEWS, 'broadcast'),
      (each) => each.addAddress({ pool: NEWS, ip: '192.0.2.1', ehlo: undefined, shared: false }),
      (each) => each.setProof(3, proof),
      (each) => each.setWarmUp(3, { plan: 'slow', startedAt: NOON }),
      (each) => each.attachStream(serverId, broadcast, NEWS),
      (each) => each.attachServer(serverId, NEWS),
      (each) => each.hold({ serverId, streamId: broadcast, by: 'operator', reason: 'x', at: NOON }),
      (each) => each.resume(serverId, broadcast),
      (each) => each.beginLeaving(3),
      (each) => each.dropAddress(3),
    ];
    for (const [index, change] of changes.entries()) {
      const before = pools.version();
      await pools.addresses();
      assert.equal(pools.version(), before);
      await change(pools);
      assert.ok(pools.version() > before, `change ${index}`);
    }
  });
}

test('the version in SQLite grows when another connection has written', async () => {
  const file = freshFile();
  await using writer = openSqliteControl(file);
  await using reader = openSqliteControl(file);
  const before = reader.pools.version();
  await writer.pools.createPool(NEWS, 'broadcast');
  assert.ok(reader.pools.version() > before);
  assert.equal((await reader.pools.pools()).length, 3);
});

async function shop(store: ControlStore, name = 'Shop'): Promise<ServerId> {
  const accountId = (await store.firstAccount()) ?? (await store.createAccount('One'));
  return (await store.createServer(accountId, name, DEFAULT_SERVER_SETTINGS)).id;
}

async function poolsOf(store: ControlStore, id: ServerId): Promise<string[]> {
  return (await store.streams(id)).map((stream) => `${stream.id} ${stream.pool}`);
}
