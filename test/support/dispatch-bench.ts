// A dispatcher over a queue in memory, a clock moved by hand, and an egress whose attempts end when a test says so.
import { createDispatcher, type DispatchDeps, type Dispatcher, type DispatchOptions } from '../../src/core/dispatch.ts';
import { MemoryLaneQueue } from '../../src/backends/memory/lane-queue.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Site, Transaction } from '../../src/ports/egress.ts';
import { content, coreWorld, turns, type HandClock } from './core-fixture.ts';

export interface Flight {
  readonly site: Site;
  readonly transaction: Transaction;
  readonly end: (outcome?: Outcome) => Promise<void>;
}

export interface Lane {
  readonly queue: MemoryLaneQueue;
  readonly clock: HandClock;
  readonly dispatcher: Dispatcher;
  readonly flights: Flight[];
  readonly add: (...to: string[]) => Promise<void>;
  readonly events: () => Promise<readonly Event[]>;
}

export const OK: Outcome & { kind: 'delivered' } = {
  kind: 'delivered',
  mode: 'remote',
  phase: 'final',
  peer: undefined,
  reply: { code: 250, enhanced: undefined, text: 'ok' },
};
export const LATER: Outcome = { kind: 'deferred', phase: 'rcpt', peer: undefined, reply: undefined, detail: 'later' };

export async function lane(
  options: Partial<DispatchOptions> = {},
  others: Partial<Pick<DispatchDeps, 'captures' | 'held' | 'route'>> = {},
): Promise<Lane> {
  const world = await coreWorld();
  const queue = new MemoryLaneQueue();
  const flights: Flight[] = [];
  const dispatcher = createDispatcher({
    queue,
    clock: world.clock,
    log: silentLog,
    captures: false,
    egress: {
      send: (site, transaction, signal) =>
        new Promise((resolve) => {
          const finish = (outcome: Outcome): void => resolve(transaction.recipients.map(() => outcome));
          signal.addEventListener('abort', () => finish(LATER));
          flights.push({ site, transaction, end: (outcome = OK) => (finish(outcome), turns()) });
        }),
      close: () => Promise.resolve(),
    },
    schedule: { ...DEFAULT_RETRY, jitter: 0 },
    random: () => 0.5,
    returnPathKey: Buffer.alloc(32, 1),
    testDomains: [],
    sign: () => Promise.resolve(''),
    route: (domain) => Promise.resolve({ kind: 'site', key: domain.replace(/^alias-/, ''), hosts: [] }),
    options: { window: 100, windowBytes: 1e6, maxJobs: 10, maxJobsPerSite: 10, groupWaitMs: 100, ...options },
    onSettled: () => undefined,
    ...others,
  });
  return {
    queue,
    clock: world.clock,
    dispatcher,
    flights,
    async add(...to) {
      for (const address of to) await world.submit(content({ to: address }));
      await queue.append(world.appended.splice(0));
      dispatcher.wake();
      await turns();
    },
    events: async () => (await queue.events.read(0, 1000)).map(({ event }) => event),
  };
}
