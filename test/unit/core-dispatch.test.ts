// A lane's work over a queue in memory and a clock moved by hand: bounds, turns, retries, trouble with the disk, and stops.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import { turns } from '../support/core-fixture.ts';
import { lane, LATER, OK } from '../support/dispatch-bench.ts';

test('never more jobs than allowed at a site, nor in all, and everything is delivered in the end', async () => {
  const { add, flights, dispatcher, queue } = await lane({ maxJobs: 3, maxJobsPerSite: 2 });
  await add(...Array.from({ length: 12 }, (_, i) => `r${i}@${i < 8 ? 'big' : `small${i}`}.test`));
  let done = 0;
  while (done < flights.length) {
    const active = flights.slice(done);
    assert.ok(active.length <= 3 && dispatcher.load().jobs <= 3);
    assert.ok(active.filter(({ site }) => site.key === 'big.test').length <= 2);
    await flights[done]?.end();
    done += 1;
  }
  assert.equal(done, 12);
  assert.equal((await queue.depth()).deliveries, 0);
  const { leased, jobs, waiting, sites, putOff } = dispatcher.load();
  assert.deepEqual([leased, jobs, waiting, sites, putOff], [0, 0, 0, 0, 0]);
});

test('no more is leased than the window holds', async () => {
  const { add, flights, dispatcher, queue } = await lane({ window: 4, maxJobs: 2 });
  await add(...Array.from({ length: 20 }, (_, i) => `r${i}@rcpt.test`));
  for (let done = 0; done < 20; done += 1) {
    assert.ok(dispatcher.load().leased <= 4 && (await queue.depth()).leased <= 4);
    await flights[done]?.end();
  }
  assert.equal((await queue.depth()).deliveries, 0);
});

test('the recipients of a site share a transaction, over two domains of it', async () => {
  const { add, flights } = await lane();
  await add('a@one.test, b@alias-one.test, c@two.test');
  assert.deepEqual(flights.map(({ transaction }) => transaction.recipients).sort(), [
    ['a@one.test', 'b@alias-one.test'],
    ['c@two.test'],
  ]);
});

test('what is put off wakes at its time and not before', async () => {
  const { add, flights, clock } = await lane();
  await add('a@rcpt.test');
  await flights[0]?.end(LATER);
  await clock.advance(DEFAULT_RETRY.baseMs - 1);
  assert.equal(flights.length, 1);
  await clock.advance(1);
  assert.equal(flights.length, 2);
  await flights[1]?.end(LATER);
  await clock.advance(2 * DEFAULT_RETRY.baseMs - 1);
  assert.equal(flights.length, 2);
  await clock.advance(1);
  assert.equal(flights.length, 3);
});

test('what cannot be written down is tried until it can, and is not delivered again', async () => {
  const { add, flights, clock, queue, events } = await lane();
  const settle = queue.settle.bind(queue);
  let failures = 3;
  queue.settle = (settlements) => (failures-- > 0 ? Promise.reject(new Error('disk full')) : settle(settlements));
  await add('a@rcpt.test');
  await flights[0]?.end();
  assert.ok((await events()).every(({ kind }) => kind === 'accepted'));
  await clock.advance(60_000);
  assert.equal((await events()).filter(({ kind }) => kind === 'delivered').length, 1);
  assert.equal(flights.length, 1);
});

test('a stop lets go of what was not started, and aborts what takes longer than the grace', async () => {
  const { add, flights, clock, queue, dispatcher } = await lane({ maxJobs: 1 });
  await add('a@rcpt.test', 'b@rcpt.test', 'c@rcpt.test');
  const stopped = dispatcher.stop(5000);
  await turns();
  assert.equal(flights.length, 1);
  await clock.advance(5000);
  await stopped;
  const { deliveries, leased } = await queue.depth();
  assert.deepEqual([deliveries, leased, flights.length], [3, 0, 1]);
  await add('d@rcpt.test');
  assert.equal(flights.length, 1, 'a stopped lane takes no more');
});

test('test addresses and real ones in one message each have their outcome', async () => {
  const { add, flights, events } = await lane();
  await add('a@rcpt.test, SoftBounce@bounce-testing.postmarkapp.com, x@blackhole.postmarkapp.com');
  assert.deepEqual(
    flights.map(({ transaction }) => transaction.recipients),
    [['a@rcpt.test']],
  );
  await flights[0]?.end();
  const kinds = (await events()).map(({ kind }) => kind).sort();
  assert.deepEqual(kinds, ['accepted', 'bounced', 'delivered', 'delivered']);
});

test('a lane that captures takes a whole message at once and keeps its envelope with it, once', async () => {
  const { add, flights, events } = await lane({}, { captures: true });
  await add('a@one.test, b@two.test');
  assert.equal(flights.length, 1);
  await flights[0]?.end({ ...OK, mode: 'capture' });
  const captured = (await events()).flatMap((event) => (event.kind === 'delivered' ? [event.captured?.rcptTo] : []));
  assert.deepEqual(captured, [['a@one.test', 'b@two.test'], undefined]);
});

test('a failure of our own while a route is looked for defers the delivery, and its place in the window is free again', async () => {
  const route = (domain: string): Promise<never> => Promise.reject(new Error(`the policies cannot be read: ${domain}`));
  const { add, flights, dispatcher, queue, clock, events } = await lane({}, { route });
  await add('a@rcpt.test, b@other.test');
  await clock.advance(1);
  assert.equal(flights.length, 0);
  const { leased, deliveries, nextDueAt } = await queue.depth();
  assert.deepEqual([leased, dispatcher.load().leased, deliveries], [0, 0, 2]);
  assert.equal(nextDueAt, clock.now() - 1 + DEFAULT_RETRY.baseMs);
  const told = (await events()).filter(({ kind }) => kind === 'deferred');
  assert.deepEqual(
    told.map((event) => 'detail' in event && event.detail),
    ['an internal error; see the log of the server', 'an internal error; see the log of the server'],
  );
});
