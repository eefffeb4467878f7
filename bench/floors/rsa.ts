// The RSA floor: how many RSA-2048 / SHA-256 signatures a second with a ready KeyObject, on one thread and on several.
import { generateKeyPairSync } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** @returns signatures a second of all threads together. */
export async function rsaRate(threads: number, milliseconds: number): Promise<number> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const rates = await Promise.all(Array.from({ length: threads }, () => oneThread(pem, milliseconds)));
  return rates.reduce((sum, rate) => sum + rate, 0);
}

function oneThread(pem: string, milliseconds: number): Promise<number> {
  const worker = new Worker(new URL('./rsa-worker.ts', import.meta.url), { workerData: { pem, milliseconds } });
  return new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}
