// Jobs that are ready to go, by the pace of their site: sites in turn, within a site servers in turn, never more at a time
// than the pace, and the lane in all, allow.
//
//   - sites that have not answered yet have at most half of the lane's jobs, so that many dead hosts leave room
//   - what a site cannot take soon is handed back, to be put off: domain/pacing/room.ts says what may wait in memory
//   - one timer for all: for pauses that end, for rates, and for looking at those that wait every half second
//
// Promises: each job is run, handed back, or drained, exactly once. Bounded by the window of the lane, which everything
// here came out of.
import type { Outcome } from '../domain/outcome.ts';
import type { Window } from '../domain/pacing/room.ts';
import { signalOf } from '../domain/pacing/signal.ts';
import type { PaceView } from '../domain/pacing/site-pace.ts';
import type { PaceTuning } from '../domain/pacing/tuning.ts';
import type { Clock } from '../lib/clock.ts';
import type { Site } from '../ports/egress.ts';
import { PaceBook, type Paced, type PutOffJob } from './pace-book.ts';

export interface SiteQueuesOptions<Job> {
  readonly maxJobs: number;
  readonly maxJobsPerSite: number;
  /** Deliveries that the lane has in memory at a time. */
  readonly window: number;
  readonly tuning: PaceTuning;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whose job it is; servers take turns at a site. */
  readonly serverOf: (job: Job) => number;
  /** Does the job; the place is free when it resolves. It must not reject. */
  readonly run: (site: Site, job: Job) => Promise<readonly Outcome[]>;
  /** Takes back jobs that were not started: their site is held, or has more than it can take soon. */
  readonly putOff: (jobs: readonly PutOffJob<Job>[], pace: PaceView) => void;
  /** From 0 to 1: the part of `maxJobs` that is used now. */
  readonly yieldTo?: () => number;
  /** Paces without work that are remembered. */
  readonly maxIdleSites?: number;
}

export interface SiteQueues<Job> {
  add(site: Site, job: Job): void;
  /** Gives back those that were not started; what is added later waits again. */
  takeBack(): readonly Job[];
  /** Starts no more jobs and gives back those that were not started. */
  drain(): readonly Job[];
  readonly book: PaceBook<Placed<Job>>;
  readonly load: () => { readonly jobs: number; readonly waiting: number; readonly sites: number };
}

type Group<Job> = Paced<Placed<Job>>;

/** A job with the site that it goes to; several sites can share a pace. */
export interface Placed<Job> {
  readonly site: Site;
  readonly job: Job;
}

/** Sites without an answer so far have this part of the jobs. */
const UNPROVEN_PART = 0.5;
const LOOK_MS = 500;
const CROWDED_MS = 1000;
const PRESSED_PART = 0.6;
const MAX_IDLE_SITES = 10_000;

