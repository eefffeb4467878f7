// The heart of a lane: leases due deliveries, finds their sites, and keeps a bounded number of jobs going per site and in
// all. Due work beyond the window stays in the queue; nothing here grows with its length.
//
//   1. lease what is due, up to the window
//   2. answer test recipients at once; route each domain (a message's domains together, so that those that share a site
//      go in one transaction)
//   3. put jobs into the ready queue of their site; start them round robin over the sites, within the bounds
//   4. deliver, settle, and go on; when nothing is due, sleep until the earliest due time or until woken
import { deliver, testOutcome, type DeliverDeps, type Delivered, type Job } from './deliver.ts';
import { settle, type SettleDeps } from './settle.ts';
import { classifyRoute } from '../domain/bounce/classify.ts';
import type { Message } from '../domain/message.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Route } from '../mail/dns/mx.ts';
import type { LaneQueue, Lease } from '../ports/lane-queue.ts';
import type { Site } from '../ports/egress.ts';

export interface DispatchOptions {
  /** Deliveries leased at a time, waiting and in flight. */
  readonly window: number;
  /** Bytes of bodies in memory for them. */
  readonly windowBytes: number;
  readonly maxJobs: number;
  readonly maxJobsPerSite: number;
  /** How long the domains of one message wait for each other's DNS answers, to share a transaction. */
  readonly groupWaitMs: number;
}

export interface DispatchDeps extends DeliverDeps, SettleDeps {
  readonly queue: LaneQueue;
  readonly route: (domain: string) => Promise<Route>;
  readonly clock: Clock;
  readonly log: Log;
  readonly options: DispatchOptions;
  readonly onSettled: (outcomes: readonly Outcome[]) => void;
}

export interface Dispatcher {
  /** Something may have become due: call after each append. Cheap, may be called often. */
  wake(): void;
  /** Takes no more work, lets jobs in flight end within `graceMs`, then aborts them; leases not tried are released. */
  stop(graceMs: number): Promise<void>;
  readonly load: () => { readonly leased: number; readonly jobs: number; readonly sites: number };
}

interface ReadyJob {
  readonly message: Message;
  readonly raw: Uint8Array;
  readonly leases: Lease[];
}

interface SiteState {
  readonly site: Site;
  readonly ready: ReadyJob[];
  active: number;
}

/** Where captured mail "goes": one site, because there is one inbox. */
const CAPTURE_SITE: Site = { key: 'capture', hosts: [] };

