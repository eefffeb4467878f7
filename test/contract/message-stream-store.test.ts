// The life of message streams, over every backend of the control store (src/ports/message-stream-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { MAX_STREAMS, MAX_STREAMS_KEPT, PURGE_AFTER_MS } from '../../src/domain/stream.ts';
import type { LaneId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import type { NewStream } from '../../src/ports/message-stream-store.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

const NEWS = 'news' as StreamId;

function news(serverId: ServerId, change: Partial<NewStream> = {}): NewStream {
  return {
    serverId,
    id: NEWS,
    name: 'News',
    kind: 'broadcast',
    description: 'Weekly',
    unsubscribeHandling: 'Custom',
    ...change,
  };
}

async function serverIn(store: ControlStore): Promise<ServerId> {
  const accountId = (await store.firstAccount()) ?? (await store.createAccount('One'));
  const { length } = await store.servers(accountId);
  return (await store.createServer(accountId, `Server ${length}`, DEFAULT_SERVER_SETTINGS)).id;
}

for (const backend of CONTROL_BACKENDS) {
  describe(`message streams of a control store in ${backend.name}`, () => {
    test('are made whole, in the home pool of their kind', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      const stream = {
        ...news(serverId),
        pool: 'broadcast',
        createdAt: NOON,
        updatedAt: undefined,
        archivedAt: undefined,
      };
      assert.deepEqual(await store.messageStreams.create(news(serverId)), { kind: 'created', stream });
      assert.deepEqual(await store.stream(serverId, NEWS), stream);
    });

    test("go into their server's own pool where it has one", async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      await store.pools.createPool('vip' as LaneId, 'broadcast');
      await store.pools.attachServer(serverId, 'vip' as LaneId);
      await store.messageStreams.create(news(serverId));
      await store.messageStreams.create(news(serverId, { id: 'alerts' as StreamId, kind: 'transactional' }));
      assert.equal((await store.stream(serverId, NEWS))?.pool, 'vip');
      assert.equal((await store.stream(serverId, 'alerts' as StreamId))?.pool, 'transactional');
    });

    test('have ids that are unique on their server, archived ones included', async () => {
      await using store = backend.open();
      const [one, two] = [await serverIn(store), await serverIn(store)];
      await store.messageStreams.create(news(one));
      assert.deepEqual(await store.messageStreams.create(news(one)), { kind: 'taken' });
      await store.messageStreams.archive(one, NEWS, NOON);
      assert.deepEqual(await store.messageStreams.create(news(one)), { kind: 'taken' });
      assert.equal((await store.messageStreams.create(news(two))).kind, 'created');
    });

    test('are bounded in number, and those that are archived leave room up to a point', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      const add = (n: number) => store.messageStreams.create(news(serverId, { id: `s${n}` as StreamId }));
      for (let n = (await store.streams(serverId)).length; n < MAX_STREAMS; n += 1) {
        assert.equal((await add(n)).kind, 'created');
      }
      assert.deepEqual(await add(99), { kind: 'full' });
      for (let n = MAX_STREAMS; n < MAX_STREAMS_KEPT; n += 1) {
        await store.messageStreams.archive(serverId, `s${n - 1}` as StreamId, NOON);
        assert.equal((await add(n)).kind, 'created');
      }
      await store.messageStreams.archive(serverId, `s${MAX_STREAMS_KEPT - 1}` as StreamId, NOON);
      assert.deepEqual(await add(1000), { kind: 'full' });
    });

    test('change in what is given, and say when', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      await store.messageStreams.create(news(serverId));
      const changed = await store.messageStreams.edit(serverId, NEWS, { name: 'Fresh' });
      assert.deepEqual(
        [changed?.name, changed?.description, changed?.unsubscribeHandling, changed?.updatedAt],
        ['Fresh', 'Weekly', 'Custom', NOON],
      );
      const bare = await store.messageStreams.edit(serverId, NEWS, { description: undefined });
      assert.deepEqual([bare?.name, bare?.description], ['Fresh', undefined]);
      const handled = await store.messageStreams.edit(serverId, NEWS, { unsubscribeHandling: 'Postmark' });
      assert.equal(handled?.unsubscribeHandling, 'Postmark');
      assert.deepEqual(await store.stream(serverId, NEWS), handled);
      assert.equal(await store.messageStreams.edit(serverId, 'none' as StreamId, { name: 'x' }), undefined);
    });

    test('can be taken back until the day that they are deleted', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      await store.messageStreams.create(news(serverId));
      const archived = await store.messageStreams.archive(serverId, NEWS, NOON);
      assert.equal(archived?.archivedAt, NOON);
      assert.equal((await store.messageStreams.archive(serverId, NEWS, NOON + 7))?.archivedAt, NOON);
      const back = await store.messageStreams.unarchive(serverId, NEWS, NOON + PURGE_AFTER_MS - 1);
      assert.ok(back.kind === 'live' && back.stream.archivedAt === undefined);
      assert.equal((await store.messageStreams.unarchive(serverId, NEWS, NOON)).kind, 'live');
      await store.messageStreams.archive(serverId, NEWS, NOON);
      assert.deepEqual(await store.messageStreams.unarchive(serverId, NEWS, NOON + PURGE_AFTER_MS), { kind: 'late' });
      assert.deepEqual(await store.messageStreams.unarchive(serverId, 'none' as StreamId, NOON), { kind: 'missing' });
      assert.equal(await store.messageStreams.archive(serverId, 'none' as StreamId, NOON), undefined);
    });

    test('are not taken back where the server has as many as it can have', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      await store.messageStreams.create(news(serverId));
      await store.messageStreams.archive(serverId, NEWS, NOON);
      for (let n = 3; n < MAX_STREAMS; n += 1) {
        await store.messageStreams.create(news(serverId, { id: `s${n}` as StreamId }));
      }
      assert.deepEqual(await store.messageStreams.unarchive(serverId, NEWS, NOON), { kind: 'full' });
    });
  });

  describe(`streams that were archived long ago in ${backend.name}`, () => {
    test('are deleted with what belongs to them, and are remembered', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      const accountId = (await store.firstAccount()) as NonNullable<Awaited<ReturnType<ControlStore['firstAccount']>>>;
      for (const id of [NEWS, 'tips' as StreamId]) {
        await store.messageStreams.create(news(serverId, { id }));
        const row = { serverId, streamId: id, address: 'ann@x.example', createdAt: NOON } as const;
        await store.suppress([{ ...row, reason: 'HardBounce', origin: 'Recipient' }]);
        await store.createToken({ kind: 'smtp', accountId, serverId, streamId: id, hash: `h-${id}`, hint: 'aaaa' });
      }
      await store.messageStreams.archive(serverId, NEWS, NOON - 1);
      await store.messageStreams.archive(serverId, 'tips' as StreamId, NOON);
      assert.deepEqual(await store.messageStreams.purge(NOON, 5), [{ serverId, streamId: NEWS }]);
      assert.deepEqual(await store.messageStreams.purge(NOON, 5), []);
      assert.equal(await store.stream(serverId, NEWS), undefined);
      assert.deepEqual(await store.suppressions(serverId, NEWS), []);
      assert.equal(await store.tokenByHash('h-news'), undefined);
      assert.equal((await store.suppressions(serverId, 'tips' as StreamId)).length, 1);
      assert.ok(await store.tokenByHash('h-tips'));
      assert.deepEqual(await store.messageStreams.unarchive(serverId, NEWS, NOON), { kind: 'late' });
      assert.equal((await store.messageStreams.create(news(serverId))).kind, 'created');
      assert.equal((await store.messageStreams.unarchive(serverId, NEWS, NOON)).kind, 'live');
    });

    test('go a few at a time, the oldest first', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      for (const [n, id] of ['one', 'two', 'three'].entries()) {
        await store.messageStreams.create(news(serverId, { id: id as StreamId }));
        await store.messageStreams.archive(serverId, id as StreamId, NOON - n - 1);
      }
      const gone = await store.messageStreams.purge(NOON, 2);
      assert.deepEqual(
        gone.map(({ streamId }) => streamId),
        ['three', 'two'],
      );
    });

    test('stay while they are paused, because mail may wait in them', async () => {
      await using store = backend.open();
      const serverId = await serverIn(store);
      await store.messageStreams.create(news(serverId));
      await store.messageStreams.archive(serverId, NEWS, NOON - 1);
      await store.pools.hold({ serverId, streamId: NEWS, by: 'guard', reason: 'bounces', at: NOON - 2 });
      assert.deepEqual(await store.messageStreams.purge(NOON, 5), []);
      await store.pools.resume(serverId, NEWS);
      assert.equal((await store.messageStreams.purge(NOON, 5)).length, 1);
      assert.deepEqual(await store.pools.resumptions(), []);
    });
  });
}
