// One message at a time on an idle system: from the moment MAIL FROM is written to the moment the sink writes its 250,
// both on the machine's monotonic clock. Each message comes over a new connection, and the sink closes what has been
// silent for a moment, so that each leaves over a new one too.
import { summarise } from '../load/latency.ts';
import type { BenchOptions, PeerChoice } from '../options.ts';
import { onFreshPeer } from './measure.ts';

export interface IdleSample {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Connections that the sink saw for one message: 1 when each message opened its own. */
  readonly connectionsPerMessage: number;
}

const PAUSE_MS = 50;
const IDLE_CLOSE_MS = 15;
const ARRIVAL_DEADLINE_MS = 20_000;

export function measureIdle(options: BenchOptions, peer: PeerChoice): Promise<IdleSample> {
  return onFreshPeer(options, { peer, dkim: true }, async (bench) => {
    const messages = options.amounts.idle;
    await bench.sink.mode({ idleCloseMs: IDLE_CLOSE_MS });
    const before = (await bench.sink.count()).connections;
    const report = await bench.smtp(messages, {
      'first-id': bench.firstId,
      sessions: 1,
      each: true,
      pause: PAUSE_MS,
      marks: true,
    });
    const count = await bench.sink.waitFor(bench.firstId + messages, ARRIVAL_DEADLINE_MS);
    if (count.unique < bench.firstId + messages) throw new Error('not all messages arrived on an idle system');
    const arrivals = await bench.sink.arrivals(bench.firstId, messages);
    const marks = report.marks ?? [];
    const { p50, p99, max } = summarise(Float64Array.from(arrivals, (at, index) => at - (marks[index] ?? at)));
    return { p50, p99, max, connectionsPerMessage: (count.connections - before) / messages };
  });
}
