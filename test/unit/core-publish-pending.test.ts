// Events of changed suppressions on their way into the log: in order, at least once, and again after a failure.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryEventLog } from '../../src/backends/memory/event-log.ts';
import { MemorySuppressionLists } from '../../src/backends/memory/suppression-lists.ts';
import { startPublisher } from '../../src/core/publish-pending.ts';
import type { Suppression } from '../../src/domain/suppression.ts';
import type { Event } from '../../src/domain/event.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import { HandClock, turns } from '../support/core-fixture.ts';

function row(address: string): Suppression {
  const of = { serverId: 1 as ServerId, streamId: 'outbound' as StreamId, address, createdAt: 1 } as const;
  return { ...of, reason: 'ManualSuppression', origin: 'Customer' };
}

function world() {
  const lists = new MemorySuppressionLists();
  const log = new MemoryEventLog();
  const clock = new HandClock();
  const state = { down: false };
  const frontLog = {
    append: async (events: readonly Event[]) => {
      if (state.down) throw new Error('disk full');
      await log.append(events);
    },
  };
  const start = () => startPublisher({ lists, frontLog, clock, log: silentLog });
  const seen = async () =>
    (await log.read(0, 1000)).map(({ event }) => (event.kind === 'subscription' ? event.subscriber : event.kind));
  return { lists, clock, state, start, seen };
}

test('what was changed is in the log when the call resolves, once and in order', async () => {
  const { lists, start, seen } = world();
  const publisher = start();
  await lists.add([row('ann'), row('bob')]);
  await Promise.all([publisher.now(), publisher.now()]);
  await lists.add([row('cy')]);
  await publisher.now();
  assert.deepEqual(await seen(), ['ann', 'bob', 'cy']);
  assert.deepEqual(await lists.pendingEvents(9), []);
  await publisher.stop();
});

test('what another process or a crash has left is found at the start and every second', async () => {
  const { lists, clock, start, seen } = world();
  await lists.add([row('ann')]);
  const publisher = start();
  await turns();
  assert.deepEqual(await seen(), ['ann']);
  await lists.add([row('bob')]);
  await clock.advance(1000);
  assert.deepEqual(await seen(), ['ann', 'bob']);
  await publisher.stop();
});

test('a log that takes nothing is tried again', async () => {
  const { lists, clock, state, start, seen } = world();
  const publisher = start();
  state.down = true;
  await lists.add([row('ann')]);
  await publisher.now();
  assert.deepEqual(await seen(), []);
  state.down = false;
  await clock.advance(1000);
  assert.deepEqual(await seen(), ['ann']);
  await publisher.stop();
});

test('more than one pass carries go all', async () => {
  const { lists, start, seen } = world();
  await lists.add(Array.from({ length: 450 }, (_, n) => row(`a${n}`)));
  const publisher = start();
  await publisher.now();
  assert.equal((await seen()).length, 450);
  await publisher.stop();
});
