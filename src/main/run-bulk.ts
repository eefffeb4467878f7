// The thread for bulk requests as the process sees it: started, supervised, asked, and given the way to the lanes.
//
// It starts with the process where there ever was a bulk request, because some may not be released yet, and else with the first
// question about one: most installations send none, and a thread takes some 25 MB.
import { existsSync } from 'node:fs';
import { askThread, type AskedThread } from './ask-thread.ts';
import type { BulkWorkerData } from './bulk-worker.ts';
import type { Config } from './config.ts';
import { bulkFile } from './files.ts';
import type { Secrets } from './secrets.ts';
import { bulkDeskOn } from '../backends/lanes/bulk-client.ts';
import { lanesForBulk, type LanesForBulk } from '../backends/lanes/bulk-lanes.ts';
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

export interface RunningBulk extends Pick<AskedThread, 'ready'> {
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
  const workerData: BulkWorkerData = { role: 'bulk', config, secrets };
  const thread = askThread({
    name: 'bulk',
    entry: new URL('./bulk-worker.ts', import.meta.url),
    workerData,
    maxHeapMb: MAX_HEAP_MB,
    youngMb: YOUNG_MB,
    handlers: lanesForBulk({ ...options, onAppended: (messages) => released.inc(messages) }),
    onError: (method, error) => log.warn({ err: error, method }, 'messages of a bulk request were not taken'),
    clock,
    log,
  });
  if (existsSync(bulkFile(config.data)) && !(await thread.whenReady(START_DEADLINE_MS)))
    throw new Error('the thread for bulk requests did not start');
  const { calls, ready } = thread;
  return {
    desk: bulkDeskOn({
      calls,
      whenReady: () => thread.whenReady(READY_MS),
      acceptDeadlineMs: ACCEPT_DEADLINE_MS,
      deadlineMs: DEADLINE_MS,
    }),
    ready,
    stop: (graceMs) => thread.stop(graceMs + CLOSING_MS),
  };
}
