// Retries: growing, jittered, bounded, and never given up without a last try.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nominalMs } from '../../src/lib/backoff.ts';
import { DEFAULT_RETRY, nextAttempt, retryProblem, waitHintMs, type RetrySchedule } from '../../src/domain/retry.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);

/** The times of all attempts of a delivery that always fails at once. */
function attemptTimes(schedule: RetrySchedule, random: () => number): number[] {
  const times = [START];
  for (;;) {
    const now = times.at(-1) ?? START;
    const next = nextAttempt({ attempts: times.length, firstDueAt: START, now, schedule, random });
    if (next.kind === 'expired') return times;
    times.push(next.at);
    assert.ok(times.length < 100_000, 'the attempts end');
  }
}

test('the default grows from a minute to six hours and lasts two days', () => {
  const times = attemptTimes(DEFAULT_RETRY, () => 0.5);
  const minutes = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / MINUTE);
  assert.deepEqual(minutes.slice(0, 10), [1, 2, 4, 8, 16, 32, 64, 128, 256, 360]);
  assert.equal(times.at(-1), START + 48 * HOUR);
  assert.ok(times.length >= 14 && times.length <= 20, `${times.length} attempts`);
});

test('an attempt after the end expires, however few there were', () => {
  const late = { attempts: 1, firstDueAt: START, schedule: DEFAULT_RETRY, random: () => 0.5 };
  assert.deepEqual(nextAttempt({ ...late, now: START + 48 * HOUR }), { kind: 'expired' });
  assert.deepEqual(nextAttempt({ ...late, now: START + 60 * HOUR }), { kind: 'expired' });
});

test('shortly before the end the last attempt is set to the end', () => {
  const now = START + 47 * HOUR;
  const next = nextAttempt({ attempts: 15, firstDueAt: START, now, schedule: DEFAULT_RETRY, random: () => 0.5 });
  assert.deepEqual(next, { kind: 'retry', at: START + 48 * HOUR });
});

describe('a wait that the trouble asks for', () => {
  const ask = (atLeastMs: number, attempts = 1): number => {
    const next = nextAttempt({
      attempts,
      firstDueAt: START,
      now: START,
      schedule: DEFAULT_RETRY,
      random: () => 0.5,
      atLeastMs,
    });
    assert.equal(next.kind, 'retry');
    return next.kind === 'retry' ? next.at - START : 0;
  };
  test('lengthens a shorter one', () => assert.equal(ask(5 * MINUTE), 5 * MINUTE));
  test('does not shorten a longer one', () => assert.equal(ask(5 * MINUTE, 6), 32 * MINUTE));
  test('is capped', () => assert.equal(ask(30 * 24 * HOUR), 6 * HOUR));
});

const anySchedule: fc.Arbitrary<RetrySchedule> = fc.record({
  baseMs: fc.integer({ min: 30_000, max: 10 * MINUTE }),
  factor: fc.double({ min: 1, max: 5, noNaN: true }),
  maxMs: fc.integer({ min: 10 * MINUTE, max: 24 * HOUR }),
  jitter: fc.double({ min: 0, max: 0.8, noNaN: true }),
  lifetimeMs: fc.integer({ min: HOUR, max: 10 * HOUR }),
  afterUnknownMs: fc.integer({ min: 0, max: HOUR }),
});
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The same endless sequence of numbers for the same seed. */
function seeded(shares: readonly number[]): () => number {
  let index = 0;
  return () => shares[index++ % shares.length] ?? 0.5;
}

describe('for every schedule', () => {
  test('each wait is within the jitter of a wait that never shrinks, except the last', () => {
    fc.assert(
      fc.property(anySchedule, fc.array(share, { minLength: 1, maxLength: 20 }), (schedule, shares) => {
        assert.equal(retryProblem(schedule), undefined);
        const times = attemptTimes(schedule, seeded(shares));
        for (let made = 1; made < times.length - 1; made += 1) {
          const wait = (times[made] ?? 0) - (times[made - 1] ?? 0);
          const nominal = nominalMs(schedule, made);
          assert.ok(Math.abs(wait - nominal) <= nominal * schedule.jitter + 1, `wait ${made}`);
        }
      }),
    );
  });

  test('no attempt is after the end, and the last one is within a first wait of it', () => {
    fc.assert(
      fc.property(anySchedule, fc.array(share, { minLength: 1, maxLength: 20 }), (schedule, shares) => {
        const times = attemptTimes(schedule, seeded(shares));
        const end = START + schedule.lifetimeMs;
        const last = times.at(-1) ?? 0;
        assert.ok(last <= end && end - last < schedule.baseMs);
      }),
    );
  });

  test('the number of attempts is bounded by the lifetime and the shortest wait', () => {
    fc.assert(
      fc.property(anySchedule, fc.array(share, { minLength: 1, maxLength: 20 }), (schedule, shares) => {
        const shortest = Math.max(1, schedule.baseMs * (1 - schedule.jitter) - 1);
        const times = attemptTimes(schedule, seeded(shares));
        assert.ok(times.length <= schedule.lifetimeMs / shortest + 2);
      }),
    );
  });

  test('a retry is always in the future, even when the clock went back', () => {
    const offset = fc.integer({ min: -100 * HOUR, max: 100 * HOUR });
    fc.assert(
      fc.property(anySchedule, offset, fc.integer({ min: 1, max: 500 }), share, (schedule, passed, attempts, r) => {
        const now = START + passed;
        const next = nextAttempt({ attempts, firstDueAt: START, now, schedule, random: () => r });
        if (next.kind === 'retry') assert.ok(next.at > now && Number.isInteger(next.at));
        else assert.ok(passed > schedule.lifetimeMs - schedule.baseMs);
      }),
    );
  });
});

describe('a reply says how long to wait', () => {
  const cases: readonly (readonly [text: string, ms: number | undefined])[] = [
    ['Greylisted for 300 seconds', 305_000],
    ['Greylisted - please try again in 5 minutes', 305_000],
    ['Greylisting in action, please come back in 00:04:59', 304_000],
    ['come back in 1:00:00', HOUR + 5000],
    ['retry after 60s', 65_000],
    ['please wait 10 min', 10 * MINUTE + 5000],
    ['try again in about 2 hours', 2 * HOUR + 5000],
    ['try again later', undefined],
    ['Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.com.html', undefined],
    ['too many connections from 192.0.2.1', undefined],
    ['mail for 5 recipients', undefined],
  ];
  for (const [text, ms] of cases) test(text, () => assert.equal(waitHintMs(text), ms));
});

test('a schedule that cannot work is named', () => {
  for (const part of [{ lifetimeMs: 1 }, { afterUnknownMs: -1 }, { factor: 0 }, { baseMs: NaN }]) {
    assert.equal(typeof retryProblem({ ...DEFAULT_RETRY, ...part }), 'string', JSON.stringify(part));
  }
  assert.equal(retryProblem(DEFAULT_RETRY), undefined);
});
