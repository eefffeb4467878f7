// Millions of messages in the store of a server that goes on accepting: how long a filtered search takes over the API, and what
// `POST /email` takes while nobody searches, while five searches a second come, and while one follows the other without pause. The
// kinds of phases take turns, so that a drift of the machine meets all.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HttpProbeReport } from '../load/http-probe.ts';
import { summarise, type LatencySummary } from '../load/latency.ts';
import { runHttpProbe } from '../load/run-load.ts';
import type { BenchOptions } from '../options.ts';
import type { Bulkhead } from '../peers/bulkhead.ts';
import type { FillReport } from '../search/fill-index.ts';
import { createSearches } from '../search/searches.ts';
import { nowMicros } from '../system/clock.ts';
import { onFreshPeer, quiet } from './measure.ts';

export interface SearchSample {
  readonly fill: FillReport;
  /** Of all searches, milliseconds, first ones included. */
  readonly searches: Latency;
  /** The slowest kinds, by name. */
  readonly byKind: Readonly<Record<string, Latency>>;
  /** Of `POST /email`, milliseconds. */
  readonly alone: Latency;
  readonly paced: Latency;
  readonly pressed: Latency;
  readonly pssBytes: number;
}

export type Latency = Pick<LatencySummary, 'count' | 'p50' | 'p95' | 'p99' | 'max'>;

const INTERVAL_MS = 10;
/** Of each kind. */
const TURNS = 3;
const KINDS = ['alone', 'paced', 'pressed'] as const;
/** Searches that begin so often are what a busy team of people makes. */
const PACE_MS = 200;
/** The probe's connections and code are warm by then. */
const SETTLE_MS = 2000;

export function measureSearch(options: BenchOptions): Promise<SearchSample> {
  return onFreshPeer(options, { peer: 'bulkhead', dkim: true }, async (bench) => {
    const first = bench.peer as Bulkhead;
    await first.stop();
    const fill = await fillIndex(join(first.data, 'activity.sqlite'), options.amounts.stored);
    const peer = await first.again();
    bench.scope.defer(() => peer.kill());
    await quiet(peer);
    const { port, token } = peer.http as NonNullable<Bulkhead['http']>;
    const { searchPhaseMs } = options.amounts;
    const probing = runHttpProbe(bench.scope, {
      port,
      token,
      messages: Math.ceil((SETTLE_MS + TURNS * KINDS.length * searchPhaseMs) / INTERVAL_MS),
      interval: INTERVAL_MS,
      size: options.size,
      domains: options.domains,
      'first-id': bench.firstId,
    });
    await pause(SETTLE_MS);
    const searches = createSearches({ port, token, stored: options.amounts.stored });
    const spans: Span[] = [];
    for (let phase = 0; phase < TURNS * KINDS.length; phase += 1) {
      const kind = KINDS[phase % KINDS.length] ?? 'alone';
      const from = nowMicros();
      const end = performance.now() + searchPhaseMs;
      if (kind === 'alone') await pause(searchPhaseMs);
      else await searches.until(end, kind === 'paced' ? PACE_MS : 0);
      spans.push({ from, to: nowMicros(), kind });
    }
    const probe = await probing;
    if (probe.refused > 0) throw new Error(`probes were refused: ${probe.reasons.join(' | ')}`);
    const times = searches.times();
    return {
      fill,
      searches: latencyOf([...times.values()].flat()),
      byKind: Object.fromEntries([...times].map(([kind, took]) => [kind, latencyOf(took)])),
      alone: within(probe, spans, 'alone'),
      paced: within(probe, spans, 'paced'),
      pressed: within(probe, spans, 'pressed'),
      pssBytes: peer.pssBytes(),
    };
  });
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly kind: (typeof KINDS)[number];
}

function within(probe: HttpProbeReport, spans: readonly Span[], kind: Span['kind']): Latency {
  const own = spans.filter((span) => span.kind === kind);
  const took = probe.dueAt.flatMap((due, place) =>
    own.some(({ from, to }) => due >= from && due < to) ? [(probe.answeredAt[place] ?? 0) - due] : [],
  );
  return latencyOf(took.map((micros) => micros / 1000));
}

function latencyOf(milliseconds: readonly number[]): Latency {
  const { count, p50, p95, p99, max } = summarise(Float64Array.from(milliseconds, (ms) => ms * 1000));
  return { count, p50, p95, p99, max };
}

async function fillIndex(file: string, messages: number): Promise<FillReport> {
  const script = fileURLToPath(new URL('../search/fill-index.ts', import.meta.url));
  const args = [script, '--file', file, '--messages', String(messages)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as FillReport;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
