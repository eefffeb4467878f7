// Memory of all processes (PSS): when a warm-up has just ended, at rest some seconds later, and with the queue full while the far side answers nobody; then
// how long an orderly stop takes and how long the next start on that queue needs until `GET /health` says 200.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions } from '../options.ts';
import type { Bulkhead } from '../peers/bulkhead.ts';
import { onFreshPeer, quiet } from './measure.ts';

export interface MemorySample {
  /** Bytes of PSS, as all of these: when the work of the warm-up has just ended. */
  readonly warmedUp: number;
  /** `REST_MS` later. */
  readonly atRest: number;
  /** Highest while the queue was being filled. */
  readonly filling: number;
  /** Highest from the last acceptance until the peer was quiet. */
  readonly queued: number;
  readonly settled: number;
  readonly queuedMessages: number;
  readonly acceptedPerSecond: number;
  readonly firstStartMs: number;
  readonly stopMs: number;
  readonly restartMs: number;
  readonly afterRestart: number;
}

/** Longer than the scenario: nobody is greeted and no final dot is answered. */
const SILENCE_MS = 600_000;
const SAMPLE_MS = 500;
/** A server that has nothing to do for so long is at rest. */
const REST_MS = 30_000;

export function measureMemory(options: BenchOptions): Promise<MemorySample> {
  return onFreshPeer(options, { peer: 'bulkhead', dkim: true }, async (bench) => {
    const peer = bench.peer as Bulkhead;
    const warmedUp = peer.pssBytes();
    await sleep(REST_MS);
    const atRest = peer.pssBytes();
    await bench.sink.mode({ greetingDelayMs: SILENCE_MS, dotDelayMs: SILENCE_MS });
    const filling = watchPeak(peer);
    const report = await bench.smtp(options.amounts.queued, { 'first-id': bench.firstId, deadline: 900 });
    const fillingPeak = filling.stop();
    const full = watchPeak(peer);
    await quiet(peer, 30_000);
    const queued = full.stop();
    const settled = peer.pssBytes();
    const arrived = (await bench.sink.count()).unique - bench.firstId;
    const stopping = performance.now();
    await peer.stop();
    const stopMs = performance.now() - stopping;
    const next = await peer.again();
    bench.scope.defer(() => next.kill());
    return {
      warmedUp,
      atRest,
      filling: fillingPeak,
      queued,
      settled,
      queuedMessages: report.accepted - arrived,
      acceptedPerSecond: report.perSecond,
      firstStartMs: peer.healthyAfterMs,
      stopMs,
      restartMs: next.healthyAfterMs,
      afterRestart: next.pssBytes(),
    };
  });
}

function watchPeak(peer: Bulkhead): { stop(): number } {
  let peak = peer.pssBytes();
  const timer = setInterval(() => (peak = Math.max(peak, peer.pssBytes())), SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(peak, peer.pssBytes());
    },
  };
}
