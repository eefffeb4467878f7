// The loop that reads a log for a consumer: order, batches, wakes, failures, stop.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runConsumer } from '../../src/core/consume/run-consumer.ts';
import type { ConsumerLimits, EventBatch } from '../../src/core/consume/run-consumer.ts';
import type { Event, LoggedEvent } from '../../src/domain/event.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Log, LogFields } from '../../src/lib/log.ts';

/** A clock that a test moves: timers run when their time is reached. */
function handClock() {
  const timers = new Set<{ at: number; task: () => void }>();
  let now = 0;
  return {
    now: () => now,
    after: (ms: number, task: () => void) => {
      const timer = { at: now + ms, task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    /** Waits until the loop sleeps, then moves on. */
    async pass(ms: number): Promise<void> {
      await settled(() => timers.size > 0);
      now += ms;
      for (const timer of [...timers]) {
        if (timer.at <= now && timers.delete(timer)) timer.task();
      }
      await turns(5);
    },
    timers,
  };
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function settled(reached: () => boolean): Promise<void> {
  for (let n = 0; n < 1000 && !reached(); n += 1) await turns(1);
  assert.ok(reached(), 'reached within a thousand turns');
}

interface Started {
  readonly limits?: Partial<ConsumerLimits>;
  readonly log?: Log;
  readonly apply?: (batch: EventBatch) => void;
}

function start({ limits = {}, log = silentLog, apply = () => undefined }: Started = {}) {
  const events: LoggedEvent[] = [];
  const kept = { cursor: 0, seen: [] as number[], batches: [] as number[], reads: 0 };
  const clock = handClock();
  const stop = new AbortController();
  const add = (count: number): void => {
    for (let n = 0; n < count; n += 1) events.push({ seq: events.length * 2 + 1, event: {} as Event });
  };
  const begin = () =>
    runConsumer(
      {
        consumer: {
          name: 'test',
          cursor: async () => kept.cursor,
          apply: async (batch) => {
            apply(batch);
            assert.equal(batch.after, kept.cursor);
            kept.cursor = batch.upTo;
            kept.seen.push(...batch.events.map(({ seq }) => seq));
            kept.batches.push(batch.events.length);
          },
        },
        events: {
          read: async (after, limit) => {
            kept.reads += 1;
            return events.filter(({ seq }) => seq > after).slice(0, limit);
          },
        },
        clock,
        log,
        limits: { batch: 10, lingerMs: 50, pollMs: 1000, ...limits },
      },
      stop.signal,
    );
  return { events, kept, clock, stop, add, begin };
}

describe('the loop of a consumer', () => {
  test('reads a backlog in full batches without resting, from the cursor that was kept', async () => {
    const { kept, add, begin, stop, events } = start();
    add(34);
    kept.cursor = 5;
    const running = begin();
    await settled(() => running.position() === events.at(-1)?.seq);
    assert.deepEqual(kept.batches, [10, 10, 10, 1]);
    assert.equal(kept.seen[0], 7);
    stop.abort();
    await running.stopped;
  });

  test('gathers what comes after a wake: many wakes are one read', async () => {
    const { kept, clock, add, begin, stop } = start();
    const running = begin();
    await settled(() => clock.timers.size > 0);
    const before = kept.reads;
    for (let n = 0; n < 5; n += 1) {
      add(1);
      running.wake();
      await turns(1);
    }
    assert.deepEqual(kept.batches, []);
    await clock.pass(50);
    assert.deepEqual(kept.batches, [5]);
    // Those wakes that came during the pause are one more look, which finds nothing.
    await clock.pass(50);
    assert.ok(kept.reads <= before + 2);
    stop.abort();
    await running.stopped;
  });

  test('loses no wake that comes while it applies', async () => {
    const state = { late: (): void => undefined };
    const { kept, clock, add, begin, stop } = start({ apply: () => state.late() });
    add(1);
    state.late = () => {
      state.late = () => undefined;
      add(1);
      running.wake();
    };
    const running = begin();
    await settled(() => kept.batches.length === 1);
    await clock.pass(50);
    assert.deepEqual(kept.seen, [1, 3]);
    stop.abort();
    await running.stopped;
  });

  test('looks by itself when nobody wakes it', async () => {
    const { kept, clock, add, begin, stop } = start();
    const running = begin();
    await settled(() => clock.timers.size > 0);
    add(1);
    await clock.pass(999);
    assert.deepEqual(kept.seen, []);
    await clock.pass(1);
    assert.deepEqual(kept.seen, [1]);
    stop.abort();
    await running.stopped;
  });

  test('tries a failed batch again after growing waits, says so, and skips nothing', async () => {
    const lines: LogFields[] = [];
    const log: Log = { ...silentLog, error: (fields) => void lines.push(fields) };
    const state = { failures: 4 };
    const fail = (): void => {
      if (state.failures > 0) throw new Error(`broken ${(state.failures -= 1)}`);
    };
    const retry = { baseMs: 100, factor: 2, maxMs: 300, jitter: 0 };
    const { kept, clock, add, begin, stop } = start({ log, apply: fail, limits: { retry } });
    add(12);
    const running = begin();
    for (const [n, waitMs] of [100, 200, 300, 300].entries()) {
      await settled(() => lines.length === n + 1);
      assert.deepEqual([lines[n]?.['consumer'], lines[n]?.['failures'], lines[n]?.['waitMs']], ['test', n + 1, waitMs]);
      running.wake();
      await clock.pass(waitMs - 1);
      assert.equal(lines.length, n + 1, 'a wake does not shorten the wait after a failure');
      await clock.pass(1);
    }
    await settled(() => kept.seen.length === 12);
    assert.deepEqual(kept.batches, [10, 2]);
    stop.abort();
    await running.stopped;
  });

  test('goes on from the kept cursor when a batch failed after its commit', async () => {
    const state = { broken: true };
    const { kept, clock, add, begin, stop } = start({
      apply: (batch) => {
        if (!state.broken) return;
        state.broken = false;
        kept.cursor = batch.upTo;
        throw new Error('the answer was lost');
      },
    });
    add(3);
    const running = begin();
    await settled(() => clock.timers.size > 0);
    add(1);
    await clock.pass(200);
    await settled(() => kept.seen.length > 0);
    assert.deepEqual(kept.seen, [7]);
    stop.abort();
    await running.stopped;
  });

  test('stops while it rests, and leaves no timer behind', async () => {
    const { clock, begin, stop } = start();
    const running = begin();
    await settled(() => clock.timers.size > 0);
    stop.abort();
    await running.stopped;
    assert.equal(clock.timers.size, 0);
  });
});
