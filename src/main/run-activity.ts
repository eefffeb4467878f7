// The activity thread as the process sees it: started, supervised, woken when there are new events, and asked.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { ActivityWorkerData, FromActivity, ToActivity } from './activity-worker.ts';
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';
import { superviseWorker } from './supervise-worker.ts';
import type { BusHub } from '../backends/lanes/bus-hub.ts';
import { createActivityClient } from '../backends/lanes/activity-client.ts';
import type { ActivityAnswers } from '../backends/lanes/activity-rpc.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { ActivityUnavailable } from '../ports/activity.ts';
import type { LogName } from '../ports/activity-index.ts';

export interface ActivityToRun {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Those that exist when the thread starts, or starts again. */
  readonly busHub: BusHub;
  readonly logs: () => readonly LogName[];
  readonly clock: Clock;
  readonly log: Log;
  readonly onConsumed: (cursors: Readonly<Record<string, number>>) => void;
}

export interface RunningActivity {
  readonly index: ActivityAnswers;
  ready(): boolean;
  wake(log: string): void;
  /** A log that came to be meanwhile. */
  follow(log: LogName): void;
  stop(graceMs: number): Promise<void>;
}

const START_DEADLINE_MS = 60_000;
const MAX_HEAP_MB = 512;
const YOUNG_MB = 12;
const CLOSING_MS = 2000;

/** Resolves when the index is ready for the first time. The logs must exist by then. */
export async function startActivity(options: ActivityToRun): Promise<RunningActivity> {
  const { config, secrets, clock, log } = options;
  let client: ActivityAnswers | undefined;
  const ready = Promise.withResolvers<void>();
  const tell = (message: ToActivity): void => worker.current()?.postMessage(message);
  const worker = superviseWorker({
    entry: new URL('./activity-worker.ts', import.meta.url),
    name: 'activity',
    workerData: () => {
      const bus = options.busHub.port();
      const data: ActivityWorkerData = { role: 'activity', config, secrets, logs: options.logs().map(nameOf), bus };
      return { data, ports: [bus] };
    },
    maxHeapMb: MAX_HEAP_MB,
    youngMb: YOUNG_MB,
    clock,
    log,
    onMessage: (message, from) => {
      const said = message as FromActivity;
      if (said.kind === 'consumed') options.onConsumed(said.cursors);
      if (said.kind !== 'ready') return;
      const { port1, port2 } = new MessageChannel();
      const requests: { kind: 'requests'; port: MessagePort } = { kind: 'requests', port: port2 };
      from.postMessage(requests, [port2]);
      client = createActivityClient(port1);
      ready.resolve();
    },
    onGone: () => {
      client = undefined;
    },
  });
  const cancel = clock.after(START_DEADLINE_MS, () => ready.reject(new Error('the activity index did not start')));
  await ready.promise;
  cancel();
  return {
    index: following(() => client),
    ready: () => client !== undefined,
    wake: (name) => tell({ kind: 'wake', log: name }),
    follow: (log) => tell({ kind: 'follow', log: nameOf(log) }),
    async stop(graceMs) {
      tell({ kind: 'stop' });
      await worker.stop(graceMs + CLOSING_MS);
    },
  };
}

function nameOf({ id, number }: LogName): LogName {
  return { id, number };
}

/** Calls go to the client of the thread that runs now. */
function following(current: () => ActivityAnswers | undefined): ActivityAnswers {
  const client = (): ActivityAnswers => {
    const now = current();
    if (now === undefined)
      throw new ActivityUnavailable('the activity index is being started again; try again in a moment');
    return now;
  };
  return {
    searchOutbound: async (filter) => client().searchOutbound(filter),
    outboundDetails: async (serverId, id) => client().outboundDetails(serverId, id),
    outboundSource: async (serverId, id) => client().outboundSource(serverId, id),
    acceptedMessage: async (id) => client().acceptedMessage(id),
    trace: async (serverIds, id) => client().trace(serverIds, id),
    isOutbound: async (serverId, id) => client().isOutbound(serverId, id),
    opens: async (filter) => client().opens(filter),
    clicks: async (filter) => client().clicks(filter),
    searchInbound: async (filter) => client().searchInbound(filter),
    inboundDetails: async (serverId, id) => client().inboundDetails(serverId, id),
    markInbound: async (...args) => client().markInbound(...args),
    searchBounces: async (filter) => client().searchBounces(filter),
    bounce: async (serverId, id) => client().bounce(serverId, id),
    bounceDump: async (serverId, id) => client().bounceDump(serverId, id),
    bounceTags: async (serverId) => client().bounceTags(serverId),
    markReactivated: async (...args) => client().markReactivated(...args),
    bounceCounts: async (serverId) => client().bounceCounts(serverId),
    captured: async (page, serverId) => client().captured(page, serverId),
    capturedMessage: async (id, serverId) => client().capturedMessage(id, serverId),
    guards: async () => client().guards(),
    verdicts: async () => client().verdicts(),
    dailyCounts: async (filter) => client().dailyCounts(filter),
    suppressionPage: async (...args) => client().suppressionPage(...args),
  };
}
