// Jobs by the pace of their site: turns, limits, holds, and what is handed back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GREYLISTED, REFUSED_CONNECTION, siteQueuesBench, TAKEN, TOO_MANY } from '../support/site-queues-bench.ts';

describe('turns', () => {
  test('a site with much mail does not keep the others from their turn', async () => {
    const { add, running, started } = siteQueuesBench({ maxJobs: 1 });
    add('big.test', 100);
    add('small.test', 1, 7);
    for (let i = 0; i < 2; i += 1) await running[0]?.end();
    assert.deepEqual(
      started.map(({ server }) => server),
      [1, 1, 7],
    );
  });

  test("a server's thousands do not hold another's ten at the same site", async () => {
    const { add, started, finish } = siteQueuesBench();
    add('mx.test', 900, 1);
    add('mx.test', 10, 2);
    await finish();
    const places = started.flatMap(({ server }, place) => (server === 2 ? [place] : []));
    assert.equal(started.length, 910);
    assert.ok(Math.max(...places) < 30, `the last of the ten was number ${Math.max(...places)}`);
  });

  test('within a server the order is that of arrival', async () => {
    const { add, started, finish } = siteQueuesBench();
    add('mx.test', 50);
    await finish();
    assert.deepEqual(
      started.map(({ id }) => id),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  });
});

describe('limits', () => {
  test('a site begins with four and reaches its bound within three rounds', async () => {
    const { add, running, clock } = siteQueuesBench();
    add('mx.test', 100);
    const rounds: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      rounds.push(running.length);
      await clock.advance(10);
      await Promise.all(running.slice().map(({ end }) => end()));
    }
    assert.deepEqual(rounds, [4, 8, 16, 20, 20]);
  });

  test('sites of one provider share its limit', () => {
    const { add, running } = siteQueuesBench();
    for (let i = 0; i < 10; i += 1) add(`company${i}.orange.fr`, 5);
    assert.equal(running.length, 1, 'Orange begins with one');
  });

  test('a provider that throttles one domain is left alone by all its domains', async () => {
    const { add, running, putOff, clock } = siteQueuesBench();
    add('one-com.mail.protection.outlook.com', 1);
    await running[0]?.end(TOO_MANY);
    add('two-org.mail.protection.outlook.com', 1);
    assert.equal(running.length, 0);
    assert.deepEqual([putOff.length, putOff[0]?.pace.state], [1, 'backing-off']);
    await clock.advance(16_000);
    add('two-org.mail.protection.outlook.com', 1);
    assert.equal(running.length, 1);
  });

  test('many sites without an answer have half of the lane, the other half is for those that answer', async () => {
    const { add, running } = siteQueuesBench({ maxJobs: 10 });
    add('good.test', 1);
    await running[0]?.end();
    for (let i = 0; i < 20; i += 1) add(`dead${i}.test`, 10);
    assert.equal(running.length, 5);
    add('good.test', 50);
    assert.equal(running.filter(({ site }) => site.key === 'good.test').length, 4);
  });

  test('also while the lane yields, dead hosts leave half to those that answer', async () => {
    let part = 1;
    const { add, running } = siteQueuesBench({ maxJobs: 100, yieldTo: () => part });
    add('good.test', 1);
    await running[0]?.end();
    part = 0.1;
    for (let i = 0; i < 20; i += 1) add(`dead${i}.test`, 10);
    add('good.test', 50);
    const good = running.filter(({ site }) => site.key === 'good.test').length;
    assert.deepEqual([running.length - good, good], [5, 4]);
  });

  test('a lane that yields starts fewer, and never fewer than one', async () => {
    let part = 1;
    const { add, running } = siteQueuesBench({ maxJobs: 16, yieldTo: () => part });
    for (let i = 0; i < 8; i += 1) add(`site${i}.test`, 20);
    const flown = running.length;
    part = 0;
    while (running.length > 1) await running[0]?.end();
    await running[0]?.end();
    assert.ok(flown > 4);
    assert.equal(running.length, 1);
    part = 0.5;
    await running[0]?.end();
    assert.equal(running.length, 8);
  });
});

