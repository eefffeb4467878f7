// One measurement: a server, a scenario. Idle first, on the same fresh server; then the probe beside the broadcasts' trouble.
//
//   1. idle: the probe alone
//   2. backlog scenarios: broadcasts are handed in until they wait
//   3. the probe, one message every 200 ms; floods come in at the same time, workers are killed
//   4. what was accepted must arrive; both sinks tell what came, when, and from which address
import { setTimeout as sleep } from 'node:timers/promises';
import { runHttpLoad, runProbe, runSmtpLoad } from '../load/run-load.ts';
import type { ProbeReport } from '../load/probe.ts';
import type { LoadReport } from '../load/smtp-load.ts';
import type { SinkCount } from '../sink/smtp-sink.ts';
import { nowMicros } from '../system/clock.ts';
import { openScope } from '../system/scope.ts';
import { figuresOf, lossesOf, phasesOf, slowestOf, type Bounds, type Probe } from './figures.ts';
import { strayed } from './judge.ts';
import { messagesOf, secondsOf, type IsolationOptions, type IsolationPeer } from './options.ts';
import type { BroadcastFigures, Measurement } from './result.ts';
import { KILL_EVERY_MS, scenarioOf, type ScenarioKey } from './scenarios.ts';
import { openShares } from './shares.ts';
import { readLooks, slowTurns, turnsOf } from './turns.ts';
import { FIRST_ID, openWorld, type World } from './world.ts';

/** The probes' own connections: closed after a moment, so that each message leaves over a new one. */
const IDLE_CLOSE_MS = 15;
const HOLD_DOT_MS = 10_000;
const BATCH = 500;
const BATCH_CONNECTIONS = 4;
const FILL_DEADLINE_S = 900;
const ARRIVAL_DEADLINE_MS = 30_000;
const PROBE_GRACE_S = 30;

export interface MeasurementRequest {
  readonly options: IsolationOptions;
  readonly key: ScenarioKey;
  readonly peer: IsolationPeer;
}

/** Whatever happens, its processes and folders are gone afterwards. */
export async function measure(request: MeasurementRequest): Promise<Measurement> {
  const scope = openScope(request.options.tmp);
  try {
    const { options, key, peer } = request;
    return await measureIn(await openWorld(scope, { options, scenario: scenarioOf(key), peer }), request);
  } finally {
    await scope.close();
  }
}

async function measureIn(world: World, { options, key, peer }: MeasurementRequest): Promise<Measurement> {
  const { scenario, broadcastSink, probeSink } = world;
  const seconds = secondsOf(options, peer);
  const messages = messagesOf(options, key, peer);
  await probeSink.mode({ idleCloseMs: IDLE_CLOSE_MS });
  const idle = figuresOf((await probe(world, options.idleSeconds, FIRST_ID.idle)).probes);
  const filled = scenario.arrives === 'backlog' ? await fill(world, messages) : undefined;

  const shares = openShares(world.peer);
  const before = await broadcastSink.count();
  // Lets go what was held back; any other trouble goes on as it is.
  if (scenario.kills) await broadcastSink.mode(scenario.sink);
  const began = nowMicros();
  const killer = scenario.kills ? startKiller(world) : undefined;
  const flooding = filled === undefined ? flood(world, messages, seconds) : undefined;
  const probed = await probe(world, seconds, FIRST_ID.probe);
  const kills = await killer?.stop();
  const used = shares.close();
  const after = await broadcastSink.count();
  const load = filled ?? (await flooding);
  const bounds = boundsOf({ load, flooded: filled === undefined, after, began });
  const probes = probed.probes;
  const looks = world.turnsFolder === undefined ? undefined : readLooks(world.turnsFolder);
  return {
    scenario: key,
    peer,
    version: world.peer.version,
    seconds,
    idle,
    phases: phasesOf(probes, bounds),
    overall: figuresOf(probes),
    losses: lossesOf(probes),
    wrong: wrongOf(world, await probeSink.count(), after),
    addresses: { transactional: (await probeSink.count()).peers, broadcast: after.peers },
    broadcast: broadcastOf({ load, messages, before, after, seconds }),
    kills,
    shares: used,
    slowest: slowestOf(probes),
    behindMs: probed.report.behindMs,
    reasons: probed.report.reasons,
    notes: world.notes,
    turns: looks && { threads: turnsOf(looks, began, nowMicros()), slowest: slowTurns(looks, probes) },
  };
}

interface Probed {
  readonly probes: Probe[];
  readonly report: ProbeReport;
}

