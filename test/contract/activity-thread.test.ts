// An index behind a port that does not answer, answers late, fails, or is gone: every call still ends.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { createActivityClient } from '../../src/backends/lanes/activity-client.ts';
import type { ActivityClientOptions } from '../../src/backends/lanes/activity-client.ts';
import { hostActivity } from '../../src/backends/lanes/activity-host.ts';
import type { ActivityReply, ActivityRequest } from '../../src/backends/lanes/activity-rpc.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { ActivityUnavailable } from '../../src/ports/activity.ts';
import type { Activity } from '../../src/ports/activity.ts';
import { NO_GUARDS, OURS, openIndex } from '../support/activity-fixture.ts';

const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000' as MessageId;

/** A client, and the far end of its port, which answers only when it is told to. */
function pair(t: TestContext, options: Partial<ActivityClientOptions> = {}) {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const arrivals = Array.from({ length: 5 }, () => Promise.withResolvers<ActivityRequest>());
  // Ids count from 1.
  port2.on('message', (request: ActivityRequest) => arrivals[request.id - 1]?.resolve(request));
  return {
    client: createActivityClient(port1, options),
    /** The n-th request, from 1, as soon as it is there. */
    request: async (n: number) => (await arrivals[n - 1]?.promise) ?? assert.fail('more requests than expected'),
    reply: (message: ActivityReply): void => port2.postMessage(message),
    stop: (): void => port2.close(),
  };
}

/** A clock whose timers run only when they are told to. */
function heldClock() {
  const tasks = new Set<() => void>();
  return {
    tasks,
    now: () => 0,
    after: (_ms: number, task: () => void) => {
      tasks.add(task);
      return () => void tasks.delete(task);
    },
  };
}

describe('a call to the index on another thread', () => {
  test('is refused when its deadline passes, and a late answer harms nobody', async (t) => {
    const clock = heldClock();
    const { client, request, reply } = pair(t, { clock, deadlineMs: 77 });
    const call = client.bounceCounts(OURS);
    const { id } = await request(1);
    assert.equal(clock.tasks.size, 1);
    for (const task of clock.tasks) task();
    await assert.rejects(call, (error: Error) => error instanceof ActivityUnavailable && /77 ms/.test(error.message));

    reply({ id, ok: true, value: 'late' });
    const next = client.outboundSource(OURS, UNKNOWN_ID);
    reply({ id: (await request(2)).id, ok: true, value: 'in time' });
    assert.equal(await next, 'in time');
    assert.equal(clock.tasks.size, 0, 'no deadline is left behind');
  });

  test('is refused at once when too many are under way, and taken again when one has ended', async (t) => {
    const { client, request, reply } = pair(t, { maxOutstanding: 2 });
    const first = client.bounceDump(OURS, 1);
    const second = client.bounceDump(OURS, 2);
    await assert.rejects(client.bounceDump(OURS, 3), ActivityUnavailable);
    reply({ id: (await request(2)).id, ok: true, value: 'second' });
    assert.equal(await second, 'second');
    const again = client.bounceDump(OURS, 4);
    assert.deepEqual((await request(3)).args, [OURS, 4], 'the refused call was not sent');
    reply({ id: (await request(3)).id, ok: true, value: 'again' });
    reply({ id: (await request(1)).id, ok: true, value: 'first' });
    assert.deepEqual(await Promise.all([first, again]), ['first', 'again']);
  });

  test('is refused when the index stops, before and after', async (t) => {
    const { client, request, stop } = pair(t);
    const call = client.bounceCounts(OURS);
    await request(1);
    stop();
    await assert.rejects(call, ActivityUnavailable);
    await assert.rejects(client.bounceCounts(OURS), ActivityUnavailable);
  });

  test('fails with the text of the error that the index had', async (t) => {
    const { port1, port2 } = new MessageChannel();
    t.after(() => port1.close());
    const index = openIndex();
    const broken: Activity = { ...index.activity, bounceCounts: () => Promise.reject(new Error('disk I/O error')) };
    hostActivity(port2, { ...broken, ...NO_GUARDS });
    const client = createActivityClient(port1);
    await assert.rejects(client.bounceCounts(OURS), /the activity index failed: disk I\/O error/);
    assert.equal((await client.captured({ count: 1, offset: 0 }, undefined)).total, 0);
    await index.close();
  });

  test('of no method of the index is answered with an error', async (t) => {
    const { port1, port2 } = new MessageChannel();
    t.after(() => port1.close());
    const index = openIndex();
    hostActivity(port2, { ...index.activity, ...NO_GUARDS });
    const answered = new Promise<ActivityReply>((resolve) => port1.once('message', resolve));
    port1.postMessage({ id: 1, method: 'constructor', args: [] });
    const reply = await answered;
    assert.equal(reply.ok, false);
    await index.close();
  });
});
