// POST /email, one message a request over 20 connections, and POST /email/batch with 500 messages a request over four:
// accepted and durable, while the far side is slow as in the SMTP scenario.
import { runHttpLoad } from '../load/run-load.ts';
import type { BenchOptions } from '../options.ts';
import { SLOW_DOT_MS, type RateSample } from './accept.ts';
import { onFreshPeer, openAccount } from './measure.ts';

const BATCH = 500;
const BATCH_CONNECTIONS = 4;

export function measureHttp(options: BenchOptions, kind: 'single' | 'batch'): Promise<RateSample> {
  return onFreshPeer(options, { peer: 'bulkhead', dkim: true }, async (bench) => {
    const shape =
      kind === 'batch' ? { batch: BATCH, connections: BATCH_CONNECTIONS } : { connections: options.sessions };
    const common = {
      port: bench.peer.http?.port,
      token: bench.peer.http?.token,
      domains: options.domains,
      size: options.size,
      ...shape,
    };
    const warm = Math.max(BATCH, options.amounts.warmUp);
    await runHttpLoad(bench.scope, { ...common, messages: warm, 'first-id': bench.firstId });
    await bench.sink.waitFor(bench.firstId + warm, SLOW_DOT_MS);
    await bench.sink.mode({ dotDelayMs: SLOW_DOT_MS });
    const before = (await bench.sink.count()).unique;
    const account = await openAccount(bench);
    const first = bench.firstId + Math.ceil(warm / BATCH) * BATCH;
    const report = await runHttpLoad(bench.scope, { ...common, messages: options.amounts.http, 'first-id': first });
    const shares = await account.shares(report);
    return {
      perSecond: report.perSecond,
      latencyP50: report.latency.p50,
      latencyP99: report.latency.p99,
      shares,
      generatorMicros: report.cpuMicros,
      arrived: (await bench.sink.count()).unique - before,
    };
  });
}
