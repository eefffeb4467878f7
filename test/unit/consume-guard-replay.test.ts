// Counts over crashes, replays and several logs: each event counts once, in bounded memory.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Rate } from '../../src/domain/guard.ts';
import { BROADCAST_LANE, TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { GuardStore } from '../../src/ports/guard-store.ts';
import { HOUR, NEWS, NOON, guardWorld, happening, many, type Happening } from '../support/guard-fixture.ts';

const KINDS: readonly Happening[] = ['delivered', 'hard', 'soft', 'deferred', 'complained'];
const find = (rates: readonly Rate[] | undefined, measure: Rate['measure']): Rate | undefined =>
  rates?.find((rate) => rate.measure === measure && rate.span === '24h' && rate.provider === 'all');

describe('the counts of a guard', () => {
  test('are those of the log, whatever crashes and in whatever batches it is read', async () => {
    const step = fc.record({
      kind: fc.constantFrom(...KINDS),
      lane: fc.constantFrom(BROADCAST_LANE, TRANSACTIONAL_LANE),
      crash: fc.boolean(),
      gapMs: fc.nat(1500),
      batch: fc.integer({ min: 1, max: 7 }),
    });
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const world = guardWorld();
      const logs = new Map([BROADCAST_LANE, TRANSACTIONAL_LANE].map((lane) => [lane, world.log(lane)]));
      let guard = await world.open();
      for (const { kind, lane, crash, gapMs, batch } of steps) {
        world.clock.at += gapMs;
        logs.get(lane)?.append(happening(kind, { ...NEWS, at: NOON, happenedAt: world.clock.at }));
        for (const log of logs.values()) await log.feed(guard, batch);
        if (crash) guard = await world.open();
      }
      for (const log of logs.values()) await log.feed(guard);
      const count = (...kinds: Happening[]): number => steps.filter(({ kind }) => kinds.includes(kind)).length;
      const [report] = await guard.guards();
      const finished = count('delivered', 'hard', 'soft');
      assert.equal(find(report?.rates, 'bounces')?.part ?? 0, count('hard'));
      assert.equal(find(report?.rates, 'bounces')?.whole ?? 0, finished);
      assert.equal(find(report?.rates, 'deferrals')?.part ?? 0, count('deferred'));
      assert.equal(find(report?.rates, 'complaints')?.part ?? 0, count('complained'));
      assert.equal(find(report?.rates, 'complaints')?.whole ?? 0, count('delivered'));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('survive a save that fails', async () => {
    const world = guardWorld();
    let broken = true;
    const store: GuardStore = {
      load: () => world.store.load(),
      save: async (changes) => (broken ? Promise.reject(new Error('disk full')) : world.store.save(changes)),
      close: async () => undefined,
    };
    const guard = await world.open({ store });
    const log = world.log();
    log.append(...many(10, 'hard', { ...NEWS, at: NOON, domain: 'gmail.com' }));
    await log.feed(guard);
    world.clock.at += 2000;
    await guard.tick();
    assert.match(world.said.at(-1)?.text ?? '', /could not be saved/);
    broken = false;
    world.clock.at += 2000;
    await guard.tick();
    const again = await world.open({ store });
    await log.feed(again);
    assert.deepEqual(await again.guards(), await guard.guards());
    assert.equal(find((await again.guards())[0]?.rates, 'bounces')?.part, 10);
  });

  test('by provider are bounded, those longest without an event go first, and totals stay', async () => {
    const world = guardWorld();
    const limits = { maxWindows: 3 };
    const providers = ['google', 'yahoo', 'gmx', 'apple', 'qq'];
    const names = new Map<string, string>(providers.map((name) => [`${name}.test`, name]));
    const providerOf = ({ address }: { address: string }) => names.get(address.split('@')[1] ?? '') ?? '';
    const guard = await world.open({ limits, providerOf });
    const log = world.log();
    for (const name of ['google', 'yahoo', 'gmx', 'google', 'apple', 'qq']) {
      log.append(happening('delivered', { ...NEWS, at: NOON, domain: `${name}.test` }));
    }
    await log.feed(guard);
    const seen = async (of: typeof guard) => [
      ...new Set((await of.guards())[0]?.rates.map(({ provider }) => provider)),
    ];
    assert.deepEqual(await seen(guard), ['all', 'apple', 'google', 'qq']);
    assert.equal(find((await guard.guards())[0]?.rates, 'bounces')?.whole, 6);
    await guard.close();
    assert.deepEqual(await seen(await world.open({ limits, providerOf })), ['all', 'apple', 'google', 'qq']);
  });

  test('of a stream without mail for a week are let go, also where they are kept', async () => {
    const world = guardWorld();
    const guard = await world.open();
    const log = world.log();
    log.append(happening('delivered', { ...NEWS, at: NOON }));
    log.append(happening('delivered', { serverId: 9 as ServerId, streamId: 'x' as StreamId, at: NOON }));
    await log.feed(guard);
    world.clock.at += HOUR;
    await guard.tick();
    assert.equal((await world.store.load()).windows.length, 4);
    world.clock.at += 8 * 24 * HOUR;
    log.append(happening('delivered', { ...NEWS, at: world.clock.at }));
    await guard.tick();
    await log.feed(guard);
    assert.equal((await guard.guards()).length, 1);
    await guard.close();
    assert.equal((await world.store.load()).windows.length, 2);
  });
});

test('counts that take long to write are written more rarely', async () => {
  const world = guardWorld();
  let saves = 0;
  const store: GuardStore = {
    load: () => world.store.load(),
    close: () => world.store.close(),
    async save(changes) {
      saves += 1;
      world.clock.at += 200;
      await world.store.save(changes);
    },
  };
  const guard = await world.open({ store });
  const log = world.log();
  for (let second = 0; second < 12; second += 1) {
    log.append(happening('delivered', { ...NEWS, at: world.clock.at }));
    await log.feed(guard);
    world.clock.at += 1000;
    await guard.tick();
  }
  assert.equal(saves, 3, 'each took 200 ms: one in four seconds');
});
