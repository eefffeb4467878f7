// A thread that owns a lane's queue, has appended to it and leased from it, and never closes it.
import { parentPort, workerData } from 'node:worker_threads';
import { openLaneQueue } from '../../src/backends/sqlite/lane-queue.ts';
import { newMessage, NOON } from './lane-fixture.ts';

const { file } = workerData as { file: string };
const queue = openLaneQueue({ file });
await queue.append([newMessage(), newMessage(), newMessage()]);
await queue.lease(2, NOON);
parentPort?.postMessage('ready');
setInterval(() => undefined, 1000);
