// Holds and resumptions of streams, over every backend of the control store (src/ports/pool-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Hold } from '../../src/domain/hold.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

const hold: Hold = {
  serverId: 1 as ServerId,
  streamId: 'broadcast' as StreamId,
  by: 'guard',
  reason: 'hard bounces are 50 %',
  at: NOON - 1000,
};
const other: Hold = { ...hold, serverId: 2 as ServerId, by: 'operator', reason: 'asked for' };

for (const backend of CONTROL_BACKENDS) {
  describe(`holds in a control store in ${backend.name}`, () => {
    test('are of one stream, and the first one stays', async () => {
      await using store = backend.open();
      assert.deepEqual(await store.pools.holds(), []);
      assert.ok(await store.pools.hold(hold));
      assert.ok(await store.pools.hold(other));
      assert.ok(!(await store.pools.hold({ ...hold, reason: 'another', by: 'operator' })));
      assert.deepEqual(await store.pools.holds(), [hold, other]);
    });

    test('end when a person resumes the stream, which is remembered', async () => {
      await using store = backend.open();
      await store.pools.hold(hold);
      await store.pools.hold(other);
      assert.ok(await store.pools.resume(hold.serverId, hold.streamId));
      assert.deepEqual(await store.pools.holds(), [other]);
      const { serverId, streamId, at: heldAt } = hold;
      assert.deepEqual(await store.pools.resumptions(), [{ serverId, streamId, heldAt, at: NOON }]);
    });

    test('that are not there are not resumed, and nothing is remembered of it', async () => {
      await using store = backend.open();
      assert.ok(!(await store.pools.resume(hold.serverId, hold.streamId)));
      assert.deepEqual(await store.pools.resumptions(), []);
    });

    test('may come and go; the last resumption counts', async () => {
      await using store = backend.open();
      for (const at of [NOON - 9000, NOON - 5000]) {
        await store.pools.hold({ ...hold, at });
        await store.pools.resume(hold.serverId, hold.streamId);
      }
      assert.deepEqual(
        (await store.pools.resumptions()).map(({ heldAt }) => heldAt),
        [NOON - 5000],
      );
    });

    test('are none of a server that was deleted: what it had accepted is delivered, and nobody could resume it', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
      const kept = await store.createServer(accountId, 'Other', DEFAULT_SERVER_SETTINGS);
      const own = { ...hold, serverId };
      const others = { ...hold, serverId: kept.id };
      for (const each of [own, others]) assert.ok(await store.pools.hold(each));
      await store.deleteServer(serverId, NOON);
      assert.deepEqual(await store.pools.holds(), [others]);
      assert.deepEqual(
        (await store.pools.resumptions()).map((one) => [one.serverId, one.heldAt]),
        [[serverId, own.at]],
      );
      assert.equal(await store.pools.hold({ ...own, at: NOON }), false);
      assert.equal(await store.pools.hold({ ...own, streamId: 'outbound' as StreamId }), false);
      assert.deepEqual(await store.pools.holds(), [others]);
    });

    test('are none of a stream that was deleted, until one of its id is made again', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
      const news = { ...hold, serverId, streamId: 'news' as StreamId };
      const fields = { id: news.streamId, name: 'News', kind: 'broadcast', description: undefined } as const;
      const stream = { ...fields, serverId, unsubscribeHandling: 'Postmark' } as const;
      await store.messageStreams.create(stream);
      await store.messageStreams.archive(serverId, news.streamId, NOON - 1);
      assert.equal((await store.messageStreams.purge(NOON, 5)).length, 1);
      assert.equal(await store.pools.hold(news), false);
      await store.messageStreams.create(stream);
      assert.equal(await store.pools.hold(news), true);
    });

    test('show in the version when they change', async () => {
      await using store = backend.open();
      const versions = new Set([store.pools.version()]);
      await store.pools.hold(hold);
      versions.add(store.pools.version());
      await store.pools.resume(hold.serverId, hold.streamId);
      versions.add(store.pools.version());
      assert.equal(versions.size, 3);
    });
  });
}