export function createDispatcher(deps: DispatchDeps): Dispatcher {
  const { queue, clock, log, options } = deps;
  const sites = new Map<string, SiteState>();
  const abort = new AbortController();
  const running = new Set<Promise<void>>();
  /** Bytes that each leased delivery holds in memory. */
  const weights = new Map<number, number>();
  const state = {
    leased: 0,
    bytes: 0,
    jobs: 0,
    leasing: false,
    again: false,
    stopping: false,
    cancelTimer: (): void => undefined,
  };

  function wake(): void {
    state.again = true;
    if (!state.leasing && !state.stopping) track(lease());
  }

  async function lease(): Promise<void> {
    state.leasing = true;
    try {
      while (state.again && !state.stopping) {
        const room = options.window - state.leased;
        if (room <= 0 || state.bytes >= options.windowBytes) break;
        state.again = false;
        const leases = await queue.lease(room, clock.now());
        if (leases.length > 0) state.again = true;
        for (const group of byMessage(leases)) {
          hold(group);
          track(place(group));
        }
      }
    } catch (error) {
      log.error({ err: error }, 'leasing failed; trying again in a second');
      sleep(clock.now() + 1000);
      return;
    } finally {
      state.leasing = false;
    }
    if (state.leased < options.window && !state.stopping) sleep((await queue.depth()).nextDueAt);
  }

  /** The deliveries of a message share its body: each weighs its part. */
  function hold(group: readonly Lease[]): void {
    for (const { deliveryId, raw } of group) weights.set(deliveryId, raw.length / group.length);
    state.leased += group.length;
    state.bytes += group[0]?.raw.length ?? 0;
  }

  function letGo(leases: readonly Lease[]): void {
    for (const { deliveryId } of leases) {
      state.bytes -= weights.get(deliveryId) ?? 0;
      weights.delete(deliveryId);
    }
    state.leased -= leases.length;
  }

  function sleep(until: number | undefined): void {
    state.cancelTimer();
    if (until === undefined || state.stopping) return;
    state.cancelTimer = clock.after(Math.min(Math.max(until - clock.now(), 1), MAX_SLEEP_MS), wake);
  }

  /** Test recipients are answered here; the others find their site. */
  async function place(group: readonly Lease[]): Promise<void> {
    const real: Lease[] = [];
    for (const item of group) {
      const outcomes = item.recipients.map((index) => testOutcome(deps, item.message, index));
      if (outcomes.every((outcome) => outcome !== undefined)) await finish([item], { outcomes, captured: undefined });
      else real.push(item);
    }
    if (real.length === 0) return;
    if (deps.captures) return ready(CAPTURE_SITE, real);
    await Promise.all(arranged(await routes(real)).map(({ route, leases }) => go(route, leases)));
  }

  /** Routes of a message's domains; those that are late go on alone. */
  async function routes(leases: readonly Lease[]): Promise<{ lease: Lease; route: Route | Promise<Route> }[]> {
    const pending = leases.map((item) => ({ lease: item, route: deps.route(item.domain) }));
    if (pending.length === 1) return pending;
    const late = new Promise<undefined>((resolve) => clock.after(options.groupWaitMs, () => resolve(undefined)));
    return Promise.all(
      pending.map(async ({ lease: item, route }) => ({
        lease: item,
        route: (await Promise.race([route, late])) ?? route,
      })),
    );
  }

  async function go(pending: Route | Promise<Route>, leases: readonly Lease[]): Promise<void> {
    const route = await pending;
    if (route.kind === 'site') return ready(route, leases);
    const outcome = routeOutcome(route);
    await Promise.all(
      leases.map((item) => finish([item], { outcomes: item.recipients.map(() => outcome), captured: undefined })),
    );
  }

  function ready(site: Site, leases: readonly Lease[]): void {
    const first = leases[0];
    if (first === undefined) return;
    const known = sites.get(site.key) ?? { site, ready: [], active: 0 };
    sites.set(site.key, known);
    known.ready.push({ message: first.message, raw: first.raw, leases: [...leases] });
    start();
  }

  function start(): void {
    let progress = true;
    while (progress && state.jobs < options.maxJobs && !state.stopping) {
      progress = false;
      for (const site of sites.values()) {
        if (state.jobs >= options.maxJobs) break;
        if (site.active >= options.maxJobsPerSite) continue;
        const next = site.ready.shift();
        if (next === undefined) continue;
        progress = true;
        site.active += 1;
        state.jobs += 1;
        track(run(site, next));
      }
    }
  }

  async function run(site: SiteState, ready: ReadyJob): Promise<void> {
    const delivered = await attempt(site.site, ready);
    site.active -= 1;
    state.jobs -= 1;
    if (site.active === 0 && site.ready.length === 0) sites.delete(site.site.key);
    start();
    await finish(ready.leases, delivered);
  }

  /** Recipients of a job that are test addresses keep their test outcome; the others are really tried. */
  async function attempt(site: Site, ready: ReadyJob): Promise<Delivered> {
    const indexes = ready.leases.flatMap((item) => item.recipients);
    const tests = indexes.map((index) => testOutcome(deps, ready.message, index));
    const recipients = indexes.filter((_, position) => tests[position] === undefined);
    const job: Job = { message: ready.message, raw: ready.raw, recipients, site };
    const real = await guarded(job);
    let used = 0;
    return { outcomes: tests.map((test) => test ?? (real.outcomes[used++] as Outcome)), captured: real.captured };
  }

  /** A failure of our own is temporary by definition: the message stays, and a person reads the log. */
  async function guarded(job: Job): Promise<Delivered> {
    try {
      return await deliver(deps, job, abort.signal);
    } catch (error) {
      log.error(
        { err: error, messageId: job.message.id, stream: job.message.streamId },
        'delivery failed unexpectedly',
      );
      const outcome: Outcome = {
        kind: 'deferred',
        peer: undefined,
        phase: 'route',
        reply: undefined,
        detail: 'an internal error; see the log of the server',
      };
      return { outcomes: job.recipients.map(() => outcome), captured: undefined };
    }
  }

  async function finish(leases: readonly Lease[], { outcomes, captured }: Delivered): Promise<void> {
    const now = clock.now();
    let from = 0;
    const settlements = leases.map((item, position) => {
      const own = outcomes.slice(from, (from += item.recipients.length));
      return settle(deps, { lease: item, outcomes: own, captured: position === 0 ? captured : undefined, now });
    });
    await committed(settlements);
    letGo(leases);
    deps.onSettled(outcomes);
    wake();
  }

  /** What happened must be written down: tried until it is, or until the process ends and the deliveries are due again. */
  async function committed(settlements: Parameters<LaneQueue['settle']>[0]): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await queue.settle(settlements);
      } catch (error) {
        log.error({ err: error, failures }, 'settling failed; trying again');
        if (state.stopping) return;
        await new Promise<void>((resolve) => clock.after(Math.min(100 * 2 ** failures, 10_000), resolve));
      }
    }
  }

  function track(promise: Promise<void>): void {
    const watched = promise.catch((error: unknown) => log.error({ err: error }, 'dispatch failed unexpectedly'));
    running.add(watched);
    void watched.then(() => running.delete(watched));
  }

  async function stop(graceMs: number): Promise<void> {
    state.stopping = true;
    state.cancelTimer();
    const waiting = [...sites.values()].flatMap((site) => site.ready.splice(0).flatMap((job) => job.leases));
    await queue.release(waiting.map((item) => item.deliveryId));
    const cancel = clock.after(graceMs, () => abort.abort());
    while (running.size > 0) await Promise.all(running);
    cancel();
  }

  return { wake, stop, load: () => ({ leased: state.leased, jobs: state.jobs, sites: sites.size }) };
}

