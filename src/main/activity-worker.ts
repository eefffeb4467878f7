// What runs inside the activity thread: the consumers of the event logs, and the index that answers what people ask.
// The entry file of the thread. It yields to the threads that accept and deliver.
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Config } from './config.ts';
import { activityFile, answersFile, controlFile, logFile, statisticsFile } from './files.ts';
import { startGuard } from './run-guard.ts';
import { openErasureMarks, startRemovals } from './run-removals.ts';
import type { Secrets } from './secrets.ts';
import { yieldToOthers } from './thread-priority.ts';
import { startTlsDesk } from './tls-desk.ts';
import { joinBus } from '../backends/lanes/bus.ts';
import { hostActivity } from '../backends/lanes/activity-host.ts';
import { ACTIVITY_LIMITS, openActivity } from '../backends/sqlite/activity.ts';
import { ANSWER_SCHEMA } from '../backends/sqlite/answer-schema.ts';
import { openCheckpointer, type Checkpointer } from '../backends/sqlite/checkpointer.ts';
import { openControlStore } from '../backends/sqlite/control-store.ts';
import { openEventReader } from '../backends/sqlite/event-log.ts';
import { openStatisticsStore } from '../backends/sqlite/statistics-store.ts';
import { createActivityConsumer } from '../core/consume/activity.ts';
import { runConsumer, type RunningConsumer } from '../core/consume/run-consumer.ts';
import { createStatisticsConsumer } from '../core/consume/statistics.ts';
import { createSuppressConsumer } from '../core/consume/suppress.ts';
import { together } from '../core/consume/together.ts';
import { createEasternDay } from '../domain/eastern-day.ts';
import { FRONT_LOG } from '../domain/event.ts';
import { createBreather } from '../lib/breathe.ts';
import { systemClock } from '../lib/clock.ts';
import { createIdleCollector } from '../lib/idle-collector.ts';
import { createLog } from '../lib/log.ts';
import { readBodies } from '../mail/mime/parse.ts';
import type { MessageId } from '../lib/ids.ts';
import type { LogName } from '../ports/activity-index.ts';

export interface ActivityWorkerData {
  readonly role: 'activity';
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logs: readonly LogName[];
  /** To the other threads. */
  readonly bus: MessagePort;
}

export type ToActivity =
  | { readonly kind: 'wake'; readonly log: string }
  /** A log that came to be after the start. */
  | { readonly kind: 'follow'; readonly log: LogName }
  /** Where requests of people come in: a port of their own, with a protocol of its own. */
  | { readonly kind: 'requests'; readonly port: MessagePort }
  | { readonly kind: 'stop' };
export type FromActivity =
  | { readonly kind: 'ready' }
  /** By log: events up to this `seq` have been read by every consumer. */
  | { readonly kind: 'consumed'; readonly cursors: Readonly<Record<string, number>> }
  | { readonly kind: 'stopped' };

const CHECKPOINT_EVERY_MS = 100;
const PURGE_EVERY_MS = 10_000;
const PURGE_ROWS = 500;
const PURGE_PAUSE_MS = 25;
/** Between pieces, so that who asks meanwhile is answered. */
const TIDY_PAUSE_MS = 50;
const DAY_MS = 86_400_000;
/** Inbound messages that rules have blocked (contract management 12). */
const BLOCKED_DAYS = 10;

