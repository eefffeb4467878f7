// A thread of its own kind that answers questions: started with the first of them, or before, supervised, asked by calls.
//
// Promises: nothing runs that was never needed; after its end no thread is started again.
import { superviseWorker, type Supervisor } from './supervise-worker.ts';
import { createCalls, type Calls, type CallSaid, type CallsOptions } from '../backends/lanes/calls.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

export type ToThread = CallSaid | { readonly kind: 'stop' };
export type FromThread = CallSaid | { readonly kind: 'ready' } | { readonly kind: 'stopped' };

export interface ThreadToAsk extends Pick<CallsOptions, 'handlers' | 'onError'> {
  readonly name: string;
  readonly entry: URL;
  readonly workerData: unknown;
  readonly maxHeapMb: number;
  readonly youngMb: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AskedThread {
  readonly calls: Calls;
  /** Starts it where it was never needed before; whether it was up within the time. */
  readonly whenReady: (ms: number) => Promise<boolean>;
  /** Undefined where it was never needed. */
  readonly ready: () => boolean | undefined;
  readonly stop: (graceMs: number) => Promise<void>;
}

export function askThread(options: ThreadToAsk): AskedThread {
  const { clock } = options;
  let up = Promise.withResolvers<void>();
  let isUp = false;
  let worker: Supervisor | undefined;
  let stopping = false;
  const calls = createCalls({
    ...options,
    post: (said, transfer) => worker?.current()?.postMessage(said satisfies ToThread, transfer),
  });
  const supervised = (): Supervisor =>
    superviseWorker({
      ...options,
      workerData: () => ({ data: options.workerData, ports: [] }),
      onMessage: (message) => {
        const said = message as FromThread;
        if (said.kind === 'ready') {
          isUp = true;
          up.resolve();
        } else if (said.kind !== 'stopped') calls.receive(said);
      },
      onGone: () => {
        isUp = false;
        up = Promise.withResolvers();
        calls.lost();
      },
    });
  return {
    calls,
    whenReady(ms) {
      if (!stopping) worker ??= supervised();
      return within(ms, up.promise, clock);
    },
    ready: () => (worker === undefined ? undefined : isUp),
    async stop(graceMs) {
      stopping = true;
      worker?.current()?.postMessage({ kind: 'stop' } satisfies ToThread);
      await worker?.stop(graceMs);
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
