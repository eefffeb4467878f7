// The thread for bulk requests as the process sees it: started, supervised, asked, and given the way to the lanes.
//
// It starts with the process where there ever was a bulk request, because some may not be released yet, and else with the first
// question about one: most installations send none, and a thread takes some 25 MB.
import { existsSync } from 'node:fs';
import type { BulkWorkerData, FromBulk, ToBulk } from './bulk-worker.ts';
import type { Config } from './config.ts';
import { bulkFile } from './files.ts';
import type { Secrets } from './secrets.ts';
import { superviseWorker, type Supervisor } from './supervise-worker.ts';
import { bulkDeskOn } from '../backends/lanes/bulk-client.ts';
import { lanesForBulk, type LanesForBulk } from '../backends/lanes/bulk-lanes.ts';
import { createCalls } from '../backends/lanes/calls.ts';
import { ACCEPT_MS } from '../doors/api/bulk-desk.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { BulkDesk } from '../ports/bulk-desk.ts';

export interface BulkToRun extends Omit<LanesForBulk, 'onAppended'> {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningBulk {
  readonly desk: BulkDesk;
  /** While it stops it still hands over what it has begun: the lanes have to be there. */
  stop(graceMs: number): Promise<void>;
}

const START_DEADLINE_MS = 60_000;
/** Of a question, while the thread is started again. */
const READY_MS = 10_000;
const DEADLINE_MS = 15_000;
/** What the desk has for a request, and the time to say so. */
const ACCEPT_DEADLINE_MS = ACCEPT_MS + 15_000;
/** Fifty megabytes as text, as values for a moment, and as text again. */
const MAX_HEAP_MB = 1024;
const YOUNG_MB = 24;
const CLOSING_MS = 2000;

/** Resolves when the thread is ready, where it starts at once. */
export async function startBulk(options: BulkToRun): Promise<RunningBulk> {
  const { config, secrets, clock, log } = options;
  const released = options.metrics.counter({
    name: 'bulkhead_bulk_released_total',
    help: 'Messages of bulk requests that were handed to their lanes.',
  });
  let ready = Promise.withResolvers<void>();
  let worker: Supervisor | undefined;
  let stopping = false;
  const calls = createCalls({
    post: (said, transfer) => worker?.current()?.postMessage(said satisfies ToBulk, transfer),
    handlers: lanesForBulk({ ...options, onAppended: (messages) => released.inc(messages) }),
    onError: (method, error) => log.warn({ err: error, method }, 'messages of a bulk request were not taken'),
    clock,
  });
  const supervised = (): Supervisor =>
    superviseWorker({
      entry: new URL('./bulk-worker.ts', import.meta.url),
      name: 'bulk',
      workerData: () => ({ data: { role: 'bulk', config, secrets } satisfies BulkWorkerData, ports: [] }),
      maxHeapMb: MAX_HEAP_MB,
      youngMb: YOUNG_MB,
      clock,
      log,
      onMessage: (message) => {
        const said = message as FromBulk;
        if (said.kind === 'ready') ready.resolve();
        else if (said.kind !== 'stopped') calls.receive(said);
      },
      onGone: () => {
        ready = Promise.withResolvers();
        calls.lost();
      },
    });
  const begin = (): void => {
    if (!stopping) worker ??= supervised();
  };
  if (existsSync(bulkFile(config.data))) {
    begin();
    if (!(await within(START_DEADLINE_MS, ready.promise, clock)))
      throw new Error('the thread for bulk requests did not start');
  }
  return {
    desk: bulkDeskOn({
      calls,
      whenReady: () => {
        begin();
        return within(READY_MS, ready.promise, clock);
      },
      acceptDeadlineMs: ACCEPT_DEADLINE_MS,
      deadlineMs: DEADLINE_MS,
    }),
    async stop(graceMs) {
      stopping = true;
      worker?.current()?.postMessage({ kind: 'stop' } satisfies ToBulk);
      await worker?.stop(graceMs + CLOSING_MS);
    },
  };
}

/** Whether the promise was kept in time. */
function within(ms: number, kept: Promise<void>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false));
    void kept.then(() => {
      cancel();
      resolve(true);
    });
  });
}