async function run(control: MessagePort, { config, secrets, logs, bus }: ActivityWorkerData): Promise<void> {
  const clock = systemClock;
  const log = createLog(config.log, { role: 'activity' });
  yieldToOthers(log);
  const post = (message: FromActivity): void => control.postMessage(message);
  const store = openControlStore({ file: controlFile(config.data), key: secrets.vaultKey });
  const guard = await startGuard({ config, pools: store.pools, clock, log });
  const readers = new Map<number, ReturnType<typeof openEventReader>>();
  const marks = await openErasureMarks(store, secrets);
  const { covers } = marks;
  const index = openActivity({
    path: activityFile(config.data),
    clock,
    logs: readers,
    readBodies,
    covers,
    breathe: createBreather(),
  });
  const statistics = openStatisticsStore(statisticsFile(config.data));
  const counting = {
    store: statistics,
    acceptedMessage: (id: MessageId) => index.acceptedMessage(id),
    dayOf: createEasternDay(),
  };
  const onBus = joinBus({ port: bus, clock });
  const tlsDesk = startTlsDesk({ config, bus: onBus, clock, log });
  const removals = startRemovals({ config, store, marks, index, bus: onBus, clock, log });
  const idle = createIdleCollector({ clock });
  const abort = new AbortController();
  const running: { readonly log: string; readonly consumer: RunningConsumer }[] = [];
  const answers = openCheckpointer(answersFile(config.data), ANSWER_SCHEMA);
  const checkpointers: { readonly id: string; readonly file: Checkpointer }[] = [{ id: 'answers', file: answers }];

  function follow(name: LogName): void {
    if (readers.has(name.number)) return;
    const reader = openEventReader(logFile(config.data, name));
    readers.set(name.number, reader);
    const consumer = together([
      // First: whoever sees a bounce can lift what it has suppressed.
      createSuppressConsumer(store, name),
      createActivityConsumer(index, name, covers),
      createStatisticsConsumer(counting, name),
      guard.consumer(name, (id) => reader.body(id)),
    ]);
    const options = { consumer, events: reader, clock, log: log.child({ consumer: consumer.name, log: name.id }) };
    running.push({ log: name.id, consumer: runConsumer(options, abort.signal) });
    // The front log is written rarely and checkpoints itself.
    if (name.id !== FRONT_LOG.id)
      checkpointers.push({ id: name.id, file: openCheckpointer(logFile(config.data, name)) });
  }
  for (const name of logs) follow(name);

  let requests: MessagePort | undefined;

  async function maintain(): Promise<void> {
    const before = clock.now() - config.retentionDays * DAY_MS;
    while ((await index.purge(before, PURGE_ROWS)) >= PURGE_ROWS && !abort.signal.aborted) await pause(PURGE_PAUSE_MS);
    await dropShortLived();
    while ((await index.tidy()) && !abort.signal.aborted) await pause(TIDY_PAUSE_MS);
    const cursors: Record<string, number> = {};
    for (const item of running) cursors[item.log] = item.consumer.position() ?? 0;
    await index.sync();
    post({ kind: 'consumed', cursors });
  }
  async function dropShortLived(): Promise<void> {
    const now = clock.now();
    const what = {
      dumpsBefore: now - ACTIVITY_LIMITS.dumpKeptMs,
      blockedBefore: now - BLOCKED_DAYS * DAY_MS,
      limit: PURGE_ROWS,
    };
    while ((await index.purgeShortLived(what)) >= PURGE_ROWS && !abort.signal.aborted) await pause(PURGE_PAUSE_MS);
  }
  /** Lanes whose last checkpoint failed: said once and not ten times a second. */
  const failing = new Set<string>();
  const checkpointing = setInterval(() => {
    for (const { id, file } of checkpointers) {
      try {
        file.checkpoint();
        failing.delete(id);
      } catch (error) {
        // A full disk, say: the lanes' own checkpoints see it too, and what is in a WAL is safe there.
        if (!failing.has(id)) log.warn({ err: error, lane: id }, 'checkpoints fail for the time being');
        failing.add(id);
      }
    }
  }, CHECKPOINT_EVERY_MS);
  const timer = setInterval(() => {
    maintain().catch((error: unknown) => log.error({ err: error }, 'maintaining the activity index failed'));
  }, PURGE_EVERY_MS);

  async function stop(): Promise<void> {
    idle.stop();
    clearInterval(timer);
    clearInterval(checkpointing);
    requests?.close();
    abort.abort();
    await removals.stop();
    await tlsDesk.stop();
    await Promise.all(running.map(({ consumer }) => consumer.stopped));
    await guard.close();
    await index.close();
    await statistics.close();
    await store.close();
    for (const reader of readers.values()) await reader.close();
    for (const { file } of checkpointers) file.close();
    post({ kind: 'stopped' });
    control.close();
  }

  control.on('message', (message: ToActivity) => {
    idle.worked();
    if (message.kind === 'wake') for (const item of running) if (item.log === message.log) item.consumer.wake();
    if (message.kind === 'follow') follow(message.log);
    if (message.kind === 'requests') {
      requests = message.port;
      hostActivity(requests, {
        ...index,
        guards: () => guard.guards(),
        verdicts: () => guard.verdicts(),
        dailyCounts: (filter) => statistics.dailyCounts(filter),
        suppressionPage: (...args) => store.suppressionLists.suppressionPage(...args),
      });
    }
    if (message.kind === 'stop') {
      stop().catch((error: unknown) => {
        throw error;
      });
    }
  });
  post({ kind: 'ready' });
}

const given = workerData as ActivityWorkerData | { readonly role: string } | null;
if (parentPort !== null && given !== null && given.role === 'activity') {
  run(parentPort, given as ActivityWorkerData).catch((error: unknown) => {
    // The supervisor starts the thread again.
    throw error;
  });
}
