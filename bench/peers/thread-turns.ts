// Where the time of each of Bulkhead's threads goes, every few milliseconds: loaded into the server's process before its
// program (`node --import`) where the isolation bench is asked for it (`--turns`), since it costs a timer in each thread.
//
// A line is a look: when (microseconds of the machine's monotonic clock), and since the look before, in microseconds: CPU that
// the thread used, time that it was ready and waited for a core (schedstat), and time in all. What remains it slept, or
// waited for the disk. A look comes between two turns of the event loop, so one that comes late shows a long turn.
import { appendFileSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadName } from 'node:worker_threads';
import { nowMicros } from '../system/clock.ts';

/** Names the folder that the lines go to, a file for each thread. */
export const TURNS_FOLDER = 'BENCH_TURNS';

const LOOK_EVERY_MS = 2;
const LINES_KEPT = 250;

const folder = process.env[TURNS_FOLDER];
/** A thread's own arguments do not tell; only the server has threads. */
const isServer = !isMainThread || (/src\/main\/main\.ts$/.test(process.argv[1] ?? '') && process.argv[2] === 'start');
if (folder !== undefined && isServer) watch(folder);

function watch(folder: string): void {
  const file = join(folder, isMainThread ? 'main' : threadName || 'other');
  const task = readlinkSync('/proc/thread-self').split('/').at(-1) ?? '';
  let lines: string[] = [];
  let before = look(task);
  setInterval(() => {
    const now = look(task);
    const used = now.cpu - before.cpu;
    const waited = now.waited - before.waited;
    lines.push([now.at, used, waited, now.at - before.at].map(Math.round).join(' '));
    before = now;
    if (lines.length < LINES_KEPT) return;
    appendFileSync(file, `${lines.join('\n')}\n`);
    lines = [];
  }, LOOK_EVERY_MS).unref();
}

interface Look {
  readonly at: number;
  readonly cpu: number;
  readonly waited: number;
}

/** schedstat: nanoseconds on a core, nanoseconds waiting for one, turns (Linux, Documentation/scheduler/sched-stats.rst). */
function look(task: string): Look {
  const [, waited = 0] = readFileSync(`/proc/self/task/${task}/schedstat`, 'latin1').split(' ').map(Number);
  const { user, system } = process.threadCpuUsage();
  return { at: nowMicros(), cpu: user + system, waited: waited / 1000 };
}
