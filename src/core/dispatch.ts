// The heart of a lane: what is due is leased, finds its site, is delivered and settled, within bounds.
//
//   1. lease what is due, up to the window (lease-window)
//   2. answer test recipients at once; route each domain, the domains of a message together, so that those that share a
//      site go in one transaction (place)
//   3. keep jobs by the pace of their site and start them in turn, within the bounds (site-queues); what a site cannot take
//      soon is put off until it can (put-off)
//   4. deliver, settle, and let go of the lease
import { deliver, testOutcome, type DeliverDeps, type Delivered, type Job } from './deliver.ts';
import type { HeldStreams } from './held-streams.ts';
import { createLeaseWindow, type WindowOptions } from './lease-window.ts';
import { countPaces, laneSites, whyWaiting, type LaneSite, type PaceCounts, type WaitReason } from './lane-sites.ts';
import { arrange, routeOutcome, type Routed } from './place.ts';
import { createPutOff } from './put-off.ts';
import type { TlsRoute, TlsSite } from './route-with-tls.ts';
import { settle, type SettleDeps } from './settle.ts';
import { siteForMessage } from './site-for-message.ts';
import { createSiteQueues } from './site-queues.ts';
import type { Message } from '../domain/message.ts';
import type { Outcome } from '../domain/outcome.ts';
import { paceTuning } from '../domain/pacing/tuning.ts';
import { backoffMs, type Backoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Site } from '../ports/egress.ts';
import type { LaneQueue, Lease } from '../ports/lane-queue.ts';

export interface DispatchOptions extends WindowOptions {
  readonly maxJobs: number;
  readonly maxJobsPerSite: number;
  /** How long the domains of one message wait for each other's DNS answers, to share a transaction. */
  readonly groupWaitMs: number;
  /** From 0 to 1: the part of `maxJobs` that the lane uses now, so that it yields to more urgent mail; never below one. */
  readonly yieldTo?: () => number;
  /** Sites without work whose pace is remembered. */
  readonly maxIdleSites?: number;
}

export interface DispatchDeps extends DeliverDeps, SettleDeps {
  readonly queue: LaneQueue;
  readonly route: (domain: string) => Promise<TlsRoute>;
  readonly clock: Clock;
  readonly log: Log;
  readonly options: DispatchOptions;
  readonly onSettled: (outcomes: readonly Outcome[]) => void;
  /** Until when so many recipients at the site must wait for an address that may send to them. Unix milliseconds. */
  readonly spentUntil?: (site: Site, recipients: number) => number | undefined;
  /** Streams that are paused: what was leased of them and is not begun goes back to the queue. */
  readonly held?: Pick<HeldStreams, 'isHeld' | 'lively'>;
  /** A first attempt begins, so many milliseconds after its message was accepted. */
  readonly onFirstAttempt?: (waitedMs: number) => void;
}

export interface Dispatcher {
  /** Something may have become due: call after each append. Cheap, may be called often. */
  wake(): void;
  /** With a reason: nothing more is leased or tried, and what was not tried yet is due again. Undefined: it goes on. */
  pause(reason: string | undefined): void;
  /** Takes no more work, lets jobs in flight end within `graceMs`, then aborts them; what was not tried is due again. */
  stop(graceMs: number): Promise<void>;
  readonly load: () => DispatchLoad;
  /** Sites with their pace: those with trouble or work first. */
  readonly sites: (limit: number) => readonly LaneSite[];
  /** Which site the deliveries to this domain go to, and what holds them. Asks DNS where the answer is not cached. */
  readonly whyWaiting: (domain: string) => Promise<WaitReason>;
}

export interface DispatchLoad {
  readonly leased: number;
  /** Transactions under way, and those ready that wait for their turn. */
  readonly jobs: number;
  readonly waiting: number;
  /** Sites with work. */
  readonly sites: number;
  /** Sites remembered, by the state of their pace. */
  readonly paces: PaceCounts;
  /** Deliveries put off untried since the start. */
  readonly putOff: number;
  /** Why nothing is sent, where nothing is. */
  readonly paused: string | undefined;
}

interface ReadyJob {
  readonly message: Message;
  readonly raw: Uint8Array;
  readonly leases: readonly Lease[];
}

/** Where captured mail "goes": one site, because there is one inbox. */
const CAPTURE_SITE: Site = { key: 'capture', hosts: [] };
const WRITE_RETRY: Backoff = { baseMs: 100, factor: 2, maxMs: 10_000, jitter: 0.2 };

