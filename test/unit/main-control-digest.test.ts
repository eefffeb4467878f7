// Lanes are told of changes that concern them, once, and of no others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { LaneId, ServerId, StreamId } from '../../src/lib/ids.ts';
import { controlDigest } from '../../src/main/control-digest.ts';

test('addresses and holds concern lanes; servers, suppressions and what stays as it is do not', async () => {
  const store = new MemoryControlStore();
  const server = 1 as ServerId;
  const stream = 'broadcast' as StreamId;
  const hasChanged = controlDigest(store.pools);
  assert.equal(await hasChanged(), true, 'the first time');
  assert.equal(await hasChanged(), false);

  const account = await store.createAccount('a');
  await store.createServer(account, 'one', DEFAULT_SERVER_SETTINGS);
  await store.suppress([
    {
      serverId: server,
      streamId: stream,
      address: 'a@b.test',
      reason: 'HardBounce',
      origin: 'Recipient',
      createdAt: 1,
    },
  ]);
  assert.equal(await hasChanged(), false, 'what lanes do not keep to');

  const pool = 'broadcast' as LaneId;
  const added = await store.pools.addAddress({
    pool,
    ip: '192.0.2.1',
    ehlo: undefined,
    shared: false,
    replacesHost: true,
  });
  assert.equal(await hasChanged(), true, 'an address more');
  await store.pools.setProof(added.id, { checkedAt: 1, verdict: 'fit', reasons: [], ptr: 'mta.test' });
  assert.equal(await hasChanged(), true, 'what was found of it');
  await store.pools.hold({ serverId: server, streamId: stream, by: 'operator', reason: 'r', at: 1 });
  assert.equal(await hasChanged(), true, 'a pause');
  await store.pools.resume(server, stream);
  assert.equal(await hasChanged(), true, 'its end');
  assert.equal(await hasChanged(), false);
});
