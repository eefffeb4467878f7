// Rates with a burst.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTokenBucket } from '../../src/lib/token-bucket.ts';

function bucketAt(capacity: number, perSecond: number) {
  const clock = { time: 1_000_000, now: () => clock.time };
  return { clock, bucket: createTokenBucket({ capacity, perSecond }, clock) };
}

test('a new bucket gives its burst and then nothing', () => {
  const { bucket } = bucketAt(3, 1);
  assert.deepEqual([bucket.take(), bucket.take(), bucket.take(), bucket.take()], [true, true, true, false]);
});

test('tokens come back with time and never above the capacity', () => {
  const { bucket, clock } = bucketAt(2, 4);
  bucket.take(2);
  assert.equal(bucket.waitMs(), 250);
  clock.time += 249;
  assert.equal(bucket.take(), false);
  clock.time += 1;
  assert.equal(bucket.take(), true);
  clock.time += 3_600_000;
  assert.equal(bucket.available(), 2);
});

test('a failed take takes nothing', () => {
  const { bucket } = bucketAt(5, 1);
  assert.equal(bucket.take(6), false);
  assert.equal(bucket.available(), 5);
  assert.equal(bucket.waitMs(6), Infinity);
});

test('a charge goes into debt that later takers wait for', () => {
  const { bucket, clock } = bucketAt(2, 1);
  bucket.charge(5);
  assert.equal(bucket.available(), -3);
  assert.equal(bucket.waitMs(), 4000);
  clock.time += 4000;
  assert.equal(bucket.take(), true);
});

test('a clock that jumps back neither gives nor takes', () => {
  const { bucket, clock } = bucketAt(10, 1);
  bucket.take(10);
  clock.time -= 50_000;
  assert.equal(bucket.available(), 0);
  clock.time += 2000;
  assert.equal(bucket.available(), 2);
});

test('over any span no more is taken than the burst and the rate allow', () => {
  const step = fc.record({ wait: fc.nat(2000), count: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(step),
      (cap, rate, steps) => {
        const { bucket, clock } = bucketAt(cap, rate);
        const start = clock.time;
        let taken = 0;
        for (const { wait, count } of steps) {
          clock.time += wait;
          const wasReady = bucket.waitMs(count) === 0;
          const got = bucket.take(count);
          assert.equal(got, wasReady);
          if (got) taken += count;
        }
        assert.ok(taken <= cap + ((clock.time - start) * rate) / 1000 + 1e-6);
      },
    ),
  );
});

test('waiting as long as it says is always enough', () => {
  const amount = fc.integer({ min: 1, max: 10 });
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 1000, noNaN: true }), amount, (rate, count) => {
      const { bucket, clock } = bucketAt(10, rate);
      bucket.take(10);
      clock.time += bucket.waitMs(count);
      assert.ok(bucket.available() > count - 1e-6);
    }),
  );
});

test('a bucket without capacity or rate is refused', () => {
  assert.throws(() => bucketAt(0, 1), RangeError);
  assert.throws(() => bucketAt(1, 0), RangeError);
  assert.throws(() => bucketAt(NaN, 1), RangeError);
});