export function createSiteQueues<Job>(options: SiteQueuesOptions<Job>): SiteQueues<Job> {
  const { maxJobs, clock, tuning, random } = options;
  const book = new PaceBook<Placed<Job>>({
    tuning,
    random,
    connections: options.maxJobsPerSite,
    maxIdle: options.maxIdleSites ?? MAX_IDLE_SITES,
  });
  /** Those that have a job waiting and may start one, in the order of their turns: sites that have answered, and others. */
  const turns = new Set<Group<Job>>();
  const newcomers = new Set<Group<Job>>();
  let unproven = 0;
  let jobs = 0;
  let most = maxJobs;
  let lastWasNew = false;
  let waiting = 0;
  let draining = false;
  let lookedAt = clock.now();
  let wakeAt = Infinity;
  let cancelTimer = (): void => undefined;

  function add(site: Site, job: Job): void {
    const now = clock.now();
    const paced = book.use(site, now);
    paced.lines.add(options.serverOf(job), { site, job });
    waiting += 1;
    makeRoom(paced, now);
    queueTurn(paced);
    start(now);
    book.rest(paced, now);
    if (waiting > 0) wakeBy(now + LOOK_MS, now);
  }

  function start(now: number): void {
    if (draining) return;
    if (options.yieldTo !== undefined) most = Math.max(1, Math.floor(maxJobs * options.yieldTo()));
    // Where there is one place only, neither kind is always first.
    const [first, second] = lastWasNew ? [turns, newcomers] : [newcomers, turns];
    startFrom(first, now);
    startFrom(second, now);
  }

  function startFrom(set: Set<Group<Job>>, now: number): void {
    for (const paced of set) {
      if (jobs >= most || (set === newcomers && unproven >= Math.max(1, most * UNPROVEN_PART))) return;
      set.delete(paced);
      const at = paced.pace.startAt(now);
      if (at > now) {
        wakeBy(at, now);
        continue;
      }
      const next = paced.lines.next();
      if (next === undefined) continue;
      waiting -= 1;
      begin(paced, next, now);
      // A set visits what is added during the walk: the site comes again after the others.
      queueTurn(paced);
    }
  }

  function begin(paced: Group<Job>, { site, job }: Placed<Job>, now: number): void {
    const newcomer = !paced.pace.proven;
    lastWasNew = newcomer;
    if (newcomer) unproven += 1;
    jobs += 1;
    paced.pace.started(now);
    void options.run(site, job).then((outcomes) => {
      if (newcomer) unproven -= 1;
      jobs -= 1;
      ended(paced, outcomes, now);
    });
  }

  function ended(paced: Group<Job>, outcomes: readonly Outcome[], startedAt: number): void {
    const now = clock.now();
    paced.pace.ended(signalOf(outcomes), startedAt, now);
    if (paced.lines.size > 0) {
      makeRoom(paced, now);
      queueTurn(paced);
    }
    start(now);
    book.rest(paced, now);
  }

  function queueTurn(paced: Group<Job>): void {
    const { proven } = paced.pace;
    (proven ? newcomers : turns).delete(paced);
    if (paced.lines.size > 0) (proven ? turns : newcomers).add(paced);
  }

  /** Only from sites that are held, or crowded for a second: a moment in which we ourselves stood still is neither. */
  function makeRoom(paced: Group<Job>, now: number): void {
    if (draining || (paced.crowdedMs < CROWDED_MS && paced.pace.heldUntil(now) === 0)) return;
    const off = book.shed(paced, now, windowNow());
    if (off.length === 0) return;
    waiting -= off.length;
    options.putOff(
      off.map(({ job, dueAt }) => ({ job: job.job, dueAt })),
      paced.pace.view(now),
    );
  }

  function windowNow(): Window {
    return { size: options.window, pressed: waiting + jobs > options.window * PRESSED_PART };
  }

  /** Whatever waits is looked at by then. */
  function wakeBy(at: number, now: number): void {
    if (at >= wakeAt || draining) return;
    cancelTimer();
    wakeAt = at;
    cancelTimer = clock.after(Math.max(1, Math.ceil(at - now)), look);
  }

  function look(): void {
    wakeAt = Infinity;
    const now = clock.now();
    const passed = Math.min(now - lookedAt, LOOK_MS);
    lookedAt = now;
    for (const paced of [...book.busy]) {
      book.waited(paced, passed, now, windowNow());
      if (paced.lines.size === 0) continue;
      makeRoom(paced, now);
      queueTurn(paced);
      book.rest(paced, now);
    }
    start(now);
    if (waiting > 0) wakeBy(now + LOOK_MS, now);
  }

  function takeBack(): readonly Job[] {
    const taken = [...book.busy].flatMap((paced) => {
      const own = paced.lines.drain();
      queueTurn(paced);
      book.rest(paced, clock.now());
      return own;
    });
    waiting = 0;
    return taken.map(({ job }) => job);
  }

  function drain(): readonly Job[] {
    draining = true;
    cancelTimer();
    return takeBack();
  }

  return { add, takeBack, drain, book, load: () => ({ jobs, waiting, sites: book.busyCount }) };
}
