// When a rate is a warning, when it is a stop, and what is said of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_THRESHOLDS, easing, judge, stopReason, type Rate, type Span } from '../../src/domain/guard.ts';

const rate = (measure: Rate['measure'], part: number, whole: number, span: Span = '24h', provider = 'all'): Rate => ({
  measure,
  provider,
  span,
  part,
  whole,
});

describe('a guard judges', () => {
  const table: readonly [string, Rate, 'fine' | 'warn' | 'stop'][] = [
    ['one hard bounce of three is too little to judge', rate('bounces', 1, 3), 'fine'],
    ['all of 99 are too little, too', rate('bounces', 99, 99), 'fine'],
    ['50 of the first 100', rate('bounces', 50, 100), 'stop'],
    ['10 of 100', rate('bounces', 10, 100), 'stop'],
    ['9 of 100', rate('bounces', 9, 100), 'warn'],
    ['5 of 100', rate('bounces', 5, 100), 'warn'],
    ['4.9 % of many', rate('bounces', 4900, 100_000), 'fine'],
    ['a bad quarter of an hour of a good day needs five times as many', rate('bounces', 60, 499, '10m'), 'fine'],
    ['and then stops', rate('bounces', 60, 500, '10m'), 'stop'],
    ['a bad hour needs twice as many', rate('bounces', 60, 199, '1h'), 'fine'],
    ['and stops at 200', rate('bounces', 60, 200, '1h'), 'stop'],
    ['four complaints are too few', rate('complaints', 4, 10), 'fine'],
    ['0.1 % complaints', rate('complaints', 5, 5000), 'warn'],
    ['just below it', rate('complaints', 5, 5001), 'fine'],
    ['0.3 % complaints', rate('complaints', 6, 2000), 'stop'],
    ['just below it', rate('complaints', 6, 2001), 'warn'],
    ['a week is judged like a day', rate('complaints', 300, 100_000, '7d'), 'stop'],
    ['complaints without deliveries are 100 %', rate('complaints', 5, 0), 'stop'],
    ['half of the attempts put off', rate('deferrals', 100, 200), 'warn'],
    ['even all of them stop nothing unless it is asked for', rate('deferrals', 1000, 1000), 'warn'],
    ['nothing at all', rate('bounces', 0, 0), 'fine'],
  ];
  for (const [name, measured, wanted] of table) {
    test(`${name}: ${wanted}`, () => assert.equal(judge([measured], DEFAULT_THRESHOLDS).kind, wanted));
  }

  test('by the worst of all rates, and a stop outweighs every warning', () => {
    const small = rate('bounces', 6, 100, '24h', 'google');
    const worse = rate('bounces', 9, 100, '24h', 'yahoo');
    const stops = rate('bounces', 10, 100, '24h', 'gmx');
    const far = rate('deferrals', 200, 200);
    assert.deepEqual(judge([small, worse], DEFAULT_THRESHOLDS), { kind: 'warn', rate: worse, threshold: 5 });
    assert.deepEqual(judge([far, stops, small], DEFAULT_THRESHOLDS), { kind: 'stop', rate: stops, threshold: 10 });
  });

  test('a threshold of 0 as never', () => {
    const off = { ...DEFAULT_THRESHOLDS, bounces: { warn: 0, stop: 0, minimum: 1 } };
    assert.equal(judge([rate('bounces', 100, 100)], off).kind, 'fine');
  });

  test('deferrals as a stop where a threshold is set', () => {
    const strict = { ...DEFAULT_THRESHOLDS, deferrals: { warn: 50, stop: 95, minimum: 200 } };
    assert.equal(judge([rate('deferrals', 190, 200)], strict).kind, 'stop');
  });

  test('by four fifths of the thresholds where it eases', () => {
    assert.equal(judge([rate('bounces', 4, 100)], easing(DEFAULT_THRESHOLDS)).kind, 'warn');
    assert.equal(judge([rate('bounces', 3, 100)], easing(DEFAULT_THRESHOLDS)).kind, 'fine');
  });
});

test('the reason of a stop has the numbers, the provider, the threshold, and what to do', () => {
  assert.equal(
    stopReason(rate('bounces', 1250, 5000, '1h', 'google'), 10, '7 broadcast'),
    "Hard bounces are 25 % (1,250 of 5,000 recipients at google in the last hour), and a stream is paused from 10 % on: take the addresses that do not exist out of the list and find out where it came from, then run 'bulkhead stream resume 7 broadcast'",
  );
  assert.match(
    stopReason(rate('complaints', 7, 2001, '7d'), 0.3, '7 broadcast'),
    /^Complaints are 0\.35 % \(7 of 2,001 deliveries in the last 7 days\), and a stream is paused from 0\.3 % on: .*'bulkhead stream resume 7 broadcast'$/,
  );
});
