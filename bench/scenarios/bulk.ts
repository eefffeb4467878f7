// A bulk request for very many recipients, while single messages come in on the transactional stream at a steady pace: how long
// the request takes to be accepted, and what POST /email takes before it, while it is accepted, and while it is released.
import { runHttpProbe } from '../load/run-load.ts';
import { summarise, type LatencySummary } from '../load/latency.ts';
import type { BenchOptions } from '../options.ts';
import { nowMicros } from '../system/clock.ts';
import { onFreshPeer } from './measure.ts';

export interface BulkSample {
  readonly recipients: number;
  readonly bodyBytes: number;
  /** From the first byte of the request to the answer. */
  readonly acceptMs: number;
  /** Of POST /email, milliseconds. */
  readonly before: Latency;
  readonly accepting: Latency;
  readonly releasing: Latency;
  /** Messages of the bulk request released a second while the probe went on. */
  readonly releasedPerSecond: number;
}

export type Latency = Pick<LatencySummary, 'count' | 'p50' | 'p99' | 'max'>;

const INTERVAL_MS = 10;
const MODEL_TEXT = 'x'.repeat(200);

export function measureBulk(options: BenchOptions): Promise<BulkSample> {
  return onFreshPeer(options, { peer: 'bulkhead', dkim: true }, async (bench) => {
    const { http } = bench.peer;
    if (http === undefined) throw new Error('bulk requests need HTTP');
    const { bulk: recipients, bulkPhaseMs } = options.amounts;
    const probes = Math.round((3 * bulkPhaseMs) / INTERVAL_MS);
    const body = bulkBody(recipients);
    const probing = runHttpProbe(bench.scope, {
      port: http.port,
      token: http.token,
      messages: probes,
      interval: INTERVAL_MS,
      size: options.size,
      domains: options.domains,
      'first-id': bench.firstId,
    });
    await pause(bulkPhaseMs);
    const begunAt = nowMicros();
    const { Id } = await call(http, 'POST', '/email/bulk', body);
    const acceptedAt = nowMicros();
    const probe = await probing;
    const seconds = (nowMicros() - acceptedAt) / 1e6;
    const { ReleasedCount } = await call(http, 'GET', `/email/bulk/${Id}`);
    if (probe.refused > 0) throw new Error(`probes were refused: ${probe.reasons.join(' | ')}`);
    const between = (from: number, to: number): Latency => {
      const places = probe.dueAt.flatMap((due, place) => (due >= from && due < to ? [place] : []));
      const took = places.map((place) => (probe.answeredAt[place] ?? 0) - (probe.dueAt[place] ?? 0));
      const { count, p50, p99, max } = summarise(Float64Array.from(took));
      return { count, p50, p99, max };
    };
    return {
      recipients,
      bodyBytes: body.length,
      acceptMs: (acceptedAt - begunAt) / 1000,
      before: between((probe.dueAt[0] ?? 0) + SETTLE_MICROS, begunAt),
      accepting: between(begunAt, acceptedAt),
      releasing: between(acceptedAt, Infinity),
      releasedPerSecond: ReleasedCount / seconds,
    };
  });
}

/** The probe's connections and code are warm by then. */
const SETTLE_MICROS = 1e6;

function bulkBody(recipients: number): Buffer {
  const messages = Array.from({ length: recipients }, (_, index) => ({
    To: `b${index}@sink${index % 4}.test`,
    TemplateModel: { name: `Reader ${index}`, text: MODEL_TEXT },
  }));
  return Buffer.from(
    JSON.stringify({
      From: 'bench@sender.test',
      Subject: 'News for {{name}}',
      TextBody: `Dear {{name}},\n\n${'Here is what happened this week. '.repeat(60)}\n{{text}}\n`,
      MessageStream: 'broadcast',
      Messages: messages,
    }),
  );
}

interface Told {
  readonly Id: string;
  readonly ReleasedCount: number;
}

async function call(
  { port, token }: { readonly port: number; readonly token: string },
  method: string,
  path: string,
  body?: Buffer,
): Promise<Told> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'X-Postmark-Server-Token': token, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: new Uint8Array(body) }),
    signal: AbortSignal.timeout(120_000),
  });
  if (answer.status !== 200) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Told;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
