// What runs inside the thread for bulk requests: it reads and judges them, keeps them in their own file, renders and composes
// their messages, and hands those to the accepting thread, which has the lanes. The entry file of the thread. It yields to
// the threads that accept and deliver.
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { answerQuestions } from './answer-questions.ts';
import type { FromThread } from './ask-thread.ts';
import type { Config } from './config.ts';
import { bulkFile, controlFile } from './files.ts';
import { remembering } from './remembering.ts';
import type { Secrets } from './secrets.ts';
import { yieldToOthers } from './thread-priority.ts';
import { unsubscribeUrls } from './unsubscribe-urls.ts';
import { createCssInliner } from '../backends/css/css-inliner.ts';
import { bulkLanesOn } from '../backends/lanes/bulk-lanes.ts';
import { createCalls } from '../backends/lanes/calls.ts';
import { openBulkStore } from '../backends/sqlite/bulk-store.ts';
import { openControlStore } from '../backends/sqlite/control-store.ts';
import { diskRoom } from '../backends/sqlite/disk-room.ts';
import { BULK_GATE, bulkGate } from '../core/bulk/bulk-gate.ts';
import { releaseBlock } from '../core/bulk/release-block.ts';
import { createBulkReleaser } from '../core/bulk/release-bulk.ts';
import { createTemplates } from '../core/sendable-template.ts';
import { createSubmit } from '../core/submit.ts';
import { createBulkDesk } from '../doors/api/bulk-desk.ts';
import { createTurns } from '../doors/api/turns.ts';
import type { Event } from '../domain/event.ts';
import { laneOf, type Lane } from '../domain/pool.ts';
import type { Stream } from '../domain/stream.ts';
import { systemClock } from '../lib/clock.ts';
import type { LaneId } from '../lib/ids.ts';
import { createLog } from '../lib/log.ts';
import type { PoolStore } from '../ports/pool-store.ts';

export interface BulkWorkerData {
  readonly role: 'bulk';
  readonly config: Config;
  readonly secrets: Secrets;
}

const SLICE_MS = 8;
/** While others are in a hurry, it rests so many times as long as it works. */
const REST_FACTOR = 3;
const MAX_REST_MS = 1000;
const PURGE_EVERY_MS = 60_000;
const PURGE_ROWS = 500;
const DAY_MS = 86_400_000;
const MIN_FREE_BYTES = 256 * 1024 * 1024;

async function run(port: MessagePort, { config, secrets }: BulkWorkerData): Promise<void> {
  const clock = systemClock;
  const log = createLog(config.log, { role: 'bulk' });
  yieldToOthers(log);
  const post = (message: FromThread, transfer: readonly unknown[] = []): void =>
    port.postMessage(message, transfer as ArrayBuffer[]);
  const control = openControlStore({ file: controlFile(config.data), key: secrets.vaultKey });
  const bulk = openBulkStore({
    file: bulkFile(config.data),
    clock,
    hasRoom: diskRoom({ folder: config.data, minFreeBytes: MIN_FREE_BYTES, clock }),
  });
  const turns = createTurns({ sliceMs: SLICE_MS, now: () => performance.now() });
  const templates = createTemplates({ store: control.templates, inliner: createCssInliner(), clock });
  const calls = createCalls({
    post,
    handlers: {
      accept: (submission) => desk.accept(submission),
      find: (...args) => desk.find(...(args as unknown as Parameters<typeof desk.find>)),
      list: (...args) => desk.list(...(args as unknown as Parameters<typeof desk.list>)),
      cancel: (...args) => desk.cancel(...(args as unknown as Parameters<typeof desk.cancel>)),
    },
    onError: (method, error) => log.error({ err: error, method }, 'a question about bulk requests failed'),
    clock,
  });
  const lanes = bulkLanesOn(calls, clock);
  const frontLog = { append: (events: readonly Event[]) => lanes.record(events) };
  const whichLane = laneFinder(control.pools);
  const submit = createSubmit({
    store: { ...remembering(control, clock), suppressed: (...args) => control.suppressed(...args) },
    laneOf: whichLane,
    lane: (id) => lanes.door(id),
    frontLog,
    unsubscribeUrl: unsubscribeUrls({ config, secrets }),
    hostname: config.hostname,
    returnPathDomain: config.returnPathDomain,
    clock,
    log,
  });
  const turn = (): Promise<void> => turns.take();
  const releaser = createBulkReleaser({
    bulk,
    templates,
    gate: (request) =>
      bulkGate(
        {
          store: control,
          laneOf: whichLane,
          backlog: (lane, stream) => lanes.backlog(lane, stream),
          bounds: BULK_GATE,
        },
        request,
      ),
    release: (block) => releaseBlock({ submit, templates, frontLog, turn, clock, log }, block),
    rest: (workedMs) => (lanes.urgent() ? pause(Math.min(REST_FACTOR * workedMs, MAX_REST_MS)) : nextTurn()),
    clock,
    log,
  });
  const { hostname, returnPathDomain } = config;
  const desk = createBulkDesk({ store: control, hostname, returnPathDomain, bulk, templates, releaser, turns, clock });
  await bulk.sweep();
  releaser.start();

  const purging = setInterval(() => {
    const before = clock.now() - config.retentionDays * DAY_MS;
    bulk.purge(before, PURGE_ROWS).catch((error: unknown) => {
      log.error({ err: error }, 'old bulk requests could not be dropped');
    });
  }, PURGE_EVERY_MS);

  answerQuestions(port, {
    receive: (said) => calls.receive(said),
    async close() {
      clearInterval(purging);
      await releaser.stop();
      await bulk.close();
      await control.close();
    },
  });
}

/** By the pools that exist, read again when any connection has changed them. */
function laneFinder(pools: PoolStore) {
  let seen: number | undefined;
  let lanes: ReadonlyMap<LaneId, Lane> = new Map();
  return async (stream: Pick<Stream, 'id' | 'kind' | 'pool'>) => {
    const version = pools.version();
    if (version !== seen) {
      lanes = new Map((await pools.pools()).map((pool) => [pool.id, pool]));
      seen = version;
    }
    return laneOf(stream, lanes);
  };
}

const given = workerData as BulkWorkerData | { readonly role: string } | null;
if (parentPort !== null && given !== null && given.role === 'bulk') {
  run(parentPort, given as BulkWorkerData).catch((error: unknown) => {
    // The supervisor starts the thread again.
    throw error;
  });
}
