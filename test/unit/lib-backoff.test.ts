// Waits between tries: growth, cap, jitter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs, backoffProblem, nominalMs } from '../../src/lib/backoff.ts';

const backoff = { baseMs: 1000, factor: 2, maxMs: 60_000, jitter: 0.25 };
const middle = (): number => 0.5;

test('the wait doubles from the base up to the cap', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 500, 5000].map((failures) => backoffMs(backoff, failures, middle));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

test('a count of zero waits like the first failure', () => {
  assert.equal(backoffMs(backoff, 0, middle), 1000);
});

test('the extremes of randomness give the edges of the jitter', () => {
  assert.equal(
    backoffMs(backoff, 1, () => 0),
    750,
  );
  assert.equal(
    backoffMs(backoff, 1, () => 0.999_999_9),
    1250,
  );
});

test('a wait is a positive whole number within the jitter, and the nominal wait never shrinks', () => {
  const anyBackoff = fc.record({
    baseMs: fc.integer({ min: 1, max: 100_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    maxMs: fc.integer({ min: 100_000, max: 100_000_000 }),
    jitter: fc.double({ min: 0, max: 0.99, noNaN: true }),
  });
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(anyBackoff, fc.integer({ min: 1, max: 2000 }), share, (any, failures, r) => {
      assert.equal(backoffProblem(any), undefined);
      const nominal = nominalMs(any, failures);
      const wait = backoffMs(any, failures, () => r);
      assert.ok(Number.isInteger(wait) && wait >= 1);
      assert.ok(Math.abs(wait - nominal) <= nominal * any.jitter + 1);
      assert.ok(nominalMs(any, failures + 1) >= nominal);
      assert.ok(nominal <= any.maxMs);
    }),
  );
});

test('a configuration that cannot work is named', () => {
  const wrong = [{ baseMs: 0 }, { factor: 0.5 }, { maxMs: 10 }, { jitter: 1 }, { jitter: -0.1 }, { baseMs: NaN }];
  for (const part of wrong)
    assert.equal(typeof backoffProblem({ ...backoff, ...part }), 'string', JSON.stringify(part));
});
