// Growing waits: exponential back-off with jitter around the nominal value, so that what failed together does not come
// back together.
//
// Pure: randomness is passed in. Which failures are worth a retry, and when to give up, is left to the caller.

export interface Backoff {
  /** Nominal wait before the second try, in milliseconds; above 0. */
  readonly baseMs: number;
  /** Growth from one wait to the next; at least 1. */
  readonly factor: number;
  /** Cap of the nominal wait, in milliseconds; jitter may go above it. */
  readonly maxMs: number;
  /** Share of the nominal wait by which the result may differ, from 0 to below 1. */
  readonly jitter: number;
}

/**
 * The wait in whole milliseconds after `failures` failed tries (1 or more).
 * Lies within `jitter` of the nominal wait. `random` returns a number from 0 to below 1.
 */
export function backoffMs(backoff: Backoff, failures: number, random: () => number): number {
  const nominal = nominalMs(backoff, failures);
  const offset = backoff.jitter * (2 * random() - 1);
  return Math.max(1, Math.round(nominal * (1 + offset)));
}

/** The wait without jitter. */
export function nominalMs(backoff: Backoff, failures: number): number {
  // The power overflows to Infinity for large counts, which the cap turns into the maximum.
  return Math.min(backoff.maxMs, backoff.baseMs * backoff.factor ** Math.max(0, failures - 1));
}

/** Says what is wrong with a configured back-off; undefined where nothing is. */
export function backoffProblem(backoff: Backoff): string | undefined {
  if (!(backoff.baseMs > 0)) return 'the first wait must be above zero';
  if (!(backoff.factor >= 1)) return 'the growth factor must be at least 1';
  if (!(backoff.maxMs >= backoff.baseMs)) return 'the longest wait must not be shorter than the first';
  if (!(backoff.jitter >= 0 && backoff.jitter < 1)) return 'the jitter must be from 0 to below 1';
  return undefined;
}
