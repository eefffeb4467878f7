// Whatever comes, and however it ends: never more in flight than allowed, and each job is run, put off or drained once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../../src/domain/outcome.ts';
import {
  GREYLISTED,
  REFUSED_CONNECTION,
  siteQueuesBench,
  TAKEN,
  TOO_MANY,
  type Bench,
} from '../support/site-queues-bench.ts';
import { fuzzRuns } from '../support/fuzzing.ts';

const HOSTS = ['a.test', 'b.test', 'c.test', 'one.orange.fr', 'two.orange.fr', 'mx0a.pphosted.com'];
const OUTCOMES: readonly Outcome[] = [TAKEN, TAKEN, TAKEN, GREYLISTED, TOO_MANY, REFUSED_CONNECTION];

type Step =
  | { readonly kind: 'add'; readonly host: string; readonly count: number; readonly server: number }
  | { readonly kind: 'end'; readonly which: number; readonly outcome: Outcome }
  | { readonly kind: 'time'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    host: fc.constantFrom(...HOSTS),
    count: fc.integer({ min: 1, max: 60 }),
    server: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat(), outcome: fc.constantFrom(...OUTCOMES) }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat(), outcome: fc.constantFrom(...OUTCOMES) }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 20, 600, 5000, 30_000, 600_000) }),
);

async function apply(bench: Bench, one: Step): Promise<void> {
  if (one.kind === 'add') return bench.add(one.host, one.count, one.server);
  if (one.kind === 'time') return bench.clock.advance(one.ms);
  if (bench.running.length > 0) await bench.running[one.which % bench.running.length]?.end(one.outcome);
}

function withinLimits(bench: Bench): void {
  const orange = bench.running.filter(({ site }) => site.key.endsWith('orange.fr'));
  assert.ok(bench.running.length <= MAX_JOBS);
  assert.ok(orange.length <= 3, 'the limit of the provider, over its sites');
  for (const host of HOSTS) assert.ok(bench.running.filter(({ site }) => site.key === host).length <= PER_SITE);
  const { jobs, waiting } = bench.queues.load();
  assert.equal(jobs, bench.running.length);
  assert.ok(waiting >= 0);
}

const MAX_JOBS = 12;
const PER_SITE = 5;

test('limits hold and no job is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const bench = siteQueuesBench({ maxJobs: MAX_JOBS, maxJobsPerSite: PER_SITE, window: 200 });
      let added = 0;
      for (const one of steps) {
        if (one.kind === 'add') added += one.count;
        await apply(bench, one);
        withinLimits(bench);
        const { jobs, waiting } = bench.queues.load();
        const heldBack = [...bench.queues.book.busy].some(({ pace }) => pace.heldUntil(bench.clock.now()) > 0);
        if (jobs === 0 && waiting > 0) assert.ok(heldBack, 'what may go, goes');
      }
      const drained = bench.queues.drain().map(({ id }) => id);
      const ids = [...bench.started.map(({ id }) => id), ...bench.putOff.map(({ job }) => job.id), ...drained];
      assert.equal(new Set(ids).size, ids.length, 'none twice');
      assert.equal(ids.length, added, 'none lost');
    }),
    fuzzRuns(150),
  );
});