describe('held sites', () => {
  test('what waits for a dead site is handed back, none of it was tried, and others are not held', async () => {
    const { add, running, putOff, started, clock, queues } = siteQueuesBench();
    add('dead.test', 500);
    while (running.length > 0) await running[0]?.end(REFUSED_CONNECTION);
    assert.ok(started.length <= 8, `${started.length} tried`);
    assert.equal(putOff.length + started.length, 500);
    assert.ok(putOff.every(({ dueAt }) => dueAt >= clock.now() + 48_000));
    assert.equal(putOff[0]?.pace.state, 'unreachable');
    add('good.test', 10);
    assert.equal(running.length, 4);
    assert.deepEqual(queues.load(), { jobs: 4, waiting: 6, sites: 1 });
  });

  test('after the pause one is tried; the others wait in memory for what comes of it', async () => {
    const { add, running, clock } = siteQueuesBench();
    add('dead.test', 4);
    while (running.length > 0) await running[0]?.end(REFUSED_CONNECTION);
    await clock.advance(70_000);
    add('dead.test', 5);
    assert.equal(running.length, 1);
    await running[0]?.end(TAKEN);
    assert.equal(running.length, 2);
  });

  test('a short pause is waited for in memory', async () => {
    const { add, running, clock, putOff } = siteQueuesBench();
    add('mx.test', 20);
    await running[0]?.end({ ...TOO_MANY, reply: { code: 421, enhanced: undefined, text: 'bye' } } as typeof TOO_MANY);
    assert.equal(putOff.length, 0);
    while (running.length > 0) await running[0]?.end();
    await clock.advance(7000);
    assert.ok(running.length > 0);
  });

  test('greylisting holds nothing back', async () => {
    const { add, running, putOff } = siteQueuesBench();
    add('grey.test', 30);
    await running[0]?.end(GREYLISTED);
    assert.ok(running.length >= 4);
    assert.equal(putOff.length, 0);
  });

  test('a site that does not answer for a second keeps few in memory', async () => {
    const { add, running, putOff, clock, queues } = siteQueuesBench();
    add('tarpit.test', 900);
    assert.equal(putOff.length, 0);
    await clock.advance(2000);
    assert.equal(running.length, 4);
    assert.ok(queues.load().waiting <= 40);
    assert.equal(putOff.length + 4 + queues.load().waiting, 900);
    assert.ok(
      putOff.every(({ dueAt }) => dueAt < clock.now() + 17_000),
      'not for long, as nothing is known',
    );
  });
});

test('a moment in which nothing of ours went on is not held against a site', async () => {
  const { add, running, putOff, clock, finish, started } = siteQueuesBench();
  add('mx.test', 20);
  await finish();
  add('mx.test', 600);
  // Ten seconds pass before anything is looked at, and all that was in flight has taken so long.
  clock.stall(10_000);
  await Promise.all(running.slice().map(({ end }) => end()));
  await finish();
  assert.deepEqual([putOff.length, started.length], [0, 620]);
});

test('what was taken back or drained is not started, and what is added after a drain neither', async () => {
  const { add, queues, running, started } = siteQueuesBench({ maxJobs: 4 });
  add('mx.test', 10);
  assert.equal(queues.takeBack().length, 8);
  add('mx.test', 1);
  assert.equal(queues.drain().length, 1);
  add('mx.test', 1);
  await Promise.all(running.map(({ end }) => end()));
  assert.equal(started.length, 2);
});

test('of the sites without work the ones used least lately are forgotten', async () => {
  const { add, queues, finish } = siteQueuesBench({ maxIdleSites: 3 });
  for (let i = 0; i < 10; i += 1) {
    add(`site${i}.test`, 1);
    await finish();
  }
  const kept = [...queues.book.all()].map(({ key }) => key);
  assert.deepEqual(kept, ['site7.test', 'site8.test', 'site9.test']);
});
