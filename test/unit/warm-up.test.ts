// Warm-up plans, and the budget that an address has of them each day.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createWarmUpBudget, type SentCount, type WarmUpBudget } from '../../src/domain/warm-up-budget.ts';
import { WARM_UP_PLANS, allowance, nextDayAt, utcDay, warmUpPlan, type WarmUpPlan } from '../../src/domain/warm-up.ts';

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 24, 12);
const MIDNIGHT = Date.UTC(2026, 10, 25);

function plan(name: string): WarmUpPlan {
  const found = warmUpPlan(name);
  assert.ok(found);
  return found;
}

describe('a plan', () => {
  for (const { name, perProvider } of WARM_UP_PLANS) {
    test(`${name} grows each day or stays, and never more than twofold`, () => {
      for (const [index, step] of perProvider.entries()) {
        const before = perProvider[index - 1] ?? step;
        assert.ok(step >= before && step <= before * 2.05, `day ${index + 1}: ${before} to ${step}`);
      }
    });
  }

  test('allows 50 a provider and 200 in all on its first day, and everything after its last', () => {
    assert.deepEqual(allowance(plan('default'), NOON, NOON), { day: 1, perProvider: 50, total: 200 });
    const last = allowance(plan('default'), NOON, NOON + 29 * DAY);
    assert.deepEqual([last.day, last.perProvider], [30, 1_500_000]);
    assert.deepEqual(allowance(plan('default'), NOON, NOON + 30 * DAY), {
      day: 31,
      perProvider: Infinity,
      total: Infinity,
    });
  });

  test('counts days of UTC: the second begins at midnight, however late the first began', () => {
    assert.equal(allowance(plan('slow'), MIDNIGHT - 1, MIDNIGHT - 1).day, 1);
    assert.equal(allowance(plan('slow'), MIDNIGHT - 1, MIDNIGHT).day, 2);
    assert.equal(allowance(plan('slow'), NOON, NOON - 5 * DAY).day, 1, 'a clock that was set back');
    assert.equal(nextDayAt(NOON), MIDNIGHT);
    assert.equal(nextDayAt(MIDNIGHT), MIDNIGHT + DAY);
  });
});

const WARMING = { ip: '192.0.2.1', warmUp: { plan: 'default', startedAt: NOON } };
const OTHER = { ip: '192.0.2.2', warmUp: { plan: 'default', startedAt: NOON } };

function budgetAt(time: { now: number }, kept: readonly SentCount[] = [], maxProviders = 100): WarmUpBudget {
  const budget = createWarmUpBudget({ now: () => time.now, maxProviders });
  budget.restore(kept);
  return budget;
}

describe('the budget of an address', () => {
  test('is the day of the plan, for each provider and in all', () => {
    const budget = budgetAt({ now: NOON });
    for (let sent = 0; sent < 50; sent += 1) assert.ok(budget.take(WARMING, 'a'));
    assert.equal(budget.take(WARMING, 'a'), false);
    assert.equal(budget.left(WARMING, 'a'), 0);
    assert.equal(budget.left(WARMING, 'b'), 50);
    for (const provider of ['b', 'c', 'd']) assert.ok(budget.take(WARMING, provider, 50));
    assert.equal(budget.left(WARMING, 'e'), 0, '200 in all');
    assert.equal(budget.take(WARMING, 'e'), false);
    assert.equal(budget.left(OTHER, 'a'), 50, 'another address has its own');
  });

  test('is new at midnight', () => {
    const time = { now: MIDNIGHT - 1000 };
    const budget = budgetAt(time);
    assert.ok(budget.take(WARMING, 'a', 50));
    assert.equal(budget.nextDayAt(), MIDNIGHT);
    time.now = MIDNIGHT;
    assert.equal(budget.left(WARMING, 'a'), 75);
  });

  test('has no bounds without a plan, after its end, and with a plan that nobody knows', () => {
    const budget = budgetAt({ now: NOON + 40 * DAY });
    for (const warmUp of [undefined, WARMING.warmUp, { plan: 'gone', startedAt: NOON }]) {
      assert.equal(budget.left({ ip: '192.0.2.1', warmUp }, 'a'), Infinity);
      assert.ok(budget.take({ ip: '192.0.2.1', warmUp }, 'a', 1_000_000));
    }
    assert.deepEqual(budget.drain(), [], 'and nothing is counted');
  });

  test('lets more through than a day allows when nothing was sent that day, and then nothing', () => {
    const budget = budgetAt({ now: NOON });
    assert.ok(budget.take(WARMING, 'a', 60));
    assert.equal(budget.left(WARMING, 'a'), 0);
    assert.equal(budget.take(WARMING, 'a', 1), false);
    assert.ok(budget.take(WARMING, 'b', 40));
    assert.equal(budget.take(WARMING, 'b', 20), false, 'but not beside what was sent');
  });

  test('goes on where it stopped', () => {
    const time = { now: NOON };
    const before = budgetAt(time);
    before.take(WARMING, 'a', 30);
    before.take(WARMING, 'b', 5);
    const kept = before.drain();
    assert.deepEqual(before.drain(), []);
    const after = budgetAt(time, [...kept, { ip: WARMING.ip, day: utcDay(NOON) - 1, provider: 'a', recipients: 50 }]);
    assert.deepEqual([after.left(WARMING, 'a'), after.left(WARMING, 'b'), after.left(WARMING, 'c')], [20, 45, 50]);
    assert.ok(after.take(WARMING, 'c', 50));
    assert.equal(after.drain().find(({ provider }) => provider === '')?.recipients, 85);
  });

  test('counts providers beyond its bound in the sum only', () => {
    const budget = budgetAt({ now: NOON }, [], 2);
    for (const provider of ['a', 'b', 'c']) budget.take(WARMING, provider, 40);
    assert.deepEqual([budget.left(WARMING, 'a'), budget.left(WARMING, 'c')], [10, 50]);
    assert.equal(budget.drain().find(({ provider }) => provider === '')?.recipients, 120);
  });

  test('is never overdrawn by single recipients, whatever comes', () => {
    const step = fc.record({ provider: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), wait: fc.nat(DAY / 20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const time = { now: NOON };
        const budget = budgetAt(time);
        const sent = new Map<string, number>();
        for (const { provider, wait } of steps) {
          time.now += wait;
          if (!budget.take(WARMING, provider)) continue;
          const today = allowance(plan('default'), NOON, time.now);
          for (const [key, limit] of [
            [`${today.day}`, today.total],
            [`${today.day} ${provider}`, today.perProvider],
          ] as const) {
            sent.set(key, (sent.get(key) ?? 0) + 1);
            assert.ok(sent.get(key)! <= limit);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