export function createDispatcher(deps: DispatchDeps): Dispatcher {
  const { queue, clock, log, options } = deps;
  const abort = new AbortController();
  const underWay = new Set<Promise<void>>();
  let stopping = false;
  let paused: string | undefined;

  const window = createLeaseWindow({ queue, clock, log, options, onLeased: (group) => track(place(lively(group))) });
  const sites = createSiteQueues<ReadyJob>({
    ...options,
    tuning: paceTuning(deps.schedule),
    clock,
    random: deps.random,
    serverOf: ({ message }) => message.serverId,
    run: (site, job) => {
      if (isHeld(job) || isSpent(site, job)) return Promise.resolve([]);
      const delivered = attempt(site, job);
      // Settling waits for the disk, which is no reason to keep others from the site.
      track(
        delivered.then((result) => (isUntried(result) && isSpent(site, job) ? undefined : finish(job.leases, result))),
      );
      return delivered.then(({ outcomes }) => outcomes);
    },
    putOff: (jobs, pace) =>
      putOff.take(
        jobs.flatMap(({ job, dueAt }) => job.leases.map((lease) => ({ lease, dueAt }))),
        pace,
      ),
  });
  const putOff = createPutOff({
    schedule: deps.schedule,
    now: () => clock.now(),
    postpone: (items) => insist('putting off', () => queue.postpone(items)),
    letGo: (leases, nextDueAt) => window.letGo(leases, nextDueAt),
    giveUp: (lease, outcomes) => track(finish([lease], { outcomes, captured: undefined })),
    track,
  });

  function lively(group: readonly Lease[]): readonly Lease[] {
    return deps.held?.lively(group) ?? group;
  }

  /** Gives back what a pause of its stream has overtaken. */
  function isHeld({ message, leases }: ReadyJob): boolean {
    if (deps.held?.isHeld(message) !== true) return false;
    giveBack(leases);
    return true;
  }

  /** Test recipients are answered here; the others find their site. */
  async function place(group: readonly Lease[]): Promise<void> {
    const real: Lease[] = [];
    for (const item of group) {
      const outcomes = item.recipients.map((index) => testOutcome(deps, item.message, index));
      if (outcomes.every((outcome) => outcome !== undefined)) await finish([item], { outcomes, captured: undefined });
      else real.push(item);
    }
    const [first] = real;
    if (first === undefined) return;
    if (deps.captures) return ready(CAPTURE_SITE, real);
    if (real.length === 1) return go(routeTo(first.domain), real);
    await Promise.all(arrange(await routes(real)).map(({ route, leases }) => go(route, leases)));
  }

  /** Routes of a message's domains; those that are late go on alone. */
  async function routes(leases: readonly Lease[]): Promise<readonly Routed[]> {
    const pending = leases.map((lease) => ({ lease, route: routeTo(lease.domain) }));
    const late = new Promise<undefined>((resolve) => clock.after(options.groupWaitMs, () => resolve(undefined)));
    return Promise.all(
      pending.map(async ({ lease, route }) => ({ lease, route: (await Promise.race([route, late])) ?? route })),
    );
  }

  /** As with an attempt: a failure of our own is temporary. */
  function routeTo(domain: string): Promise<TlsRoute> {
    return deps.route(domain).catch((error: unknown) => {
      log.error({ err: error, domain }, 'looking for a route failed unexpectedly');
      return { kind: 'temporary', reason: INTERNAL.detail };
    });
  }

  async function go(pending: TlsRoute | Promise<TlsRoute>, leases: readonly Lease[]): Promise<void> {
    const route = await pending;
    if (route.kind === 'site') return ready(siteOf(route, leases), leases);
    const outcome = routeOutcome(route);
    await finish(leases, {
      outcomes: leases.flatMap((item) => item.recipients.map(() => outcome)),
      captured: undefined,
    });
  }

  function siteOf(route: TlsSite, leases: readonly Lease[]): Site {
    const message = leases[0]?.message;
    return message === undefined ? route : siteForMessage(route, message, () => leases.map(({ domain }) => domain));
  }

  function ready(site: Site, leases: readonly Lease[]): void {
    const first = leases[0];
    if (first === undefined) return;
    if (paused !== undefined) giveBack(leases);
    else sites.add(site, { message: first.message, raw: first.raw, leases });
  }

  /** Puts off what no address may send to the site today, and says so. */
  function isSpent(site: Site, { leases }: ReadyJob): boolean {
    const recipients = leases.reduce((sum, lease) => sum + lease.recipients.length, 0);
    const until = deps.spentUntil?.(site, recipients);
    if (until === undefined) return false;
    const now = clock.now();
    const dueAt = Math.min(until + deps.random() * SPREAD_MS, now + LOOK_AGAIN_MS * (0.5 + deps.random()));
    putOff.take(
      leases.map((lease) => ({ lease, dueAt })),
      SPENT,
    );
    return true;
  }

  /** Recipients of a job that are test addresses keep their test outcome; the others are really tried. */
  async function attempt(site: Site, ready: ReadyJob): Promise<Delivered> {
    if (ready.leases[0]?.attempts === 0) deps.onFirstAttempt?.(clock.now() - ready.message.acceptedAt);
    const indexes = ready.leases.flatMap((item) => item.recipients);
    const tests = indexes.map((index) => testOutcome(deps, ready.message, index));
    const recipients = indexes.filter((_, position) => tests[position] === undefined);
    const real = await tried({ message: ready.message, raw: ready.raw, recipients, site });
    const left = real.outcomes.values();
    return { outcomes: tests.map((test) => test ?? left.next().value ?? INTERNAL), captured: real.captured };
  }

  /** A failure of our own is temporary by definition: the message stays, and a person reads the log. */
  async function tried(job: Job): Promise<Delivered> {
    try {
      return await deliver(deps, job, abort.signal);
    } catch (error) {
      log.error(
        { err: error, messageId: job.message.id, stream: job.message.streamId },
        'delivery failed unexpectedly',
      );
      return { outcomes: job.recipients.map(() => INTERNAL), captured: undefined };
    }
  }

  async function finish(leases: readonly Lease[], { outcomes, captured }: Delivered): Promise<void> {
    const now = clock.now();
    let from = 0;
    const settlements = leases.map((item, position) => {
      const own = outcomes.slice(from, (from += item.recipients.length));
      return settle(deps, { lease: item, outcomes: own, captured: position === 0 ? captured : undefined, now });
    });
    if (!(await insist('settling', () => queue.settle(settlements)))) return;
    const dueAgain = settlements.flatMap(({ requeue }) => requeue?.dueAt ?? []);
    window.letGo(leases, dueAgain.length > 0 ? Math.min(...dueAgain) : undefined);
    deps.onSettled(outcomes);
  }

  /** What happened must be written down: tried until it is, or until the process ends and the deliveries are due again. */
  async function insist(what: string, write: () => Promise<void>): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await write();
        return true;
      } catch (error) {
        log.error({ err: error, failures }, `${what} failed; trying again`);
        if (stopping) return false;
        const wait = backoffMs(WRITE_RETRY, failures, deps.random);
        await new Promise<void>((resolve) => clock.after(wait, resolve));
      }
    }
  }

  function pause(reason: string | undefined): void {
    if (reason === paused) return;
    paused = reason;
    window.pause(reason !== undefined);
    if (reason !== undefined) giveBack(sites.takeBack().flatMap((job) => job.leases));
  }

  /** Untried, and due at once. */
  function giveBack(leases: readonly Lease[]): void {
    if (leases.length === 0) return;
    const released = queue.release(leases.map(({ deliveryId }) => deliveryId));
    track(released.then(() => window.letGo(leases, undefined)));
  }

  async function why(domain: string): Promise<WaitReason> {
    if (paused !== undefined) return { hold: { kind: 'paused', reason: paused } };
    if (deps.captures) return whyWaiting(sites.book, CAPTURE_SITE, clock.now());
    const route = await deps.route(domain);
    if (route.kind !== 'site') return {};
    const until = deps.spentUntil?.(route, 1);
    const waits = whyWaiting(sites.book, route, clock.now());
    return until === undefined ? waits : { ...waits, hold: { kind: 'warm-up', reason: SPENT.reason, until } };
  }

  function track(promise: Promise<void>): void {
    const watched = promise.catch((error: unknown) => log.error({ err: error }, 'dispatch failed unexpectedly'));
    underWay.add(watched);
    void watched.then(() => underWay.delete(watched));
  }

  async function stop(graceMs: number): Promise<void> {
    stopping = true;
    const cancel = clock.after(graceMs, () => abort.abort());
    await window.stop();
    const untried = sites.drain().flatMap((job) => job.leases);
    await queue.release(untried.map((item) => item.deliveryId));
    while (underWay.size > 0) await Promise.all(underWay);
    cancel();
  }

  return {
    wake: () => window.wake(),
    stop,
    pause,
    load: () => ({
      leased: window.leased(),
      ...sites.load(),
      paces: countPaces(sites.book, clock.now()),
      putOff: putOff.total(),
      paused,
    }),
    sites: (limit) => laneSites(sites.book, limit, clock.now()),
    whyWaiting: why,
  };
}

/** No host was tried: there was no address to try it from. */
function isUntried({ outcomes }: Delivered): boolean {
  return outcomes.every(({ kind, peer, phase }) => kind === 'deferred' && peer === undefined && phase === 'route');
}

/** What waits for the next day comes back over this time, and not all at its first second. */
const SPREAD_MS = 600_000;
/** It is looked at before: the pool may have got another address meanwhile, or the plan its end. */
const LOOK_AGAIN_MS = 1_800_000;
const SPENT = {
  state: 'open',
  reason: "the pool's addresses that warm up have sent to it what they may on this day",
} as const;

const INTERNAL = {
  kind: 'deferred',
  peer: undefined,
  phase: 'route',
  reply: undefined,
  detail: 'an internal error; see the log of the server',
} satisfies Outcome;
