// Restarts of the index: a batch is kept whole or not at all, and a replay leaves no gap and no repeat.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createActivityConsumer, changesOf } from '../../src/core/consume/activity.ts';
import { runConsumer } from '../../src/core/consume/run-consumer.ts';
import { TRANSACTIONAL_LANE as LANE } from '../../src/domain/pool.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { CursorMoved } from '../../src/ports/activity-index.ts';
import type { ActivityIndex } from '../../src/ports/activity-index.ts';
import { NOW, OURS, accepted, arrayLog, bounced, delivered, message, openIndex } from '../support/activity-fixture.ts';
import type { ArrayLog, Index } from '../support/activity-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'activity-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const MESSAGES = 120;

/** Each message is accepted, then delivered or bounced, with other messages in between. */
function busyLog(): ArrayLog {
  const log = arrayLog();
  const messages = Array.from({ length: MESSAGES }, (_, n) => message({ at: NOW + n, to: [`r${n}@example.net`] }));
  messages.forEach((of, n) => {
    log.push(accepted(of));
    const earlier = messages[n - 7];
    if (earlier !== undefined) log.push(n % 3 === 0 ? bounced(earlier) : delivered(earlier));
  });
  return log;
}

/** All that can be read back. */
async function contents({ activity }: Index): Promise<unknown> {
  const all = { serverId: OURS, count: 500, offset: 0 };
  const messages = await activity.searchOutbound(all);
  const details = await Promise.all(messages.items.map(({ id }) => activity.outboundDetails(OURS, id)));
  return { messages, details, bounces: await activity.searchBounces(all), counts: await activity.bounceCounts(OURS) };
}

async function expected(lane: ArrayLog): Promise<unknown> {
  const index = openIndex({ lane });
  await index.happen();
  const all = await contents(index);
  await index.close();
  return all;
}

/** An index whose file fails at the n-th change of a batch: what a crash in the middle of a transaction leaves. */
function failingAt(index: ActivityIndex, failures: number[]): ActivityIndex {
  return {
    ...index,
    apply: async (batch) => {
      const at = failures.shift();
      const broken = batch.changes[0];
      if (at === undefined || broken?.kind !== 'message') return index.apply(batch);
      const poison = { ...broken, message: { ...broken.message, id: 'no id' as MessageId } };
      return index.apply({ ...batch, changes: batch.changes.toSpliced(at, 0, poison) });
    },
  };
}

describe('the activity index after a restart', () => {
  test('goes on at its cursor, whatever the sizes of its batches', async () => {
    const lane = busyLog();
    const path = join(folder, 'restart.sqlite');
    for (let part = 0; part < 100; part += 1) {
      const index = openIndex({ path, lane });
      const consumer = createActivityConsumer(index.index, LANE);
      const at = await consumer.cursor();
      const events = await lane.read(at, 1 + (part % 13));
      const upTo = events.at(-1)?.seq;
      if (upTo !== undefined) await consumer.apply({ after: at, upTo, events });
      await index.close();
    }
    const index = openIndex({ path, lane });
    assert.equal(await index.index.cursor(LANE), await lane.latest());
    assert.deepEqual(await contents(index), await expected(lane));
    await index.close();
  });

  test('has nothing of a batch that failed in its middle', async () => {
    const lane = busyLog();
    const index = openIndex({ lane });
    const events = await lane.read(0, 40);
    const upTo = events.at(-1)?.seq ?? 0;
    for (const at of [1, 20, 39]) {
      const consumer = createActivityConsumer(failingAt(index.index, [at]), LANE);
      await assert.rejects(consumer.apply({ after: 0, upTo, events }), TypeError);
      assert.equal(await index.index.cursor(LANE), 0);
      assert.equal((await index.activity.searchOutbound({ serverId: OURS, count: 1, offset: 0 })).total, 0);
    }
    await index.close();
  });

  test('refuses a batch that does not start at its cursor', async () => {
    const lane = busyLog();
    const index = openIndex({ lane });
    await index.happen();
    const before = await contents(index);
    const latest = await lane.latest();
    const again = lane.events.flatMap((logged) => changesOf(LANE, logged));
    for (const start of [0, latest - 1, latest + 1]) {
      await assert.rejects(
        index.index.apply({ log: LANE, after: start, upTo: latest + 9, changes: again }),
        CursorMoved,
      );
    }
    assert.deepEqual(await contents(index), before);
    await index.close();
  });

  test('is filled by the loop through failures, without gaps or repeats', async () => {
    const lane = busyLog();
    const index = openIndex({ lane });
    const stop = new AbortController();
    const running = runConsumer(
      {
        consumer: createActivityConsumer(failingAt(index.index, [3, 9, 0]), LANE),
        events: lane,
        clock: systemClock,
        log: silentLog,
        limits: { batch: 11, lingerMs: 1, pollMs: 5, retry: { baseMs: 1, factor: 2, maxMs: 5, jitter: 0 } },
      },
      stop.signal,
    );
    const latest = await lane.latest();
    await until(() => running.position() === latest);
    stop.abort();
    await running.stopped;
    assert.deepEqual(await contents(index), await expected(lane));
    await index.close();
  });

  test('knows a bounce that was read before its message, from the log outside lanes', async () => {
    const index = openIndex();
    const of = message({ tag: 'late', subject: 'Late' });
    await index.happenOutside(bounced(of));
    await index.happen(accepted(of), delivered(of));
    const found = await index.activity.searchBounces({ serverId: OURS, count: 1, offset: 0, tag: 'late' });
    assert.equal(found.items[0]?.subject, 'Late');
    assert.equal(found.items[0].from, 'ann@example.com');
    const details = await index.activity.outboundDetails(OURS, of.id);
    assert.deepEqual(
      details?.events.map(({ type }) => type),
      ['Delivered', 'Bounced'],
    );
    await index.close();
  });
});

async function until(reached: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!reached()) {
    assert.ok(Date.now() < deadline, 'the loop reached the end of the log in time');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
