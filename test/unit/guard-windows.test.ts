// Counting over sliding spans: buckets, their end, and what counts where.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Rate } from '../../src/domain/guard.ts';
import { GuardWindows } from '../../src/domain/guard-windows.ts';
import { RollingCounts, type RollingShape } from '../../src/domain/rolling-counts.ts';

const NOON = Date.UTC(2026, 0, 15, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SHAPE: RollingShape = { bucketMs: MINUTE, buckets: 5, columns: 2 };

const parts = (rates: readonly Rate[]): Record<string, string> =>
  Object.fromEntries(rates.map(({ measure, span, part, whole }) => [`${measure} ${span}`, `${part}/${whole}`]));

describe('counts over a sliding span', () => {
  test('leave with their bucket', () => {
    const counts = new RollingCounts(SHAPE);
    counts.add(0, NOON, NOON);
    assert.deepEqual(counts.sums(5 * MINUTE, NOON + 4 * MINUTE), [1, 0]);
    assert.deepEqual(counts.sums(3 * MINUTE, NOON + 4 * MINUTE), [0, 0]);
    assert.deepEqual(counts.sums(5 * MINUTE, NOON + 5 * MINUTE), [0, 0]);
    assert.ok(counts.isEmpty(NOON + 5 * MINUTE));
  });

  test('of the future are of now, and those from before the span are not taken', () => {
    const counts = new RollingCounts(SHAPE);
    assert.ok(counts.add(1, NOON + HOUR, NOON));
    assert.ok(!counts.add(1, NOON - 5 * MINUTE, NOON));
    assert.ok(counts.add(1, NOON - 4 * MINUTE, NOON));
    assert.deepEqual(counts.rows(NOON).length, 2);
    assert.deepEqual(counts.sums(HOUR, NOON), [0, 2], 'a span longer than all buckets is all of them');
  });

  test('are the sum of what was added within the span, never negative, in bounded memory, also after a save', () => {
    const step = fc.record({ gap: fc.nat(4 * MINUTE), back: fc.nat(8 * MINUTE), column: fc.nat(1) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.nat(200), (steps, reopenAt) => {
        let counts = new RollingCounts(SHAPE);
        let now = NOON;
        const added: [column: number, bucket: number][] = [];
        steps.forEach(({ gap, back, column }, n) => {
          now += gap;
          if (n === reopenAt) counts = new RollingCounts(SHAPE, JSON.parse(JSON.stringify(counts.rows(now))));
          counts.add(column, now - back, now);
          added.push([column, Math.floor((now - back) / MINUTE)]);
          for (const buckets of [1, 3, 5]) {
            const oldest = Math.floor(now / MINUTE) - buckets;
            const wanted = [0, 1].map((of) => added.filter(([c, bucket]) => c === of && bucket > oldest).length);
            assert.deepEqual(counts.sums(buckets * MINUTE, now), wanted);
          }
          assert.ok(counts.rows(now).length <= SHAPE.buckets);
        });
      }),
    );
  });
});

describe('the windows of a guard', () => {
  test('count bounces and deferrals when they happen, over ten minutes, an hour and a day', () => {
    const windows = new GuardWindows();
    for (const fact of ['delivered', 'hard', 'soft', 'deferred', 'deferred'] as const)
      windows.happened(fact, NOON, NOON);
    const later = parts(windows.rates('all', NOON + 30 * MINUTE));
    assert.equal(parts(windows.rates('all', NOON))['bounces 10m'], '1/3');
    assert.equal(later['bounces 10m'], '0/0');
    assert.equal(later['bounces 1h'], '1/3');
    assert.equal(later['deferrals 1h'], '2/5');
    assert.equal(parts(windows.rates('all', NOON + 3 * HOUR))['bounces 1h'], '0/0');
    assert.equal(parts(windows.rates('all', NOON + 23 * HOUR))['bounces 24h'], '1/3');
    assert.equal(parts(windows.rates('all', NOON + DAY))['bounces 24h'], '0/0');
  });

  test('count a complaint with the mail that it is about', () => {
    const windows = new GuardWindows();
    const monday = NOON;
    const thursday = NOON + 3 * DAY;
    for (let n = 0; n < 1000; n += 1) windows.sent('delivered', monday, monday);
    for (let n = 0; n < 10; n += 1) windows.sent('delivered', thursday, thursday);
    for (let n = 0; n < 3; n += 1) windows.sent('complained', monday, thursday);
    const rates = parts(windows.rates('all', thursday));
    assert.equal(rates['complaints 24h'], '0/10', 'thursday’s mail has done nothing');
    assert.equal(rates['complaints 7d'], '3/1010');
    assert.ok(windows.isEmpty(thursday + 8 * DAY));
  });

  test('survive being kept', () => {
    const windows = new GuardWindows();
    windows.happened('hard', NOON, NOON);
    windows.sent('complained', NOON - DAY, NOON);
    const again = new GuardWindows(JSON.parse(JSON.stringify(windows.kept(NOON))));
    assert.deepEqual(again.rates('all', NOON), windows.rates('all', NOON));
  });
});
