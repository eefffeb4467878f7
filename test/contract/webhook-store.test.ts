// What the store of webhooks promises, over every backend (src/ports/webhook-store.ts).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { NO_TRIGGERS } from '../../src/domain/webhook.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import { COUNTS_KEPT_MS, HOUR_MS, type NewWebhook } from '../../src/ports/webhook-store.ts';
import { CONTROL_BACKENDS, freshFile, NOON, openSqliteControl } from './control-backends.ts';

const OUTBOUND = 'outbound' as StreamId;
const BROADCAST = 'broadcast' as StreamId;

async function aServer(store: ControlStore, name = 'one'): Promise<ServerId> {
  const account = (await store.firstAccount()) ?? (await store.createAccount('account'));
  return (await store.createServer(account, name, DEFAULT_SERVER_SETTINGS)).id;
}

function webhook(serverId: ServerId, changes: Partial<NewWebhook> = {}): NewWebhook {
  return {
    serverId,
    streamId: OUTBOUND,
    url: 'https://user:url-secret@hooks.example.com/events?a=b',
    httpAuth: { username: 'team', password: 'auth-secret' },
    httpHeaders: [{ name: 'X-Team', value: 'header-secret' }],
    triggers: { ...NO_TRIGGERS, Bounce: { enabled: true, includeContent: true } },
    status: 'verified',
    ...changes,
  };
}

for (const backend of CONTROL_BACKENDS) {
  const open = () => backend.open();
  describe(`webhooks in ${backend.name}`, () => {
    test('what was added is found as it was, by its own server only', async () => {
      await using store = open();
      const [one, two] = [await aServer(store), await aServer(store, 'two')];
      const added = await store.webhooks.add(webhook(one), 10);
      assert.ok(added);
      assert.deepEqual(added, { ...webhook(one), id: added.id });
      assert.deepEqual(await store.webhooks.find(one, added.id), added);
      assert.equal(await store.webhooks.find(two, added.id), undefined);
      assert.deepEqual(await store.webhooks.list(two), []);
      const bare = await store.webhooks.add(webhook(one, { httpAuth: undefined, httpHeaders: [] }), 10);
      assert.equal((await store.webhooks.find(one, bare?.id ?? 0))?.httpAuth, undefined);
    });

    test('they are listed in order of creation, of one stream or of all', async () => {
      await using store = open();
      const server = await aServer(store);
      for (const streamId of [OUTBOUND, BROADCAST, OUTBOUND]) {
        await store.webhooks.add(webhook(server, { streamId }), 10);
      }
      const streams = async (of?: StreamId) => (await store.webhooks.list(server, of)).map(({ streamId }) => streamId);
      assert.deepEqual(await streams(), [OUTBOUND, BROADCAST, OUTBOUND]);
      assert.deepEqual(await streams(OUTBOUND), [OUTBOUND, OUTBOUND]);
      assert.deepEqual(await streams('news' as StreamId), []);
    });

    test('a stream has no more of them than was said', async () => {
      await using store = open();
      const server = await aServer(store);
      const made = await Promise.all([1, 2, 3].map(() => store.webhooks.add(webhook(server), 2)));
      assert.deepEqual(
        made.map((one) => one !== undefined),
        [true, true, false],
      );
      assert.ok(await store.webhooks.add(webhook(server, { streamId: BROADCAST }), 2), 'another stream has room');
    });

    test('one is replaced but for its stream, and only by its own server', async () => {
      await using store = open();
      const [one, two] = [await aServer(store), await aServer(store, 'two')];
      const added = await store.webhooks.add(webhook(one), 10);
      assert.ok(added);
      const changed = { ...added, url: 'https://example.com/', status: 'unverified' as const, httpAuth: undefined };
      assert.equal(await store.webhooks.replace({ ...changed, streamId: BROADCAST }), true);
      assert.deepEqual(await store.webhooks.find(one, added.id), changed);
      assert.equal(await store.webhooks.replace({ ...changed, serverId: two, url: 'https://evil.example' }), false);
      assert.equal((await store.webhooks.find(one, added.id))?.url, 'https://example.com/');
    });

    test('one that is removed is gone, and its number is not used again', async () => {
      await using store = open();
      const [one, two] = [await aServer(store), await aServer(store, 'two')];
      const added = await store.webhooks.add(webhook(one), 10);
      assert.ok(added);
      assert.equal(await store.webhooks.remove(two, added.id), false);
      assert.equal(await store.webhooks.remove(one, added.id), true);
      assert.equal(await store.webhooks.remove(one, added.id), false);
      assert.equal(await store.webhooks.find(one, added.id), undefined);
      assert.ok(((await store.webhooks.add(webhook(one), 10))?.id ?? 0) > added.id);
    });

    test('counts are summed from the hour that was asked for, and go with their webhook', async () => {
      await using store = open();
      const server = await aServer(store);
      const added = await store.webhooks.add(webhook(server), 10);
      assert.ok(added);
      const none = { succeeded: 0, failed: 0, slow: 0, verySlow: 0 };
      assert.deepEqual(await store.webhooks.counts(added.id, 0), none);
      const one = { webhookId: added.id, succeeded: 1, failed: 2, slow: 3, verySlow: 4 };
      await store.webhooks.tally([
        { ...one, at: NOON },
        { ...one, at: NOON + 59_000 },
        { ...one, at: NOON - HOUR_MS },
        { ...one, webhookId: added.id + 1, at: NOON },
      ]);
      const twice = { succeeded: 2, failed: 4, slow: 6, verySlow: 8 };
      assert.deepEqual(await store.webhooks.counts(added.id, NOON + 1000), twice);
      assert.equal((await store.webhooks.counts(added.id, NOON - HOUR_MS)).succeeded, 3);
      await store.webhooks.tally([{ ...one, at: NOON + COUNTS_KEPT_MS / 2 }]);
      assert.equal((await store.webhooks.counts(added.id, NOON)).succeeded, 3);
      await store.webhooks.remove(server, added.id);
      assert.deepEqual(await store.webhooks.counts(added.id, 0), none);
    });
  });
}

test('the file of SQLite holds nothing of addresses, credentials and headers, and a box does not open in another row', async () => {
  const file = freshFile();
  await using store = openSqliteControl(file);
  const server = await aServer(store);
  const [first, second] = [
    await store.webhooks.add(webhook(server), 10),
    await store.webhooks.add(webhook(server), 10),
  ];
  const bytes = ['', '-wal'].map((end) => readFileSync(file + end).toString('latin1')).join('');
  assert.doesNotMatch(bytes, /url-secret|auth-secret|header-secret|hooks\.example/);
  const { default: Database } = await import('better-sqlite3');
  const raw = new Database(file);
  raw
    .prepare('update webhook set sealed_target = (select sealed_target from webhook where id = ?) where id = ?')
    .run(first?.id, second?.id);
  raw.close();
  await assert.rejects(store.webhooks.find(server, second?.id ?? 0), /does not open/);
});
