// Bulk requests that are cancelled, and processes that end in the middle: the counters stay true, and no message is lost or sent twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulkWorld, request } from '../support/bulk-world.ts';
import type { ServerId } from '../../src/lib/ids.ts';

test('a cancelled request releases nothing more, and counts what it released', async () => {
  const world = await bulkWorld();
  const accepted = await world.accept(request(1000));
  world.releaser.start();
  await world.until(() => world.arrived.length >= 100);
  const cancelled = await world.desk.cancel(accepted.serverId, accepted.id);
  assert.ok(cancelled.kind === 'cancelled');
  const { released } = cancelled.request;
  assert.equal(cancelled.request.status, 'Cancelled');
  assert.ok(released >= 50 && released < 1000, `${released} released`);
  assert.equal(released, world.arrived.length);
  await world.core.clock.advance(10_000);
  await world.releaser.stop();
  assert.equal(world.arrived.length, released);
  assert.equal((await world.look(accepted)).released, released);
});

test('a request that waits can be cancelled, again and again', async () => {
  const world = await bulkWorld();
  const accepted = await world.accept(request(3));
  for (let time = 0; time < 2; time += 1) {
    const cancelled = await world.desk.cancel(accepted.serverId, accepted.id);
    assert.ok(cancelled.kind === 'cancelled');
    assert.deepEqual([cancelled.request.released, cancelled.request.failed], [0, 0]);
  }
});

test('a completed request cannot be cancelled, and one of another server is not found', async () => {
  const world = await bulkWorld();
  const accepted = await world.accept(request(3));
  assert.equal((await world.desk.cancel(99 as ServerId, accepted.id)).kind, 'not-found');
  world.releaser.start();
  await world.until(async () => (await world.look(accepted)).status === 'Completed');
  assert.equal((await world.desk.cancel(accepted.serverId, accepted.id)).kind, 'finished');
  await world.releaser.stop();
});

test('a process that ends between hand-over and commit is followed by one that repeats no message', async () => {
  const first = await bulkWorld();
  const accepted = await first.accept(request(300));
  const advance = first.bulk.advance.bind(first.bulk);
  let commits = 0;
  first.bulk.advance = (seq, progress) => {
    commits += 1;
    return commits > 2 ? new Promise(() => undefined) : advance(seq, progress);
  };
  first.releaser.start();
  await first.until(() => commits > 2);
  assert.equal((await first.look(accepted)).released, 100);
  assert.equal(first.arrived.length, 150);

  first.bulk.advance = advance;
  const second = first.restart();
  await second.core.clock.advance(3_600_000);
  second.releaser.start();
  await second.until(async () => (await second.look(accepted)).status === 'Completed');
  await second.releaser.stop();
  const end = await second.look(accepted);
  assert.deepEqual([end.released, end.failed], [300, 0]);
  assert.equal(second.repeated, 50, 'one block came again');
  const addresses = second.arrived.map(({ message }) => message.recipients[0]?.address);
  assert.equal(new Set(addresses).size, 300);
  assert.equal(addresses.length, 300);
});

test('ids are of the time of release, not of the time of acceptance', async () => {
  const world = await bulkWorld();
  const { store, server, clock } = world.core;
  await store.pools.hold({ serverId: server.id, streamId: 'broadcast' as never, by: 'operator', reason: '', at: 0 });
  const accepted = await world.accept(request(60));
  world.releaser.start();
  await clock.advance(3_600_000);
  await store.pools.resume(server.id, 'broadcast' as never);
  await world.until(async () => (await world.look(accepted)).status === 'Completed');
  await world.releaser.stop();
  for (const { message } of world.arrived) {
    const at = parseInt(message.id.slice(0, 8) + message.id.slice(9, 13), 16);
    assert.ok(clock.now() - at < 60_000, `${clock.now() - at} ms old`);
    assert.match(message.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
