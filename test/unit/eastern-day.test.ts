// Days of statistics are US Eastern with daylight saving (contract management 8.1).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEasternDay } from '../../src/domain/eastern-day.ts';

const DAYS: readonly [at: string, day: string][] = [
  ['2026-01-15T04:59:59.999Z', '2026-01-14'],
  ['2026-01-15T05:00:00.000Z', '2026-01-15'],
  ['2026-07-05T03:59:59.999Z', '2026-07-04'],
  ['2026-07-05T04:00:00.000Z', '2026-07-05'],
  // Clocks go forward on 8 March and back on 1 November 2026: these days have 23 and 25 hours.
  ['2026-03-08T04:59:59.999Z', '2026-03-07'],
  ['2026-03-08T05:00:00.000Z', '2026-03-08'],
  ['2026-03-09T03:59:59.999Z', '2026-03-08'],
  ['2026-03-09T04:00:00.000Z', '2026-03-09'],
  ['2026-11-01T03:59:59.999Z', '2026-10-31'],
  ['2026-11-01T04:00:00.000Z', '2026-11-01'],
  ['2026-11-02T04:59:59.999Z', '2026-11-01'],
  ['2026-11-02T05:00:00.000Z', '2026-11-02'],
  ['2027-01-01T04:59:59.999Z', '2026-12-31'],
  ['2028-02-29T17:00:00.000Z', '2028-02-29'],
];

for (const [at, day] of DAYS) {
  test(`${at} is of ${day}`, () => {
    assert.equal(createEasternDay()(Date.parse(at)), day);
  });
}

test('one who is asked again and again, back and forth, says the same', () => {
  const dayOf = createEasternDay();
  for (const [at, day] of [...DAYS, ...DAYS.toReversed()]) assert.equal(dayOf(Date.parse(at)), day);
});
