// When a sending domain is looked at again by itself: often while something is awaited or missing, else once a day, each at
// a time of its own.
import type { DkimKey } from './dkim-key.ts';
import type { SendingDomain } from './sender.ts';

export interface CheckRules {
  readonly now: number;
  /** Between two looks at a domain that is in order. */
  readonly everyMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/**
 * Not at once: who asks before the record is published makes resolvers remember for hours that there is none
 * (RFC 2308 section 5).
 */
const FIRST_LOOK_MS = 15 * MINUTE_MS;
const AWAITED_MS = 15 * MINUTE_MS;
/** For so long a record that was asked for is awaited. */
const AWAITED_FOR_MS = 2 * DAY_MS;
const MISSING_MS = 60 * MINUTE_MS;
const JITTER = 0.1;

/** After something was asked for that has to be published. */
export function firstLookAt(now: number, everyMs: number): number {
  return now + Math.min(FIRST_LOOK_MS, everyMs);
}

/** Undefined where nothing is to be seen: the operator vouches for it, and nothing is awaited. */
export function nextLookAt(
  domain: SendingDomain,
  keys: readonly DkimKey[],
  { now, everyMs, random }: CheckRules,
): number | undefined {
  const pending = keys.filter(({ state }) => state === 'pending');
  const awaitsReturnPath = domain.returnPathDomain !== undefined;
  if (domain.proof === 'operator' && pending.length === 0 && !awaitsReturnPath) return undefined;
  const isAwaited = pending.some(({ createdAt }) => now < createdAt + AWAITED_FOR_MS);
  const wait = Math.min(
    isAwaited ? AWAITED_MS : domain.watch.missingSince === undefined ? everyMs : MISSING_MS,
    everyMs,
  );
  return Math.round(now + wait * (1 - JITTER + 2 * JITTER * random()));
}
