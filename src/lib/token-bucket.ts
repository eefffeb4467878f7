// A token bucket: a rate with a burst. Tokens come back evenly with time up to the capacity; taking never waits, it says
// whether it may go on or how long it would have to wait.
//
// State is two numbers, so a bucket per key is cheap; keep the buckets themselves in a bounded cache. Time is passed in;
// a clock that jumps back gives no tokens and takes none away.
import type { Clock } from './clock.ts';

export interface TokenBucketOptions {
  /** Most tokens that can be saved up: the burst. Above 0. */
  readonly capacity: number;
  /** Tokens per second; above 0. */
  readonly perSecond: number;
}

export interface TokenBucket {
  /** Takes `count` tokens (default 1) if there are as many; false, and nothing taken, otherwise. */
  take(count?: number): boolean;
  /** Takes `count` tokens even into debt, for work that has already happened; later takers wait for the debt. */
  charge(count?: number): void;
  /** Milliseconds until `count` tokens are there: 0 now, Infinity where the capacity is too small. */
  waitMs(count?: number): number;
  /** Tokens at hand; negative while in debt. */
  available(): number;
}

const SECOND_MS = 1000;

export function createTokenBucket(options: TokenBucketOptions, clock: Pick<Clock, 'now'>): TokenBucket {
  const { capacity, perSecond } = options;
  if (!(capacity > 0) || !(perSecond > 0)) throw new RangeError('a token bucket needs a capacity and a rate above 0');
  let tokens = capacity;
  let last = clock.now();

  const refill = (): number => {
    const now = clock.now();
    if (now > last) tokens = Math.min(capacity, tokens + ((now - last) * perSecond) / SECOND_MS);
    last = now;
    return tokens;
  };

  return {
    take(count = 1) {
      if (refill() < count) return false;
      tokens -= count;
      return true;
    },
    charge(count = 1) {
      tokens = refill() - count;
    },
    waitMs(count = 1) {
      if (count > capacity) return Infinity;
      const missing = count - refill();
      return missing <= 0 ? 0 : Math.ceil((missing / perSecond) * SECOND_MS);
    },
    available: refill,
  };
}
