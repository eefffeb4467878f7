// A lane's thread as the process sees it: started, supervised, handed messages, asked how it is.
import type { Config } from './config.ts';
import type { LaneWorkerData } from './lane-worker.ts';
import type { Secrets } from './secrets.ts';
import { superviseWorker } from './supervise-worker.ts';
import type { BusHub } from '../backends/lanes/bus-hub.ts';
import { createLaneClient } from '../backends/lanes/lane-client.ts';
import type { FromLane, LaneReport, ToLane } from '../backends/lanes/protocol.ts';
import type { Lane } from '../domain/pool.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { LaneDoor } from '../ports/lane-queue.ts';
import type { AskLane } from '../ports/lane-questions.ts';

export interface LaneToRun {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly lane: Lane;
  readonly pressure: SharedArrayBuffer;
  readonly busHub: BusHub;
  readonly clock: Clock;
  readonly log: Log;
  readonly onEvents: () => void;
  /** Addresses that leave the pool are not used any more. */
  readonly onReleased: (addressIds: readonly number[]) => void;
}

export interface RunningLane {
  readonly door: LaneDoor;
  /** Undefined while the thread does not answer. */
  report(): Promise<LaneReport | undefined>;
  readonly ask: AskLane;
  purge(before: number, consumed: number): void;
  /** The control data has changed. */
  controlChanged(): void;
  stop(graceMs: number): Promise<void>;
}

const APPEND_DEADLINE_MS = 30_000;
const REPORT_DEADLINE_MS = 2000;
const START_DEADLINE_MS = 60_000;
const MAX_WAITING_MESSAGES = 50_000;
const MAX_HEAP_MB = 512;
const YOUNG_MB = 24;
/** Beyond the time that jobs in flight get: to close files and connections. */
const CLOSING_MS = 2000;

/** Resolves when the lane is ready for the first time. */
export async function startLane(options: LaneToRun): Promise<RunningLane> {
  const { config, secrets, lane, clock, log } = options;
  const client = createLaneClient({
    clock,
    maxWaitingBytes: config.maxBufferedBytes,
    maxWaitingMessages: MAX_WAITING_MESSAGES,
    deadlineMs: APPEND_DEADLINE_MS,
  });
  const ready = Promise.withResolvers<void>();
  const worker = superviseWorker({
    entry: new URL('./lane-worker.ts', import.meta.url),
    name: `lane ${lane.id}`,
    workerData: () => {
      const bus = options.busHub.port();
      const data: LaneWorkerData = { role: 'lane', config, secrets, lane, pressure: options.pressure, bus };
      return { data, ports: [bus] };
    },
    maxHeapMb: MAX_HEAP_MB,
    youngMb: YOUNG_MB,
    clock,
    log,
    onMessage: (message, from) => {
      const said = message as FromLane;
      switch (said.kind) {
        case 'ready':
          client.attach({ postMessage: (to: ToLane) => from.postMessage(to) });
          return ready.resolve();
        case 'appended':
        case 'recorded':
        case 'report':
        case 'answer':
          return client.receive(said);
        case 'events':
          return options.onEvents();
        case 'released':
          return options.onReleased(said.addressIds);
        case 'stopped':
          return undefined;
      }
    },
    onGone: () => client.detach(),
  });
  const cancel = clock.after(START_DEADLINE_MS, () => ready.reject(new Error(`lane ${lane.id} did not start`)));
  await ready.promise;
  cancel();

  const tell = (message: ToLane): void => worker.current()?.postMessage(message);
  return {
    door: client,
    report: () => client.report(REPORT_DEADLINE_MS),
    ask: (question) => client.ask(question, REPORT_DEADLINE_MS),
    purge: (before, consumed) => tell({ kind: 'purge', before, consumed }),
    controlChanged: () => tell({ kind: 'control' }),
    async stop(graceMs) {
      tell({ kind: 'stop', graceMs });
      await worker.stop(graceMs + CLOSING_MS);
    },
  };
}
