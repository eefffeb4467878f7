// Accepted over SMTP, durable, while the far side is slow: the sink holds its reply to every final dot back, so that
// nearly all that is accepted stays queued. Nothing is asked of delivery here but not to stand in the way.
import type { BenchOptions, PeerChoice } from '../options.ts';
import { onFreshPeer, openAccount, type CoreShares } from './measure.ts';

export const SLOW_DOT_MS = 10_000;

export interface RateSample {
  readonly perSecond: number;
  readonly latencyP50: number;
  readonly latencyP99: number;
  readonly shares: CoreShares;
  /** Microseconds of the generator's own CPU for one message. */
  readonly generatorMicros: number;
  /** How many of the accepted messages had arrived when the last was accepted: should be few. */
  readonly arrived: number;
}

export function measureAccept(options: BenchOptions, peer: PeerChoice, each: boolean): Promise<RateSample> {
  return onFreshPeer(options, { peer, dkim: false }, async (bench) => {
    await bench.sink.mode({ dotDelayMs: SLOW_DOT_MS });
    const account = await openAccount(bench);
    const report = await bench.smtp(options.amounts.accept[peer], { 'first-id': bench.firstId, each });
    const shares = await account.shares(report);
    return {
      perSecond: report.perSecond,
      latencyP50: report.latency.p50,
      latencyP99: report.latency.p99,
      shares,
      generatorMicros: report.cpuMicros,
      arrived: (await bench.sink.count()).unique - bench.firstId,
    };
  });
}
