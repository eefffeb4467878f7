// A pause that comes while deliveries are in the window of a lane, and the life of messages that have waited through one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeldStreams } from '../../src/core/held-streams.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import type { Hold } from '../../src/domain/hold.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { turns } from '../support/core-fixture.ts';
import { lane, LATER } from '../support/dispatch-bench.ts';

async function lanePausedAfter(count: number) {
  const held = createHeldStreams();
  const world = await lane({ maxJobs: 1 }, { held });
  await world.add(...Array.from({ length: count }, (_, n) => `r${n}@rcpt.test`));
  const [accepted] = await world.events();
  const { serverId, streamId } = accepted ?? assert.fail('nothing was accepted');
  const hold: Hold = { serverId, streamId, by: 'guard', reason: 'x', at: world.clock.now() };
  const pause = (): void => {
    held.update([hold], []);
    world.queue.setHeld([hold]);
  };
  const resume = async (): Promise<void> => {
    held.update([], [{ serverId, streamId, heldAt: hold.at, at: world.clock.now() }]);
    world.queue.setHeld([]);
    world.dispatcher.wake();
    await turns();
  };
  return { ...world, pause, resume };
}

test('what is under way goes on; what only waits in memory goes back, and leaves when the stream is resumed', async () => {
  const { flights, queue, dispatcher, pause, resume } = await lanePausedAfter(3);
  pause();
  await flights[0]?.end();
  assert.equal(flights.length, 1, 'nothing is begun');
  assert.deepEqual(
    [(await queue.depth()).deliveries, (await queue.depth()).leased, dispatcher.load().leased],
    [2, 0, 0],
  );
  await resume();
  await flights[1]?.end();
  await flights[2]?.end();
  assert.equal((await queue.depth()).deliveries, 0);
});

test('a pause is of one stream of one server', () => {
  const held = createHeldStreams();
  const of = (serverId: number, streamId: string) => ({
    serverId: serverId as ServerId,
    streamId: streamId as StreamId,
  });
  held.update([{ ...of(1, 'broadcast'), by: 'guard', reason: 'x', at: 0 }], []);
  assert.deepEqual(
    [of(1, 'broadcast'), of(1, 'outbound'), of(2, 'broadcast')].map((stream) => held.isHeld(stream)),
    [true, false, false],
  );
});

test('a message that waited through a long pause has its whole time again', async () => {
  const { flights, queue, clock, events, pause, resume } = await lanePausedAfter(2);
  pause();
  await flights[0]?.end();
  await clock.advance(DEFAULT_RETRY.lifetimeMs * 2);
  await resume();
  await flights[1]?.end(LATER);
  assert.equal((await queue.depth()).deliveries, 1, 'tried again, and not given up');
  assert.ok(!(await events()).some(({ kind }) => kind === 'bounced'));
  for (let n = 2; (await queue.depth()).deliveries > 0; n += 1) {
    await clock.advance(DEFAULT_RETRY.maxMs);
    await flights[n]?.end(LATER);
    assert.ok(n < 40, 'it never ends');
  }
  assert.ok(
    (await events()).some(({ kind }) => kind === 'bounced'),
    'and then it ends',
  );
});
