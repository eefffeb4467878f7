// Site queues over a clock moved by hand: what was started, what was put off, and an end to each job when a test wants it.
import { createSiteQueues, type SiteQueues, type SiteQueuesOptions } from '../../src/core/site-queues.ts';
import type { PutOffJob } from '../../src/core/pace-book.ts';
import type { PaceView } from '../../src/domain/pacing/site-pace.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { paceTuning } from '../../src/domain/pacing/tuning.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import type { Site } from '../../src/ports/egress.ts';
import { HandClock, turns } from './core-fixture.ts';

export interface TestJob {
  readonly id: number;
  readonly server: number;
}

export interface Running {
  readonly site: Site;
  readonly job: TestJob;
  readonly end: (outcome?: Outcome) => Promise<void>;
}

export interface Bench {
  readonly clock: HandClock;
  readonly queues: SiteQueues<TestJob>;
  /** In order of their start. */
  readonly started: TestJob[];
  readonly running: Running[];
  readonly putOff: (PutOffJob<TestJob> & { readonly pace: PaceView })[];
  /** Adds `count` jobs of the server, numbered on. */
  readonly add: (host: string, count: number, server?: number) => void;
  /** Ends all that are running, with the outcome, until nothing more starts. */
  readonly finish: (outcome?: Outcome) => Promise<void>;
}

const PEER = { host: 'mx.example.com', ip: '192.0.2.7', tls: false };
export const TAKEN: Outcome = {
  kind: 'delivered',
  peer: PEER,
  phase: 'final',
  mode: 'remote',
  reply: { code: 250, enhanced: undefined, text: 'ok' },
};
export const REFUSED_CONNECTION: Outcome = {
  kind: 'deferred',
  peer: PEER,
  phase: 'connect',
  reply: undefined,
  detail: 'mx.example.com refused the connection',
};
export const TOO_MANY: Outcome = {
  kind: 'deferred',
  peer: PEER,
  phase: 'greeting',
  reply: { code: 421, enhanced: '4.7.0', text: 'too many connections' },
  detail: 'mx.example.com said 421 4.7.0 too many connections',
};
export const GREYLISTED: Outcome = {
  kind: 'deferred',
  peer: PEER,
  phase: 'rcpt',
  reply: { code: 451, enhanced: '4.7.1', text: 'Greylisted, come back in 5 minutes' },
  detail: 'mx.example.com said 451 4.7.1 Greylisted',
};

export function siteQueuesBench(options: Partial<SiteQueuesOptions<TestJob>> = {}): Bench {
  const clock = new HandClock();
  const started: TestJob[] = [];
  const running: Running[] = [];
  const putOff: Bench['putOff'] = [];
  let ids = 0;
  const queues = createSiteQueues<TestJob>({
    maxJobs: 100,
    maxJobsPerSite: 20,
    window: 1000,
    tuning: paceTuning(DEFAULT_RETRY),
    clock,
    random: () => 0.5,
    serverOf: ({ server }) => server,
    run: (site, job) =>
      new Promise((resolve) => {
        started.push(job);
        const one: Running = {
          site,
          job,
          end(outcome = TAKEN) {
            running.splice(running.indexOf(one), 1);
            resolve([outcome]);
            return turns(1);
          },
        };
        running.push(one);
      }),
    putOff: (jobs, pace) => void putOff.push(...jobs.map((job) => ({ ...job, pace }))),
    ...options,
  });
  return {
    clock,
    queues,
    started,
    running,
    putOff,
    add(host, count, server = 1) {
      for (let i = 0; i < count; i += 1) queues.add(siteAt(host), { id: ++ids, server });
    },
    async finish(outcome) {
      while (running.length > 0) {
        await clock.advance(1);
        await Promise.all(running.splice(0).map((one) => one.end(outcome)));
      }
    },
  };
}

export function siteAt(host: string): Site {
  return { key: host, hosts: [{ host, addresses: ['192.0.2.7'] }] };
}
