// Bounded concurrency: order, bounds, and that nobody who leaves takes a permit along.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../../src/lib/clock.ts';
import { createSemaphore, type Acquired, type Release } from '../../src/lib/semaphore.ts';

/** A clock whose timers fire when the test says so. */
function manualClock() {
  const timers = new Map<number, { at: number; task: () => void }>();
  let time = 0;
  let next = 0;
  const clock: Clock = {
    now: () => time,
    after: (ms, task) => {
      const id = next++;
      timers.set(id, { at: time + ms, task });
      return () => void timers.delete(id);
    },
  };
  const advance = (ms: number): void => {
    time += ms;
    for (const [id, timer] of timers) {
      if (timer.at <= time && timers.delete(id)) timer.task();
    }
  };
  return { clock, advance, pending: () => timers.size };
}

const WAIT = { timeoutMs: 1000 };

function releaseOf(result: Acquired): Release {
  assert.equal(result.kind, 'acquired');
  return result.kind === 'acquired' ? result.release : () => undefined;
}

test('no more than the permits are held, and waiters come in order', async () => {
  const { clock, pending } = manualClock();
  const semaphore = createSemaphore({ permits: 2, maxWaiters: 10 }, clock);
  const order: string[] = [];
  const first = releaseOf(await semaphore.acquire(WAIT));
  releaseOf(await semaphore.acquire(WAIT));
  const third = semaphore.acquire(WAIT).then((result) => (order.push('third'), result));
  const fourth = semaphore.acquire(WAIT).then((result) => (order.push('fourth'), result));
  assert.deepEqual([semaphore.held, semaphore.waiting], [2, 2]);
  first();
  releaseOf(await third)();
  releaseOf(await fourth);
  assert.deepEqual(order, ['third', 'fourth']);
  assert.deepEqual([semaphore.held, semaphore.waiting, pending()], [2, 0, 0]);
});

test('a second release of the same permit does nothing', async () => {
  const semaphore = createSemaphore({ permits: 1, maxWaiters: 0 }, manualClock().clock);
  const release = releaseOf(await semaphore.acquire(WAIT));
  release();
  release();
  assert.equal(semaphore.held, 0);
  assert.ok(semaphore.tryAcquire());
  assert.equal(semaphore.tryAcquire(), undefined);
});

test('one waiter too many is refused at once', async () => {
  const semaphore = createSemaphore({ permits: 1, maxWaiters: 1 }, manualClock().clock);
  const release = releaseOf(await semaphore.acquire(WAIT));
  const waiting = semaphore.acquire(WAIT);
  assert.deepEqual(await semaphore.acquire(WAIT), { kind: 'full' });
  release();
  releaseOf(await waiting);
});

test('a waiter whose time is over leaves and the next one gets the permit', async () => {
  const { clock, advance, pending } = manualClock();
  const semaphore = createSemaphore({ permits: 1, maxWaiters: 5 }, clock);
  const release = releaseOf(await semaphore.acquire(WAIT));
  const impatient = semaphore.acquire({ timeoutMs: 10 });
  const patient = semaphore.acquire({ timeoutMs: 100 });
  advance(10);
  assert.deepEqual(await impatient, { kind: 'timeout' });
  release();
  releaseOf(await patient);
  assert.equal(pending(), 0);
});

test('an aborted waiter leaves, and an aborted caller does not wait at all', async () => {
  const { clock, pending } = manualClock();
  const semaphore = createSemaphore({ permits: 1, maxWaiters: 5 }, clock);
  const release = releaseOf(await semaphore.acquire(WAIT));
  const abort = new AbortController();
  const waiting = semaphore.acquire({ ...WAIT, signal: abort.signal });
  abort.abort();
  assert.deepEqual(await waiting, { kind: 'aborted' });
  assert.deepEqual([semaphore.waiting, pending()], [0, 0]);
  release();
  assert.deepEqual(await semaphore.acquire({ ...WAIT, signal: abort.signal }), { kind: 'aborted' });
  assert.equal(semaphore.held, 0);
});

test('a newcomer does not overtake those who wait', async () => {
  const { clock } = manualClock();
  const semaphore = createSemaphore({ permits: 1, maxWaiters: 5 }, clock);
  const release = releaseOf(await semaphore.acquire(WAIT));
  const waiting = semaphore.acquire(WAIT);
  release();
  assert.equal(semaphore.tryAcquire(), undefined, 'the permit went to the waiter within release');
  releaseOf(await waiting)();
  assert.ok(semaphore.tryAcquire());
});

test('over any sequence the permits and the waiters stay within bounds and all come back', async () => {
  const command = fc.constantFrom('acquire', 'release', 'abort', 'tick');
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 50 }), async (commands) => {
      const { clock, advance, pending } = manualClock();
      const semaphore = createSemaphore({ permits: 2, maxWaiters: 3 }, clock);
      const releases: Release[] = [];
      const aborts: AbortController[] = [];
      const calls: Promise<void>[] = [];
      for (const step of commands) {
        if (step === 'release') releases.shift()?.();
        else if (step === 'abort') aborts.shift()?.abort();
        else if (step === 'tick') advance(400);
        else {
          const abort = new AbortController();
          aborts.push(abort);
          const call = semaphore.acquire({ ...WAIT, signal: abort.signal });
          calls.push(call.then((result) => void (result.kind === 'acquired' && releases.push(result.release))));
        }
        await Promise.resolve();
        assert.ok(semaphore.held <= 2 && semaphore.waiting <= 3);
        assert.ok(semaphore.waiting === 0 || semaphore.held === 2, 'nobody waits beside a free permit');
      }
      advance(2000);
      await Promise.all(calls);
      for (const release of releases) release();
      assert.deepEqual([semaphore.waiting, pending()], [0, 0]);
    }),
    { numRuns: 200 },
  );
});

test('a semaphore without permits is refused', () => {
  assert.throws(() => createSemaphore({ permits: 0, maxWaiters: 1 }, manualClock().clock), RangeError);
});