/** Every probe's four times; waits for those that were accepted to arrive. */
async function probe(world: World, seconds: number, firstId: number): Promise<Probed> {
  const { options, probeSink } = world;
  const messages = Math.max(1, Math.round((seconds * 1000) / options.intervalMs));
  const known = (await probeSink.count()).unique;
  const report = await runProbe(world.scope, {
    ...world.flags('transactional'),
    messages,
    interval: options.intervalMs,
    'first-id': firstId,
    grace: PROBE_GRACE_S,
    precise: true,
  });
  const accepted = report.acceptedAt.filter((at) => at > 0).length;
  await probeSink.waitFor(known + accepted, ARRIVAL_DEADLINE_MS);
  const arrivals = await probeSink.arrivals(firstId, messages);
  const probes = report.openedAt.map((openedAt, place) => ({
    openedAt,
    mailFromAt: report.mailFromAt[place] ?? 0,
    acceptedAt: report.acceptedAt[place] ?? 0,
    arrivedAt: arrivals[place] ?? 0,
  }));
  return { probes, report };
}

/**
 * Broadcasts that wait: in a trouble that keeps them waiting, or because they come faster than they go. Postfix takes them
 * no faster, so a healthy sink holds its replies back for it; Bulkhead would learn from that to go easy on the sink.
 */
async function fill(world: World, messages: number): Promise<LoadReport> {
  const { scenario, broadcastSink } = world;
  const holds = scenario.kills && world.peer.name !== 'bulkhead';
  await broadcastSink.mode(holds ? { dotDelayMs: HOLD_DOT_MS } : scenario.sink);
  return runSmtpLoad(world.scope, {
    ...world.flags('broadcast'),
    messages,
    sessions: world.options.sessions,
    'first-id': FIRST_ID.broadcast,
    deadline: FILL_DEADLINE_S,
  });
}

/** As fast as it is accepted, for as long as the probe runs at most. */
function flood(world: World, messages: number, seconds: number): Promise<LoadReport> {
  const { peer, options } = world;
  const common = {
    ...world.flags('broadcast'),
    messages,
    'first-id': FIRST_ID.broadcast,
    deadline: seconds,
    partial: true,
  };
  if (world.scenario.via === 'smtp' || peer.http === undefined) {
    return runSmtpLoad(world.scope, { ...common, sessions: options.sessions });
  }
  const { auth: _smtpOnly, ...rest } = common as typeof common & { auth?: string };
  const { port, token } = peer.http;
  const shape = { batch: Math.min(BATCH, messages), connections: BATCH_CONNECTIONS, stream: 'broadcast' };
  return runHttpLoad(world.scope, { ...rest, port, token, ...shape });
}

/** Kills in the middle of each period, so that the first one comes when everything runs. */
function startKiller(world: World): { stop(): Promise<number> } {
  const ended = new AbortController();
  let kills = 0;
  const running = (async () => {
    await sleep(KILL_EVERY_MS / 2, undefined, { signal: ended.signal });
    for (;;) {
      if (await world.killWorker()) kills += 1;
      await sleep(KILL_EVERY_MS, undefined, { signal: ended.signal });
    }
  })().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  return {
    async stop() {
      ended.abort();
      await running;
      return kills;
    },
  };
}

interface Ends {
  readonly load: LoadReport | undefined;
  readonly flooded: boolean;
  readonly after: SinkCount;
  readonly began: number;
}

function boundsOf({ load, flooded, after, began }: Ends): Bounds {
  const drained = load !== undefined && after.unique >= load.accepted;
  return {
    acceptedUntil: flooded && load !== undefined ? load.startedAt + load.seconds * 1e6 : began - 1,
    drainedAt: drained ? after.lastAt : undefined,
  };
}

function wrongOf({ lanes }: World, probes: SinkCount, broadcasts: SinkCount): Measurement['wrong'] {
  if (lanes === undefined) return undefined;
  return {
    transactional: strayed(probes.peers, lanes.transactional),
    broadcast: strayed(broadcasts.peers, lanes.broadcast),
  };
}

interface BroadcastEnds {
  readonly load: LoadReport | undefined;
  readonly messages: number;
  readonly before: SinkCount;
  readonly after: SinkCount;
  readonly seconds: number;
}

function broadcastOf({ load, messages, before, after, seconds }: BroadcastEnds): BroadcastFigures {
  const accepted = load?.accepted ?? 0;
  return {
    offered: messages,
    accepted,
    failed: load?.failed ?? 0,
    reasons: load?.reasons ?? [],
    acceptSeconds: load?.seconds ?? 0,
    acceptedPerSecond: load?.perSecond ?? 0,
    deliveredPerSecond: (after.unique - before.unique) / seconds,
    delivered: after.unique,
    duplicates: after.duplicates,
    left: Math.max(0, accepted - after.unique),
  };
}