/** Bounds the drift of a timer; waking for nothing costs one look into the queue. */
const MAX_SLEEP_MS = 60_000;

function byMessage(leases: readonly Lease[]): Lease[][] {
  const groups: Lease[][] = [];
  for (const item of leases) {
    const last = groups.at(-1);
    if (last?.[0]?.message.id === item.message.id) last.push(item);
    else groups.push([item]);
  }
  return groups;
}

interface Arranged {
  readonly route: Route | Promise<Route>;
  readonly leases: Lease[];
}

/** Puts the leases of one message that share a site together. */
function arranged(routed: readonly { lease: Lease; route: Route | Promise<Route> }[]): Arranged[] {
  const bySite = new Map<string, Arranged>();
  const others: Arranged[] = [];
  for (const { lease: item, route } of routed) {
    if (route instanceof Promise || route.kind !== 'site') {
      others.push({ route, leases: [item] });
      continue;
    }
    const known = bySite.get(route.key);
    if (known === undefined) bySite.set(route.key, { route, leases: [item] });
    else known.leases.push(item);
  }
  return [...bySite.values(), ...others];
}

function routeOutcome(route: Exclude<Route, { kind: 'site' }>): Outcome {
  const common = { peer: undefined, phase: 'route' } as const;
  switch (route.kind) {
    case 'temporary':
      return { ...common, kind: 'deferred', reply: undefined, detail: route.reason };
    case 'refused':
      return { ...common, kind: 'refused', detail: route.reason };
    case 'null-mx':
    case 'no-such-domain': {
      const { type } = classifyRoute(route.kind);
      return { ...common, kind: 'bounced', reply: undefined, detail: route.reason, type };
    }
  }
}
