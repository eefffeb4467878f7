// Runs the preparation of a start (prepare-worker) in a thread of its own, and keeps the TLS pair that it makes.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Config } from './config.ts';
import type { CertificatePair, Preparation } from './prepare-worker.ts';
import { contentOf, tlsFiles, writeWhole } from './secrets.ts';

const DEADLINE_MS = 60_000;

/** Does what a start needs once and keeps nothing of it in memory; makes the TLS pair where there is none. */
export async function prepare(config: Config): Promise<void> {
  const files = tlsFiles(config);
  const isMissing =
    config.tlsCert === undefined && (contentOf(files.cert) === undefined || contentOf(files.key) === undefined);
  const names = [config.hostname, config.broadcastHostname, 'localhost'];
  const workerData: Preparation = { role: 'prepare', certificateFor: isMissing ? names : undefined };
  const worker = new Worker(new URL('./prepare-worker.ts', import.meta.url), { workerData });
  const ended = once(worker, 'exit');
  const said = await once(worker, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) });
  const [pair] = said as [CertificatePair | undefined];
  await ended;
  if (pair === undefined) return;
  writeWhole(files.key, pair.key);
  writeWhole(files.cert, pair.cert);
}
