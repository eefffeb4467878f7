// What runs inside a lane's thread: its queue, dispatch, deliver and settle, its resolver, its connections. The entry
// file of the thread; everything it does begins in `run`.
import { setTimeout as nextPiece } from 'node:timers/promises';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Config } from './config.ts';
import { controlFile, logFile, warmUpFile } from './files.ts';
import { createLaneTls } from './lane-tls.ts';
import { yieldToOthers } from './thread-priority.ts';
import type { Secrets } from './secrets.ts';
import { joinBus } from '../backends/lanes/bus.ts';
import { hostLane } from '../backends/lanes/lane-host.ts';
import type { FromLane, LaneReport, ToLane } from '../backends/lanes/protocol.ts';
import { createCaptureEgress } from '../backends/net/capture-egress.ts';
import { createEgress, type EgressOptions } from '../backends/net/egress.ts';
import { isBound } from '../backends/net/is-bound.ts';
import { createResolver } from '../backends/net/resolver.ts';
import { openControlStore } from '../backends/sqlite/control-store.ts';
import { openLaneQueue } from '../backends/sqlite/lane-queue.ts';
import { openWarmUpCounts } from '../backends/sqlite/warm-up-counts.ts';
import type { Purgeable, PurgeRequest } from '../ports/lane-queue.ts';
import { createAddressBook } from '../core/address-book.ts';
import { createSign } from '../core/deliver.ts';
import { createDispatcher } from '../core/dispatch.ts';
import { createHeldStreams } from '../core/held-streams.ts';
import { keepWarmUp } from '../core/keep-warm-up.ts';
import type { Lane } from '../domain/pool.ts';
import { DEFAULT_RETRY } from '../domain/retry.ts';
import { limitsOf } from '../domain/shaping/provider-of.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import { systemClock } from '../lib/clock.ts';
import { createIdleCollector } from '../lib/idle-collector.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';
import { readPressure, reportPressure } from '../lib/shared-pressure.ts';
import { CLIENT_DEADLINES } from '../mail/smtp/client-phases.ts';
import { routeDomain } from '../mail/dns/mx.ts';
import { returnPathKey } from '../mail/verp.ts';
import type { AddressBook } from '../ports/egress.ts';
import { laneAnswers } from './lane-answers.ts';
import { createLaneControl } from './lane-control.ts';
import { countOutcomes, gaugeDepth, gaugePaces } from './lane-metrics.ts';
import { createSigners } from './signers.ts';
import { dnsServers, routeOptions } from './routing.ts';

export interface LaneWorkerData {
  readonly role: 'lane';
  readonly config: Config;
  readonly secrets: Secrets;
  readonly lane: Lane;
  /** How long transactional mail waits, for broadcast lanes to yield to. */
  readonly pressure: SharedArrayBuffer;
  /** To the other threads. */
  readonly bus: MessagePort;
}

const SECOND = 1000;
const MAX_SIGNATURES_KEPT = 1000;
const SIGNATURE_KEPT_MS = 60 * SECOND;

