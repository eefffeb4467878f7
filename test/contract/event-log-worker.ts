// A thread that follows an event log with a cursor until it has read so many events, or that appends so many to it.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openEventLog, openEventReader } from '../../src/backends/sqlite/event-log.ts';
import { delivered, newMessage } from './lane-fixture.ts';

export type Wanted =
  | { readonly kind: 'read'; readonly file: string; readonly until: number }
  | { readonly kind: 'write'; readonly file: string; readonly events: number };

export interface Told {
  readonly seqs: readonly number[];
}

const DEADLINE_MS = 30_000;
const wanted = workerData as Wanted;
const seqs = wanted.kind === 'read' ? await follow(wanted.file, wanted.until) : await write(wanted.file, wanted.events);
parentPort?.postMessage({ seqs } satisfies Told);

async function follow(file: string, until: number): Promise<number[]> {
  const reader = openEventReader(file);
  const seen: number[] = [];
  const started = Date.now();
  while (seen.length < until && Date.now() - started < DEADLINE_MS) {
    const events = await reader.read(seen.at(-1) ?? 0, 64);
    seen.push(...events.map(({ seq }) => seq));
    if (events.length === 0) await nextTurn();
  }
  await reader.close();
  return seen;
}

async function write(file: string, events: number): Promise<number[]> {
  const log = openEventLog(file);
  const { message } = newMessage();
  for (let sent = 0; sent < events; sent += 10) {
    await Promise.all(Array.from({ length: 10 }, () => log.append([delivered(message)])));
  }
  await log.close();
  return [];
}
