// Thresholds from the settings: their defaults, decimals, bounds and order.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from '../../src/main/config.ts';
import { guardThresholds } from '../../src/main/guard-settings.ts';
import { DEFAULT_THRESHOLDS } from '../../src/domain/guard.ts';

const read = (env: Readonly<Record<string, string>>) => readConfig({ env, folder: '/nonexistent' });

describe('the settings of the guards', () => {
  test('are by default what large mailbox providers publish', () => {
    const result = read({});
    assert.ok('config' in result);
    assert.deepEqual(guardThresholds(result.config), DEFAULT_THRESHOLDS);
  });

  test('take percent with decimals', () => {
    const result = read({ BULKHEAD_GUARD_COMPLAINT_WARN: '0.05', BULKHEAD_GUARD_COMPLAINT_STOP: '0.125' });
    assert.ok('config' in result);
    assert.deepEqual(guardThresholds(result.config).complaints, { warn: 0.05, stop: 0.125, minimum: 5 });
  });

  const problems: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    [
      'a warning at the stop',
      { BULKHEAD_GUARD_BOUNCE_WARN: '10' },
      /BOUNCE_WARN is 10 %, but must be below .*BOUNCE_STOP \(10 %\)/,
    ],
    ['a stop below the warning', { BULKHEAD_GUARD_DEFERRAL_STOP: '40' }, /DEFERRAL_WARN is 50 %/],
    ['more than all', { BULKHEAD_GUARD_BOUNCE_STOP: '101' }, /must be a number from 0 to 100/],
    ['less than nothing', { BULKHEAD_GUARD_BOUNCE_STOP: '-1' }, /must be a number from 0 to 100/],
    ['a percent sign', { BULKHEAD_GUARD_BOUNCE_STOP: '10%' }, /must be a number from 0 to 100/],
    ['more than are remembered', { BULKHEAD_GUARD_BULK_RECIPIENTS: '10001' }, /must be a whole number from 0 to 10000/],
    ['a fraction of recipients', { BULKHEAD_GUARD_BOUNCE_MINIMUM: '1.5' }, /must be a whole number/],
  ];
  for (const [name, env, problem] of problems) {
    test(`refuse ${name}`, () => {
      const result = read(env);
      assert.ok('problems' in result);
      assert.equal(result.problems.length, 1);
      assert.match(result.problems[0] ?? '', problem);
    });
  }

  for (const env of [{ BULKHEAD_GUARD_BOUNCE_STOP: '0' }, { BULKHEAD_GUARD_BOUNCE_WARN: '0' }]) {
    test(`${Object.keys(env).join()} of 0 is never, and no matter of order`, () => assert.ok('config' in read(env)));
  }
});