function run(port: MessagePort, { config, secrets, lane, pressure, bus }: LaneWorkerData): void {
  const clock = systemClock;
  const log = createLog(config.log, { lane: lane.id });
  const post = (message: FromLane): void => port.postMessage(message);
  const captures = config.delivery === 'capture';
  if (lane.kind === 'broadcast') yieldToOthers(log);

  const queue = openLaneQueue({
    file: logFile(config.data, lane),
    ...(config.queueLimit > 0 ? { maxBytes: config.queueLimit } : {}),
    minFreeBytes: MIN_FREE_BYTES,
  });
  const store = openControlStore({ file: controlFile(config.data), key: secrets.vaultKey });
  const resolver = createResolver({
    servers: dnsServers(config),
    dnssec: config.dnssec,
    cacheSize: 10_000,
    timeoutMs: 10 * SECOND,
    clock,
  });
  const routing = routeOptions(config, clock);
  const tls = createLaneTls({
    config,
    bus: joinBus({ port: bus, clock }),
    resolver,
    clock,
    route: (domain) => routeDomain(domain, resolver, routing),
  });
  const warmUp = keepWarmUp({ counts: openWarmUpCounts(warmUpFile(config.data, lane.id)), clock, log });
  const book = createAddressBook({ pool: lane.id, hostname: config.hostname, clock, budget: warmUp });
  const smtp = captures ? undefined : createEgress({ ...egressOptions(config, book), onTls: tls.onTls });
  const egress = smtp ?? createCaptureEgress();
  const metrics = createMetrics();
  const signers = createSigners(store, clock);

  const urgent = reportPressure(pressure, lane.number, clock);

  const idle = createIdleCollector({ clock });
  const held = createHeldStreams();
  const dispatcher = createDispatcher({
    queue,
    held,
    clock,
    log,
    captures,
    ...(captures ? {} : { spentUntil: (site, recipients) => book.spentUntil(site, recipients) }),
    egress,
    schedule: {
      ...DEFAULT_RETRY,
      baseMs: config.retryFirst * SECOND,
      maxMs: config.retryLongest * SECOND,
      lifetimeMs: config.retryLifetime * SECOND,
    },
    random: Math.random,
    returnPathKey: returnPathKey(secrets.returnPathKey),
    testDomains: [config.hostname],
    route: tls.route,
    sign: createSign({
      ...signers,
      cache: createBoundedCache({ maxEntries: MAX_SIGNATURES_KEPT, ttlMs: SIGNATURE_KEPT_MS }, clock),
    }),
    options: {
      window: config.laneWindow,
      windowBytes: config.laneWindowBytes,
      maxJobs: config.laneConnections,
      maxJobsPerSite: config.siteConnections,
      groupWaitMs: 300,
      ...(lane.kind === 'broadcast' && { yieldTo: readPressure(pressure, clock) }),
    },
    ...(lane.kind === 'transactional' && { onFirstAttempt: (ms) => urgent.waited(ms) }),
    onSettled: (outcomes) => {
      idle.worked();
      count(outcomes);
      host.eventsWritten();
    },
  });
  const count = countOutcomes(metrics, lane);

  const setDepth = gaugeDepth(metrics, lane);
  const setPaces = gaugePaces(metrics, lane);
  const report = async (): Promise<LaneReport> => {
    const depth = await queue.depth();
    setDepth(depth);
    const load = dispatcher.load();
    setPaces(load);
    return {
      depth,
      load,
      waitsBecause: captures ? undefined : book.waitsBecause(),
      addresses: book.states(),
      metrics: await metrics.snapshot(),
    };
  };
  const control = createLaneControl({
    pool: lane.id,
    store: store.pools,
    book,
    isBound,
    hold: (streams, resumed) => {
      held.update(streams, resumed);
      queue.setHeld(streams);
      dispatcher.wake();
    },
    usesOf: (addressId) => smtp?.usesOf(addressId) ?? 0,
    onChanged: () => smtp?.letGo(),
    // The capture is no way out of this machine: it needs no address.
    pause: (reason) => dispatcher.pause(captures ? undefined : reason),
    onReleased: (addressIds) => post({ kind: 'released', addressIds }),
    clock,
    log,
  });
  const ending = new AbortController();
  const host = hostLane({
    lane: lane.id,
    queue,
    post,
    report,
    answers: laneAnswers({ queue, dispatcher, clock }),
    onTrouble: (what, error) => log.error({ err: error, what }, TROUBLE[what === 'purge' ? 'purge' : 'question']),
    onAppended: () => {
      idle.worked();
      dispatcher.wake();
    },
    purge: (before, consumed) => purge(queue, { before, consumed, limit: PURGE_ROWS }, ending.signal),
    controlChanged: () => control.changed(),
    async stop(graceMs) {
      ending.abort();
      idle.stop();
      control.stop();
      await dispatcher.stop(graceMs);
      await egress.close();
      await warmUp.stop();
      await queue.close();
      await store.close();
      resolver.close();
      tls.close();
    },
  });
  port.on('message', (message: ToLane) => {
    host.receive(message).then(
      () => (message.kind === 'stop' ? port.close() : undefined),
      (error: unknown) => {
        throw error;
      },
    );
  });
  // Nothing is leased before the lane knows what it may leave through.
  dispatcher.pause('the lane is starting');
  Promise.all([control.refresh(), warmUp.ready]).then(
    () => {
      post({ kind: 'ready' });
      dispatcher.wake();
    },
    (error: unknown) => {
      throw error;
    },
  );
}

/** Piece by piece, with room for everything else in between. */
async function purge(queue: Purgeable, request: PurgeRequest, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { events, messages } = await queue.purge(request);
    if (events < request.limit && messages < request.limit) return;
    await nextPiece(PURGE_PAUSE_MS);
  }
}

function egressOptions(config: Config, book: AddressBook): EgressOptions {
  const reply = config.replyTimeout * SECOND;
  const replies = { greeting: reply, ehlo: reply, tls: reply, mail: reply, rcpt: reply, data: reply };
  return {
    book,
    clock: systemClock,
    port: config.mxPort,
    deadlines: {
      ...CLIENT_DEADLINES,
      ...replies,
      connect: config.connectTimeout * SECOND,
      final: config.finalTimeout * SECOND,
    },
    limits: { maxConnectionsPerSite: config.siteConnections, maxConnections: config.laneConnections },
    perConnection: ({ hosts }) => limitsOf(hosts).perConnection,
  };
}

const TROUBLE = {
  purge: 'mail older than its retention could not be dropped; it is tried again the next time',
  question: 'a question about the lane failed',
};
const PURGE_PAUSE_MS = 25;
/** One piece of what is older than retention; small, because the lane does nothing else meanwhile. */
const PURGE_ROWS = 200;
/** Appends stop before the disk is full, so that what is accepted can still be settled. */
const MIN_FREE_BYTES = 64 * 1024 * 1024;

const given = workerData as LaneWorkerData | { readonly role: string } | null;
if (parentPort !== null && given !== null && given.role === 'lane') run(parentPort, given as LaneWorkerData);
