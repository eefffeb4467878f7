// End to end with an RSA-2048 DKIM signature: from the first connection of the generator until the sink has taken every
// message once, and the CPU that all of the peer's processes used for it, what they do afterwards included.
import type { BenchOptions, PeerChoice } from '../options.ts';
import { onFreshPeer, openAccount, quiet, type CoreShares } from './measure.ts';

export interface EndToEndSample {
  /** Messages a second, accept to all arrived. */
  readonly perSecond: number;
  readonly acceptedPerSecond: number;
  readonly cpuMsPerMessage: number;
  readonly duplicates: number;
  readonly shares: CoreShares;
  readonly generatorMicros: number;
}

const SLOWEST_PER_SECOND = 50;
const GRACE_MS = 30_000;

export function measureEndToEnd(options: BenchOptions, peer: PeerChoice, each: boolean): Promise<EndToEndSample> {
  return onFreshPeer(options, { peer, dkim: true }, async (bench) => {
    const messages = options.amounts.endToEnd[peer];
    const all = bench.firstId + messages;
    const account = await openAccount(bench);
    const report = await bench.smtp(messages, { 'first-id': bench.firstId, each });
    const count = await bench.sink.waitFor(all, GRACE_MS + (1000 * messages) / SLOWEST_PER_SECOND);
    const shares = await account.shares(report);
    if (count.unique < all) throw new Error(`only ${count.unique} of ${all} messages arrived`);
    const unsigned = count.unique + count.duplicates - count.signed;
    if (unsigned > 0) throw new Error(`${unsigned} messages arrived without a DKIM signature`);
    await quiet(bench.peer);
    return {
      perSecond: (messages * 1e6) / (count.lastAt - report.startedAt),
      acceptedPerSecond: report.perSecond,
      cpuMsPerMessage: (1000 * account.peerSeconds()) / messages,
      duplicates: count.duplicates,
      shares,
      generatorMicros: report.cpuMicros,
    };
  });
}
