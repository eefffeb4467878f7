// The numbers of the pace. Its waits follow the lane's retry schedule, so that an operator who wants retries soon gets
// them soon: a site that was not reachable is looked at again after the first wait of a message.
import type { RetrySchedule } from '../retry.ts';

export interface PaceTuning {
  /** First pause in milliseconds where no rule names one; it doubles while the trouble repeats. */
  readonly throttledMs: number;
  readonly overloadedMs: number;
  readonly blockedMs: number;
  readonly unreachableMs: number;
  /** Longest pause of a site that cannot be reached, and of all others. */
  readonly maxUnreachableMs: number;
  readonly maxPauseMs: number;
  /** Failed attempts to reach any host, one after the other, until the site counts as unreachable. */
  readonly unreachableAfter: number;
  /** After trouble: one connection more in this time, once half of what it was is reached again. */
  readonly growEveryMs: number;
  /** A rate that a rule imposed becomes a quarter higher in this time. */
  readonly loosenEveryMs: number;
  /** A level of trouble is forgotten after this time without any. */
  readonly forgetMs: number;
  /** Slower than usual means: this many times the best, and this many milliseconds more. */
  readonly slowFactor: number;
  readonly slowMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export function paceTuning({ baseMs, maxMs }: Pick<RetrySchedule, 'baseMs' | 'maxMs'>): PaceTuning {
  return {
    throttledMs: Math.min(15 * SECOND, baseMs / 4),
    overloadedMs: Math.min(5 * SECOND, baseMs / 12),
    blockedMs: Math.min(HOUR, maxMs),
    unreachableMs: Math.min(MINUTE, baseMs),
    maxUnreachableMs: Math.min(HOUR, maxMs),
    maxPauseMs: maxMs,
    unreachableAfter: 3,
    growEveryMs: Math.min(10 * SECOND, baseMs / 6),
    loosenEveryMs: Math.min(MINUTE, baseMs),
    forgetMs: Math.min(5 * MINUTE, baseMs * 5),
    slowFactor: 4,
    slowMs: 2 * SECOND,
  };
}
