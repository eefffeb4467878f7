// What all scenarios share: a fresh peer with a fresh sink for each measurement, warmed up, and an account of where the
// cores' time went while it ran.
import { execFileSync } from 'node:child_process';
import { runSmtpLoad, type LoadFlags } from '../load/run-load.ts';
import type { LoadReport } from '../load/smtp-load.ts';
import type { BenchOptions, PeerChoice } from '../options.ts';
import { startBulkhead } from '../peers/bulkhead.ts';
import type { Peer } from '../peers/peer.ts';
import { startPostfix } from '../peers/postfix.ts';
import { startSink, type Sink } from '../sink/start-sink.ts';
import { coreTimes } from '../system/machine.ts';
import { openScope, type Scope } from '../system/scope.ts';
import { waitUntil } from '../system/wait.ts';

export interface Bench {
  readonly options: BenchOptions;
  readonly scope: Scope;
  readonly sink: Sink;
  readonly peer: Peer;
  /** The first id that has not been used yet. */
  readonly firstId: number;
  smtp(messages: number, flags?: LoadFlags): Promise<LoadReport>;
}

export interface Wanted {
  readonly peer: PeerChoice;
  /** With OpenDKIM beside Postfix; Bulkhead always signs. */
  readonly dkim: boolean;
}

const WARM_UP_DEADLINE_MS = 120_000;
const QUIET_WINDOW_MS = 300;
const QUIET_CPU_SECONDS = 0.02;

/** Runs one measurement; whatever happens, its processes and folders are gone afterwards. */
export async function onFreshPeer<Result>(
  options: BenchOptions,
  wanted: Wanted,
  measure: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  const scope = openScope(options.tmp);
  try {
    const sink = await startSink(scope);
    const setting = { sinkPort: sink.port, domains: options.domains };
    const peer =
      wanted.peer === 'bulkhead'
        ? await startBulkhead(scope, setting)
        : await startPostfix(scope, { ...setting, dkim: wanted.dkim });
    scope.defer(() => peer.kill());
    const smtp = (messages: number, flags: LoadFlags = {}): Promise<LoadReport> =>
      runSmtpLoad(scope, {
        port: peer.smtpPort,
        auth: peer.auth,
        sessions: options.sessions,
        domains: options.domains,
        size: options.size,
        messages,
        ...flags,
      });
    await warmUp(smtp, sink, options.amounts.warmUp);
    await quiet(peer);
    // What earlier runs left to be written must not be paid for by this one.
    execFileSync('sync');
    return await measure({ options, scope, sink, peer, firstId: options.amounts.warmUp, smtp });
  } finally {
    await scope.close();
  }
}

async function warmUp(smtp: Bench['smtp'], sink: Sink, messages: number): Promise<void> {
  await smtp(messages);
  const { unique } = await sink.waitFor(messages, WARM_UP_DEADLINE_MS);
  if (unique < messages) throw new Error(`only ${unique} of ${messages} messages of the warm-up arrived`);
}

/** Waits until the peer has done what it does after the last delivery (at most 15 s). */
export async function quiet(peer: Peer, deadlineMs = 15_000): Promise<void> {
  let before = peer.cpuSeconds();
  let since = performance.now();
  await waitUntil(() => {
    if (performance.now() - since < QUIET_WINDOW_MS) return false;
    const now = peer.cpuSeconds();
    const calm = now - before < QUIET_CPU_SECONDS;
    before = now;
    since = performance.now();
    return calm;
  }, deadlineMs);
}

/** Shares of all cores' time, in percent. */
export interface CoreShares {
  readonly peer: number;
  readonly load: number;
  readonly sink: number;
  /** The kernel's own work and whatever else ran. */
  readonly rest: number;
  readonly idle: number;
  readonly diskWait: number;
}

export interface Account {
  /** CPU of the peer since the start of the account, seconds. */
  peerSeconds(): number;
  shares(load: LoadReport): Promise<CoreShares>;
}

export async function openAccount(bench: Bench): Promise<Account> {
  const cores = coreTimes();
  const peer = bench.peer.cpuSeconds();
  const sink = (await bench.sink.count()).cpuMicros;
  return {
    peerSeconds: () => bench.peer.cpuSeconds() - peer,
    async shares(load) {
      const now = coreTimes();
      const busy = now.busy - cores.busy;
      const idle = now.idle - cores.idle;
      const diskWait = now.diskWait - cores.diskWait;
      const share = (seconds: number): number => Math.round((1000 * seconds) / (busy + idle + diskWait)) / 10;
      const used = {
        peer: bench.peer.cpuSeconds() - peer,
        load: (load.cpuMicros * load.accepted) / 1e6,
        sink: ((await bench.sink.count()).cpuMicros - sink) / 1e6,
      };
      const rest = Math.max(0, busy - used.peer - used.load - used.sink);
      return {
        peer: share(used.peer),
        load: share(used.load),
        sink: share(used.sink),
        rest: share(rest),
        idle: share(idle),
        diskWait: share(diskWait),
      };
    },
  };
}
