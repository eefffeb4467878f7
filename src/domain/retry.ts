// When a deferred delivery is tried again, and when it is given up.
//
// Waits grow from about a minute to about six hours with jitter; after two days the delivery expires. The last attempt
// is made at the end of that time, so a delivery never expires without having been tried shortly before. Pure: time and
// randomness are passed in. What was wrong, and what an expired delivery becomes, is left to `bounce/classify`.
// RFC 5321 section 4.5.4.1 asks for growing intervals; its 4 to 5 days are shortened, as transactional mail is stale by then.
import { backoffMs, backoffProblem, type Backoff } from '../lib/backoff.ts';

export interface RetrySchedule extends Backoff {
  /** From the first due time to the last attempt, in milliseconds. */
  readonly lifetimeMs: number;
  /**
   * Shortest wait after a lost reply to the final dot, in milliseconds: the far side may still be working on the message,
   * and trying again at once would make the duplicate certain.
   */
  readonly afterUnknownMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const DEFAULT_RETRY: RetrySchedule = {
  baseMs: MINUTE,
  factor: 2,
  maxMs: 6 * HOUR,
  jitter: 0.2,
  lifetimeMs: 48 * HOUR,
  afterUnknownMs: 5 * MINUTE,
};

export interface RetryInput {
  /** Attempts made, the one that has just failed included: 1 or more. */
  readonly attempts: number;
  /** When the first attempt was due. Unix milliseconds. */
  readonly firstDueAt: number;
  readonly now: number;
  readonly schedule: RetrySchedule;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** A wait that the trouble itself asks for, such as `waitHintMs` of a greylisting reply; capped by the longest wait. */
  readonly atLeastMs?: number | undefined;
}

export type NextAttempt = { readonly kind: 'retry'; readonly at: number } | { readonly kind: 'expired' };

export function nextAttempt(input: RetryInput): NextAttempt {
  const { attempts, firstDueAt, now, schedule, random, atLeastMs = 0 } = input;
  const end = firstDueAt + schedule.lifetimeMs;
  if (end - now < schedule.baseMs) return { kind: 'expired' };
  const wait = Math.max(backoffMs(schedule, attempts, random), Math.min(atLeastMs, schedule.maxMs));
  return { kind: 'retry', at: Math.min(now + wait, end) };
}

/** Says what is wrong with a configured schedule; undefined where nothing is. */
export function retryProblem(schedule: RetrySchedule): string | undefined {
  if (!(schedule.lifetimeMs >= schedule.baseMs)) return 'the lifetime must not be shorter than the first wait';
  if (!(schedule.afterUnknownMs >= 0)) return 'the wait after a lost reply must not be negative';
  return backoffProblem(schedule);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR };
const IN_WORDS =
  /\b(?:in|for|after|wait|next)\s(?:about |at least |approximately |another )?(\d{1,5})\s?(s|m|h|secs?|mins?|hrs?|seconds?|minutes?|hours?)\b/i;
const ON_A_CLOCK = /\b(?:in|for|after|wait)\s(\d{1,2}):(\d\d):(\d\d)\b/i;
/** Greylists count from the second of their own clock: come a little later than they say. */
const HINT_MARGIN_MS = 5 * SECOND;

/**
 * The wait in milliseconds that a temporary reply asks for: `Greylisted for 300 seconds`, `come back in 00:04:59`.
 * Undefined where it names none.
 */
export function waitHintMs(text: string): number | undefined {
  const clock = ON_A_CLOCK.exec(text);
  if (clock !== null) {
    const [, hours, minutes, seconds] = clock;
    return Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND + HINT_MARGIN_MS;
  }
  const words = IN_WORDS.exec(text);
  if (words === null) return undefined;
  const unit = UNIT_MS[(words[2] ?? '').charAt(0).toLowerCase()] ?? SECOND;
  return Number(words[1]) * unit + HINT_MARGIN_MS;
}
