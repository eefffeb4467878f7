// The guards at work: what they count, whom they pause, and what they say.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { BROADCAST_LANE, TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import { bounced, delivered, message } from '../support/activity-fixture.ts';
import {
  DAY,
  HOUR,
  MINUTE,
  NEWS,
  NOON,
  RESETS,
  THEIRS,
  guardWorld,
  happening,
  many,
} from '../support/guard-fixture.ts';

const HELD_ALREADY = 'a guard would pause a stream that is paused already, or was deleted';

const verdicts = (said: readonly { text: string }[]): string[] => said.map(({ text }) => text);

describe('a guard', () => {
  test('pauses the stream whose list is bad, and no other one', async () => {
    const world = guardWorld();
    const guard = await world.open();
    const [bulk, single] = [world.log(BROADCAST_LANE), world.log(TRANSACTIONAL_LANE)];
    single.append(...many(200, 'delivered', { ...RESETS, at: NOON }));
    bulk.append(...many(200, 'delivered', { ...THEIRS, at: NOON }));
    bulk.append(...many(50, 'delivered', { ...NEWS, at: NOON }), ...many(50, 'hard', { ...NEWS, at: NOON }));
    await single.feed(guard);
    await bulk.feed(guard);
    const [hold, ...others] = await world.control.pools.holds();
    assert.deepEqual(others, []);
    assert.deepEqual([hold?.serverId, hold?.streamId, hold?.by, hold?.at], [1, 'broadcast', 'guard', NOON]);
    assert.match(
      hold?.reason ?? '',
      /^Hard bounces are 50 % \(50 of 100 recipients .*bulkhead stream resume 1 broadcast/,
    );
    const [line, ...more] = world.said;
    assert.deepEqual(more, []);
    assert.equal(line?.level, 'error');
    assert.deepEqual([line?.fields['serverId'], line?.fields['stream'], line?.fields['percent']], [1, 'broadcast', 50]);
  });

  test('pauses nothing of a server that was deleted: its mail would wait for nobody', async () => {
    const world = guardWorld();
    const accountId = await world.control.createAccount('One');
    const server = await world.control.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
    assert.equal(server.id, NEWS.serverId);
    const guard = await world.open();
    const log = world.log(BROADCAST_LANE);
    await world.control.deleteServer(server.id, NOON);
    log.append(...many(50, 'delivered', { ...NEWS, at: NOON }), ...many(50, 'hard', { ...NEWS, at: NOON }));
    await log.feed(guard);
    assert.deepEqual(await world.control.pools.holds(), []);
    assert.deepEqual(verdicts(world.said), [HELD_ALREADY]);
  });

  test('warns once, stops once, and tells when it is better', async () => {
    const world = guardWorld();
    const guard = await world.open();
    const log = world.log();
    log.append(...many(194, 'delivered', { ...NEWS, at: NOON }), ...many(6, 'hard', { ...NEWS, at: NOON }));
    await log.feed(guard);
    assert.deepEqual(verdicts(world.said), [], '3 %');
    for (let n = 0; n < 6; n += 1) {
      log.append(happening('hard', { ...NEWS, at: NOON }));
      await log.feed(guard);
    }
    assert.deepEqual(verdicts(world.said), ['a guard warns of a stream']);
    log.append(...many(15, 'hard', { ...NEWS, at: NOON }));
    await log.feed(guard);
    log.append(...many(15, 'hard', { ...NEWS, at: NOON }));
    await log.feed(guard);
    assert.deepEqual(verdicts(world.said), ['a guard warns of a stream', 'a guard has paused a stream']);
    world.clock.at += DAY;
    await guard.tick();
    assert.equal(world.said.at(-1)?.text, 'the rates of a stream are better');
    assert.equal((await guard.guards())[0]?.verdict, 'fine');
    assert.equal((await world.control.pools.holds()).length, 1, 'time alone resumes nothing');
  });

  test('sees one provider among many', async () => {
    const world = guardWorld();
    const guard = await world.open();
    const log = world.log();
    log.append(...many(5000, 'delivered', { ...NEWS, at: NOON }));
    log.append(...many(80, 'delivered', { ...NEWS, at: NOON, domain: 'gmail.com' }));
    log.append(...many(20, 'hard', { ...NEWS, at: NOON, domain: 'gmail.com' }));
    await log.feed(guard);
    const [hold] = await world.control.pools.holds();
    assert.match(hold?.reason ?? '', /20 % \(20 of 100 recipients at google in/);
    const [report] = await guard.guards();
    assert.deepEqual([...new Set(report?.rates.map(({ provider }) => provider))], ['all', 'google', 'other']);
    const { rates, ...verdict } = report ?? assert.fail('nothing is said');
    assert.ok(rates.length > 0);
    assert.deepEqual(await guard.verdicts(), [verdict], 'verdicts are the same without rates');
  });

  test('holds complaints against the mail that they are about', async () => {
    const world = guardWorld();
    const guard = await world.open();
    const log = world.log();
    log.append(...many(4000, 'delivered', { ...NEWS, at: NOON }));
    await log.feed(guard);
    world.clock.at += 2 * DAY;
    const now = world.clock.at;
    log.append(...many(10, 'delivered', { ...NEWS, at: now }));
    log.append(...many(3, 'complained', { ...NEWS, at: NOON, happenedAt: now }));
    await log.feed(guard);
    assert.deepEqual(world.said, [], '3 of 10 today would be a stop');
    log.append(...many(10, 'complained', { ...NEWS, at: NOON, happenedAt: now }));
    await log.feed(guard);
    assert.match(
      (await world.control.pools.holds())[0]?.reason ?? '',
      /^Complaints are 0\.32 % \(13 of 4,010 deliveries/,
    );
  });

  test('counts nothing that no remote host has said of real mail', async () => {
    const world = guardWorld();
    const guard = await world.open();
    const log = world.log();
    const of = message({ streamId: 'broadcast', to: ['HardBounce@bounce-testing.postmarkapp.com'] });
    for (let n = 0; n < 200; n += 1) {
      log.append(bounced(of), bounced(of, 0, { address: 'a@example.net', type: 'AutoResponder' }));
      log.append(delivered(of, 0, { mode: 'capture' }), delivered(of, 0, { mode: 'sandbox' }));
    }
    await log.feed(guard);
    assert.deepEqual(await guard.guards(), []);
    assert.deepEqual(await world.control.pools.holds(), []);
  });

  test('pauses a stream that a person has paused no second time, and says so', async () => {
    const world = guardWorld();
    const guard = await world.open();
    await world.control.pools.hold({ ...NEWS, by: 'operator', reason: 'the list is being cleaned', at: NOON });
    const log = world.log();
    log.append(...many(100, 'hard', { ...NEWS, at: NOON }));
    await log.feed(guard);
    assert.equal((await world.control.pools.holds())[0]?.reason, 'the list is being cleaned');
    assert.deepEqual(verdicts(world.said), [HELD_ALREADY]);
  });

  test('tries a hold that cannot be written again, and counts nothing twice for it', async () => {
    const world = guardWorld();
    const { pools } = world.control;
    let broken = true;
    const guard = await world.open({
      pools: {
        version: () => pools.version(),
        resumptions: () => pools.resumptions(),
        hold: async (hold) => (broken ? Promise.reject(new Error('disk full')) : pools.hold(hold)),
      },
    });
    const log = world.log();
    log.append(...many(100, 'hard', { ...NEWS, at: NOON }));
    await log.feed(guard);
    assert.match(world.said[0]?.text ?? '', /it will be tried again/);
    broken = false;
    await guard.tick();
    assert.match((await pools.holds())[0]?.reason ?? '', /100 of 100/);
  });
});

describe('a stream that a person has resumed', () => {
  async function paused() {
    const world = guardWorld();
    const guard = await world.open();
    const log = world.log();
    log.append(...many(100, 'hard', { ...NEWS, at: NOON }));
    await log.feed(guard);
    world.clock.at += HOUR;
    assert.ok(await world.control.pools.resume(NEWS.serverId, NEWS.streamId));
    return { world, guard, log, resumedAt: world.clock.at };
  }

  test('is not paused again for what is known', async () => {
    const { world, guard, log, resumedAt } = await paused();
    await guard.tick();
    log.append(...many(50, 'hard', { ...NEWS, at: NOON, happenedAt: NOON + 2 * MINUTE }));
    log.append(...many(5, 'complained', { ...NEWS, at: NOON - HOUR, happenedAt: resumedAt + MINUTE }));
    log.append(...many(300, 'delivered', { ...NEWS, at: resumedAt, happenedAt: resumedAt }));
    log.append(...many(9, 'hard', { ...NEWS, at: resumedAt, happenedAt: resumedAt }));
    await log.feed(guard);
    assert.deepEqual(await world.control.pools.holds(), []);
    const [report] = await guard.guards();
    assert.deepEqual(
      report?.rates.find(({ measure, span }) => measure === 'bounces' && span === '24h'),
      {
        measure: 'bounces',
        provider: 'all',
        span: '24h',
        part: 9,
        whole: 309,
      },
    );
  });

  test('is not paused by events that come before the next tick', async () => {
    const { world, guard, log, resumedAt } = await paused();
    log.append(happening('hard', { ...NEWS, at: NOON, happenedAt: resumedAt }));
    await log.feed(guard);
    assert.deepEqual(await world.control.pools.holds(), []);
  });

  test('is paused again for new facts', async () => {
    const { world, guard, log, resumedAt } = await paused();
    await guard.tick();
    log.append(...many(100, 'hard', { ...NEWS, at: NOON, happenedAt: resumedAt + MINUTE }));
    await log.feed(guard);
    assert.equal((await world.control.pools.holds()).length, 1);
  });

  test('stays forgiven over a restart, and over a loss of the counts', async () => {
    const { world, guard, log } = await paused();
    await guard.tick();
    await guard.close();
    const after = await world.open();
    await log.feed(after);
    assert.deepEqual(await world.control.pools.holds(), []);
    const fresh = guardWorld();
    const anew = await fresh.open({ pools: world.control.pools, clock: { now: () => world.clock.at } });
    await log.feed(anew);
    assert.deepEqual(await world.control.pools.holds(), []);
  });
});
