// One thread of the RSA floor: signs a header-sized text until its time is over and posts its rate.
import { Buffer } from 'node:buffer';
import { createPrivateKey, sign } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { rateOf } from './rate.ts';

const HEADER_BYTES = 700;

const { pem, milliseconds } = workerData as { pem: string; milliseconds: number };
const key = createPrivateKey(pem);
const header = Buffer.alloc(HEADER_BYTES, 'h');
parentPort?.postMessage(rateOf(milliseconds, 1, () => void sign('sha256', header, key)).perSecond);
