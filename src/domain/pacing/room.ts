// How many deliveries of a site may wait in memory, and when those beyond are to come back. Pure.
//
// In memory waits what the site can take within about two seconds, so that a slow one does not fill the window of its lane.
// Of a quick one as much as it takes in twelve: while our own processor is what is short, all sites seem slower than they
// are, and what was put off for that would come back after they had run dry. What is beyond comes back when its turn is
// likely: each delivery put off moves on the clock of its line (a server's deliveries at this site) by the time that one
// takes. Deliveries come back a little early rather than late: early costs one more putting off, late costs time.
import type { SitePace } from './site-pace.ts';

export interface Window {
  /** Deliveries in memory at a time, all sites of the lane together. */
  readonly size: number;
  /** It is nearly full: others wait for room. */
  readonly pressed: boolean;
}

/** A pause that is shorter is waited for in memory. */
export const SHORT_PAUSE_MS = 5000;

/** Deliveries that may wait for the site now; 0 while it is not to be tried for longer than a short pause. */
export function roomFor(pace: SitePace, now: number, window: Window): number {
  if (pace.heldUntil(now) - now > SHORT_PAUSE_MS) return 0;
  const serviceMs = pace.serviceMs();
  if (serviceMs === undefined) return Infinity;
  const usual = window.pressed ? Math.max(LEAST, pace.concurrency) : Math.max(USUAL, USUAL_ROUNDS * pace.concurrency);
  const least = Math.max(1, Math.min(usual, Math.floor(window.size / MOST_OF_WINDOW)));
  const ahead = !pace.learning && serviceMs < QUICK_SERVICE_MS ? QUICK_AHEAD_MS : AHEAD_MS;
  return Math.max(least, Math.floor(ahead / Math.max(serviceMs, MIN_SERVICE_MS)));
}

/** The clock of a line: when what is put off next may come back. */
export interface LineClock {
  nextAt: number;
}

export interface PutOff {
  readonly pace: SitePace;
  readonly now: number;
  /** Deliveries of this line that wait in memory and go first. */
  readonly ahead: number;
  /** Lines that share the site in turn. */
  readonly lines: number;
  readonly random: () => number;
}

/** When the next delivery of the line is to come back; moves its clock on. */
export function putOff(clock: LineClock, { pace, now, ahead, lines, random }: PutOff): number {
  const from = Math.max(now, pace.heldUntil(now));
  const eachMs = Math.max(pace.serviceMs() ?? UNKNOWN_SERVICE_MS, MIN_SERVICE_MS) * lines * EARLY;
  const horizon = from + (pace.learning ? LEARNING_AHEAD_MS : MOST_AHEAD_MS);
  const turn = Math.max(clock.nextAt, from + ahead * eachMs);
  clock.nextAt = Math.min(turn + eachMs, horizon);
  // Those at the horizon are spread, or all of them would come back in one moment.
  const at = turn < horizon ? turn : horizon - (horizon - from) * HORIZON_SPREAD * random();
  return Math.ceil(Math.max(at, now + MIN_AHEAD_MS) + eachMs * random());
}

const AHEAD_MS = 2000;
const QUICK_AHEAD_MS = 12_500;
/** Twenty a second: what takes longer is slow because of the site and not because of us. */
const QUICK_SERVICE_MS = 50;
const USUAL = 32;
const USUAL_ROUNDS = 4;
const LEAST = 8;
/** A slow site has at most this part of the window: a quarter. */
const MOST_OF_WINDOW = 4;
const MIN_SERVICE_MS = 0.1;
const UNKNOWN_SERVICE_MS = 50;
const EARLY = 0.5;
const MIN_AHEAD_MS = 500;
const LEARNING_AHEAD_MS = 15_000;
const MOST_AHEAD_MS = 600_000;
const HORIZON_SPREAD = 0.5;
