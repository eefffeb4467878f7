// Keeps one worker thread alive: starts it, says when it is up and when it is gone, and starts it again after it died,
// with growing waits. What a dead thread had not finished is in its files; its successor goes on from there.
import { Worker, type MessagePort } from 'node:worker_threads';
import { backoffMs, type Backoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

export interface SupervisedWorker {
  readonly entry: URL;
  readonly name: string;
  /** `ports` go over to the thread. */
  readonly workerData: () => { readonly data: unknown; readonly ports: readonly MessagePort[] };
  readonly maxHeapMb: number;
  /** Size of the nursery: small where the thread's work can wait for more frequent collections. */
  readonly youngMb: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly onMessage: (message: unknown, worker: Worker) => void;
  readonly onGone: () => void;
}

export interface Supervisor {
  /** The running thread; undefined while it is being started again. */
  current(): Worker | undefined;
  /** Ends it for good: waits for its exit, and ends it by force after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const RESTART: Backoff = { baseMs: 100, factor: 2, maxMs: 10_000, jitter: 0.2 };
/** A thread that lived this long died of something new: waits start from the beginning. */
const HEALTHY_AFTER_MS = 60_000;

export function superviseWorker(options: SupervisedWorker): Supervisor {
  const { clock, log } = options;
  let worker: Worker | undefined;
  let stopping = false;
  let failures = 0;
  let exited: Promise<void> = Promise.resolve();
  let cancelRestart = (): void => undefined;

  function start(): void {
    const startedAt = clock.now();
    const { data, ports } = options.workerData();
    const started = new Worker(options.entry, {
      workerData: data,
      transferList: [...ports],
      name: options.name,
      resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb, maxYoungGenerationSizeMb: options.youngMb },
    });
    worker = started;
    started.on('message', (message: unknown) => options.onMessage(message, started));
    started.on('error', (error) => log.error({ err: error, worker: options.name }, 'a worker thread failed'));
    exited = new Promise((resolve) => {
      started.once('exit', (code) => {
        worker = undefined;
        resolve();
        if (stopping) return;
        options.onGone();
        failures = clock.now() - startedAt > HEALTHY_AFTER_MS ? 1 : failures + 1;
        const wait = backoffMs(RESTART, failures, Math.random);
        log.error(
          { worker: options.name, code, restartInMs: Math.round(wait) },
          'a worker thread ended; starting it again',
        );
        cancelRestart = clock.after(wait, start);
      });
    });
  }

  async function stop(graceMs: number): Promise<void> {
    stopping = true;
    cancelRestart();
    const running = worker;
    if (running === undefined) return;
    const cancel = clock.after(graceMs, () => void running.terminate());
    await exited;
    cancel();
  }

  start();
  return { current: () => worker, stop };
}
