// A lane and its sites: what is held is put off without an attempt, its life still ends, and people are told why it waits.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import { turns } from '../support/core-fixture.ts';
import { lane, OK, type Lane } from '../support/dispatch-bench.ts';
import { REFUSED_CONNECTION, TOO_MANY } from '../support/site-queues-bench.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

function many(count: number, domain: string): string[] {
  return Array.from({ length: count }, (_, i) => `r${i}@${domain}`);
}

/** Three refused connections make a site unreachable. */
async function makeUnreachable({ add, flights }: Lane, domain: string): Promise<void> {
  await add(...many(3, domain));
  for (const { end } of flights.splice(0)) await end(REFUSED_CONNECTION);
}

describe('a site that cannot be reached', () => {
  test('costs what comes for it no attempt and no event', async () => {
    const world = await lane();
    await makeUnreachable(world, 'dead.test');
    await world.add(...many(20, 'dead.test'));
    assert.equal(world.flights.length, 0);
    assert.equal(world.dispatcher.load().leased, 0, 'the window is free');
    assert.equal(world.dispatcher.load().putOff, 20);
    const { deliveries, leased, nextDueAt } = await world.queue.depth();
    assert.deepEqual([deliveries, leased], [23, 0]);
    assert.ok(Number(nextDueAt) >= world.clock.now() + 45 * SECOND);
    assert.equal((await world.events()).filter(({ kind }) => kind === 'deferred').length, 3);
  });

  test('is tried by one when the time has come, and takes the others when that one got through', async () => {
    const world = await lane();
    await makeUnreachable(world, 'dead.test');
    await world.add(...many(5, 'dead.test'));
    await world.clock.advance(70 * SECOND);
    assert.equal(world.flights.length, 1);
    const first = world.flights[0];
    await first?.end();
    for (let i = 1; i < 8; i += 1) {
      await world.clock.advance(60 * SECOND);
      await world.flights[i]?.end();
    }
    assert.equal((await world.queue.depth()).deliveries, 0);
  });

  test('gives mail up when its life is over, with the reason, and no attempt is made for that', async () => {
    const world = await lane();
    await makeUnreachable(world, 'dead.test');
    await world.add('late@dead.test');
    for (let hours = 0; hours < 50; hours += 1) {
      await world.clock.advance(HOUR);
      for (const { end } of world.flights.splice(0)) await end(REFUSED_CONNECTION);
    }
    await world.clock.advance(2 * HOUR);
    assert.equal((await world.queue.depth()).deliveries, 0);
    const bounces = (await world.events()).flatMap((event) => (event.kind === 'bounced' ? [event] : []));
    assert.equal(bounces.length, 4);
    assert.ok(bounces.every(({ type, deactivates }) => type === 'SoftBounce' && !deactivates));
    assert.ok(bounces.every(({ at }) => at <= Date.UTC(2026, 10, 5, 12) + DEFAULT_RETRY.lifetimeMs + HOUR));
    assert.ok(bounces.some(({ detail }) => /out of reach: mx\.example\.com refused the connection/.test(detail)));
  });
});

test('what a slow site cannot take soon is put off, and does not keep the window from others', async () => {
  const world = await lane({ window: 100, maxJobs: 20, maxJobsPerSite: 2 });
  await world.add(...many(90, 'slow.test'));
  await world.clock.advance(3 * SECOND);
  assert.ok(world.dispatcher.load().leased < 40, String(world.dispatcher.load().leased));
  await world.add('a@quick.test');
  assert.ok(world.flights.some(({ site }) => site.key === 'quick.test'));
});

test('putting off is tried until it is written down', async () => {
  const world = await lane();
  const postpone = world.queue.postpone.bind(world.queue);
  let failures = 2;
  world.queue.postpone = (items) => (failures-- > 0 ? Promise.reject(new Error('disk full')) : postpone(items));
  await makeUnreachable(world, 'dead.test');
  await world.add(...many(5, 'dead.test'));
  assert.equal(world.dispatcher.load().leased, 5);
  await world.clock.advance(5 * SECOND);
  assert.equal(world.dispatcher.load().leased, 0);
});

describe('a lane that is paused', () => {
  test('gives back what was not started, leases nothing, says why, and goes on', async () => {
    const world = await lane({ maxJobs: 4 });
    await world.add(...many(10, 'rcpt.test'));
    const started = world.flights.length;
    world.dispatcher.pause('no address');
    await turns();
    assert.equal(world.dispatcher.load().leased, started);
    assert.equal(world.dispatcher.load().paused, 'no address');
    assert.deepEqual(await world.dispatcher.whyWaiting('rcpt.test'), {
      hold: { kind: 'paused', reason: 'no address' },
    });
    for (const { end } of world.flights.splice(0)) await end();
    await world.add('new@rcpt.test');
    assert.equal(world.flights.length, 0);
    world.dispatcher.pause(undefined);
    await turns();
    assert.ok(world.flights.length > 0);
    while (world.flights.length > 0) await world.flights.shift()?.end();
    assert.equal((await world.queue.depth()).deliveries, 0);
  });
});

describe('what people are told', () => {
  test('which site holds a message, and the reply that made it so', async () => {
    const world = await lane();
    await world.add('a@rcpt.test');
    await world.flights[0]?.end(TOO_MANY);
    const { site, hold } = await world.dispatcher.whyWaiting('alias-rcpt.test');
    assert.equal(site, 'rcpt.test');
    assert.equal(hold?.kind, 'backing-off');
    assert.equal(hold.until, world.clock.now() + 15 * SECOND);
    assert.match(hold.reason, /rcpt\.test asked us to wait: mx\.example\.com said 421 4\.7\.0 too many connections/);
  });

  test('nothing holds a site that is fine', async () => {
    const world = await lane();
    await world.add('a@rcpt.test');
    await world.flights[0]?.end(OK);
    assert.deepEqual(await world.dispatcher.whyWaiting('rcpt.test'), { site: 'rcpt.test' });
    assert.deepEqual(await world.dispatcher.whyWaiting('other.test'), { site: 'other.test' });
  });

  test('sites with their pace, trouble first', async () => {
    const world = await lane();
    await makeUnreachable(world, 'dead.test');
    await world.add(...many(8, 'busy.test'), 'a@idle.test');
    await world.flights.find(({ site }) => site.key === 'idle.test')?.end();
    const sites = world.dispatcher.sites(10).map(({ key, state, active, waiting }) => [key, state, active, waiting]);
    assert.deepEqual(sites, [
      ['dead.test', 'unreachable', 0, 0],
      ['busy.test', 'open', 4, 4],
      ['idle.test', 'open', 0, 0],
    ]);
    assert.equal(world.dispatcher.sites(1).length, 1);
    const { paces } = world.dispatcher.load();
    assert.deepEqual(paces, { open: 2, slow: 0, 'backing-off': 0, unreachable: 1, blocked: 0 });
  });
});
