// Everything around one measurement: a fresh server, its far sides and its DNS, warmed up, on addresses of their own.
import { execFileSync } from 'node:child_process';
import { runSmtpLoad, type LoadFlags } from '../load/run-load.ts';
import type { DomainRange } from '../load/message.ts';
import { startBulkhead, type Bulkhead } from '../peers/bulkhead.ts';
import type { Peer } from '../peers/peer.ts';
import { startPostfix, type Postfix } from '../peers/postfix.ts';
import { BULK_TRANSPORT, postfixRoutes } from '../peers/postfix-routes.ts';
import { quiet } from '../scenarios/measure.ts';
import { startBlackHole } from '../sink/start-black-hole.ts';
import { startSink, type Sink } from '../sink/start-sink.ts';
import { startDns } from '../system/dns.ts';
import type { Scope } from '../system/scope.ts';
import type { IsolationOptions, IsolationPeer } from './options.ts';
import type { Scenario } from './scenarios.ts';
import * as places from './zone.ts';

export interface World {
  readonly options: IsolationOptions;
  readonly scenario: Scenario;
  readonly scope: Scope;
  readonly peer: Peer;
  /** Where the probes go; in precedence over everything else. */
  readonly probeSink: Sink;
  readonly broadcastSink: Sink;
  /** Each kind's own source address, where the server has been given one each. */
  readonly lanes: { readonly transactional: string; readonly broadcast: string } | undefined;
  /** What a load needs to know to reach the peer with mail of that kind. */
  readonly flags: (kind: 'transactional' | 'broadcast') => LoadFlags;
  /** Kills what delivers the broadcasts; says whether something was there to kill. */
  readonly killWorker: () => Promise<boolean>;
  /** Where looks into its threads are written. */
  readonly turnsFolder: string | undefined;
  /** What could not be done here, for the report. */
  readonly notes: readonly string[];
}

/** Ids by use, so that nothing is mistaken for something else. */
export const FIRST_ID = { broadcast: 0, warmUp: 2_000_000, idle: 2_500_000, probe: 3_000_000 } as const;

const WARM_UP_DEADLINE_MS = 60_000;
const DNS_PORT = 53;

interface Setting {
  readonly options: IsolationOptions;
  readonly scenario: Scenario;
  readonly peer: IsolationPeer;
}

export async function openWorld(scope: Scope, setting: Setting): Promise<World> {
  const { options, scenario } = setting;
  const probeSink = await startSink(scope, { hosts: places.PROBE_HOSTS, precise: true });
  const { port } = probeSink;
  const broadcastSink = await startSink(scope, { hosts: places.BROADCAST_HOSTS, port });
  if (scenario.dead) await startBlackHole(scope, { hosts: places.BLACK_HOLES, port });
  const started =
    setting.peer === 'bulkhead'
      ? await bulkheadIn(scope, setting, port)
      : await postfixIn(scope, { ...setting, peer: setting.peer }, port);
  const { peer } = started;
  scope.defer(() => peer.kill());
  const flags = (kind: 'transactional' | 'broadcast'): LoadFlags => ({
    port: kind === 'transactional' ? peer.smtpPort : peer.broadcastPort,
    auth: peer.auth,
    size: options.size,
    ...domainFlags(kind === 'transactional' ? places.PROBE_DOMAINS : places.broadcastDomains(scenario)),
  });
  const world: World = { options, scenario, scope, probeSink, broadcastSink, flags, ...started };
  await warmUp(world);
  return world;
}

type Started = Pick<World, 'peer' | 'lanes' | 'killWorker' | 'notes' | 'turnsFolder'>;

async function bulkheadIn(scope: Scope, { options, scenario }: Setting, sinkPort: number): Promise<Started> {
  const turnsFolder = options.turns ? scope.folder('turns') : undefined;
  const peer: Bulkhead = await startBulkhead(scope, {
    sinkPort,
    domains: 0,
    zone: places.zoneOf(scenario),
    ownSession: true,
    addresses: places.LANE_ADDRESSES,
    endsThreads: scenario.kills,
    turnsFolder,
  });
  return { peer, lanes: places.LANE_ADDRESSES, killWorker: () => peer.endBroadcastThread(), notes: [], turnsFolder };
}

async function postfixIn(
  scope: Scope,
  { scenario, peer: name }: Setting & { peer: Exclude<IsolationPeer, 'bulkhead'> },
  sinkPort: number,
): Promise<Started> {
  const zone = places.zoneOf(scenario);
  const lanes = name === 'postfix-two' ? places.LANE_ADDRESSES : undefined;
  if (scenario.dead) await startDns(scope, zone, { host: places.DNS_HOST, port: DNS_PORT });
  const routes = postfixRoutes({
    zone,
    isBroadcast: (domain) => !places.isProbeDomain(domain),
    sinkPort,
    two: lanes,
    dnsHost: scenario.dead ? places.DNS_HOST : undefined,
  });
  const peer: Postfix = await startPostfix(scope, { sinkPort, domains: 0, dkim: false, routes });
  const transport = lanes === undefined ? 'smtp' : BULK_TRANSPORT;
  return { peer, lanes, killWorker: async () => peer.killAgents(transport) > 0, notes: [], turnsFolder: undefined };
}

function domainFlags({ first, count, digits }: DomainRange): LoadFlags {
  return { 'first-domain': first, domains: count, 'domain-digits': digits };
}

/** Both kinds, as long as somebody lives where the broadcasts go. */
async function warmUp({ options, scenario, scope, peer, probeSink, broadcastSink, flags }: World): Promise<void> {
  const messages = options.warmUp;
  const kinds = [
    { kind: 'transactional', sink: probeSink },
    ...(scenario.dead ? [] : [{ kind: 'broadcast', sink: broadcastSink } as const]),
  ] as const;
  for (const { kind, sink } of kinds) {
    const { sessions } = options;
    await runSmtpLoad(scope, { ...flags(kind), messages, sessions, 'first-id': FIRST_ID.warmUp });
    const { unique } = await sink.waitFor(messages, WARM_UP_DEADLINE_MS);
    if (unique < messages) throw new Error(`only ${unique} of ${messages} ${kind} messages of the warm-up arrived`);
    await sink.reset();
  }
  await quiet(peer);
  // What was written so far must not be paid for by what is measured.
  execFileSync('sync');
}
