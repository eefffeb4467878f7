// Streams that were archived long ago are deleted by a look at the start and one every hour.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepPurgingStreams } from '../../src/core/purge-streams.ts';
import { PURGE_AFTER_MS } from '../../src/domain/stream.ts';
import type { StreamId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import { coreWorld, turns } from '../support/core-fixture.ts';

test('a stream is deleted within an hour after its 45 days', async () => {
  const { store, server, clock } = await coreWorld();
  const id = 'broadcast' as StreamId;
  await store.messageStreams.archive(server.id, id, clock.now());
  const end = keepPurgingStreams({ store, clock, log: silentLog });
  await turns();
  clock.stall(PURGE_AFTER_MS - 3_600_000);
  await clock.advance(3_600_000);
  assert.ok(await store.stream(server.id, id), 'its time is not over');
  await clock.advance(3_600_000);
  assert.equal(await store.stream(server.id, id), undefined);
  end();
});

test('a failure is logged, and the next look tries again', async () => {
  const { clock } = await coreWorld();
  let looks = 0;
  const failing = { messageStreams: { purge: () => Promise.reject(new Error(`${(looks += 1)}`)) } };
  let logged = 0;
  const log = { ...silentLog, error: () => void (logged += 1) };
  const end = keepPurgingStreams({ store: failing, clock, log });
  await turns();
  await clock.advance(3_600_000);
  assert.deepEqual([looks, logged], [2, 2]);
  end();
  await clock.advance(7_200_000);
  assert.equal(looks, 2);
});
