// Work of a start that leaves much memory behind, done in a thread that ends with it: translating what the other threads
// run (into the compile cache, NODE_COMPILE_CACHE, set by bin/with-node; otherwise each of them translates for itself and
// keeps 14 MB), and making the first certificate with a large library.
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

export interface Preparation {
  readonly role: 'prepare';
  /** The names of a certificate to make; the first is its subject. */
  readonly certificateFor: readonly string[] | undefined;
}

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

const TEN_YEARS_MS = 3650 * 86_400_000;

async function prepare({ certificateFor }: Preparation): Promise<CertificatePair | undefined> {
  await Promise.all([import('./lane-worker.ts'), import('./activity-worker.ts')]);
  flushCompileCache();
  return certificateFor === undefined ? undefined : makeCertificate(certificateFor);
}

async function makeCertificate(names: readonly string[]): Promise<CertificatePair> {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + TEN_YEARS_MS),
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2 as const, value })) }],
  });
  return { cert: made.cert, key: made.private };
}

if (parentPort !== null) parentPort.postMessage(await prepare(workerData as Preparation));
