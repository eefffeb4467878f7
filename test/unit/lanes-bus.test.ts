// The bus between threads: questions reach who serves them, also one who comes late, and end in time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createBusHub } from '../../src/backends/lanes/bus-hub.ts';
import { joinBus, type Bus } from '../../src/backends/lanes/bus.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { manualClock } from '../support/manual-clock.ts';

function ends(t: TestContext, count: number): Bus[] {
  const hub = createBusHub();
  const all = Array.from({ length: count }, () => joinBus({ port: hub.port(), clock: systemClock }));
  t.after(() => all.forEach((bus) => bus.close()));
  return all;
}

const noError = (error: unknown): void => assert.fail(String(error));

test('a question is answered by who serves it, once', async (t) => {
  const [asker, server, other] = ends(t, 3);
  const asked: unknown[] = [];
  server?.serve({ double: (value) => (asked.push(value), Number(value) * 2) }, noError);
  other?.serve({ triple: (value) => Number(value) * 3 }, noError);
  assert.deepEqual(await Promise.all([asker?.ask('double', [2], 5000), asker?.ask('triple', [2], 5000)]), [4, 6]);
  assert.deepEqual(asked, [2]);
});

test('what is told reaches who serves it', async (t) => {
  const [teller, server] = ends(t, 2);
  const heard = new Promise((resolve) => server?.serve({ note: resolve, isThere: () => true }, noError));
  // What is told before anybody serves it is lost.
  assert.equal(await teller?.ask('isThere', [], 5000), true);
  teller?.tell('note', [{ a: 1 }]);
  assert.deepEqual(await heard, { a: 1 });
});

test('a question that is said again when its answer is on its way is answered once', async (t) => {
  const hub = createBusHub();
  const clock = manualClock();
  const asker = joinBus({ port: hub.port(), clock });
  const server = joinBus({ port: hub.port(), clock });
  t.after(() => [asker, server].forEach((bus) => bus.close()));
  let times = 0;
  server.serve({ send: () => (times += 1), flush: () => 'flushed' }, noError);
  const isThere = asker.ask('flush', [], 60_000);
  for (let turn = 0; turn < 50; turn += 1) {
    clock.advance(1000);
    await nextTurn();
  }
  assert.equal(await isThere, 'flushed');
  const answer = asker.ask('send', [], 60_000);
  // As after a pause of a thread: the question is said again before the answer is read.
  clock.advance(1000);
  clock.advance(1000);
  assert.equal(await answer, 1);
  assert.equal(await asker.ask('flush', [], 60_000), 'flushed');
  assert.equal(times, 1);
});

test('only who serves a method hears of it', async (t) => {
  const hub = createBusHub();
  const ports = [hub.port(), hub.port(), hub.port()] as const;
  const heard: unknown[] = [];
  ports[2].on('message', (said) => heard.push(said));
  const [teller, server] = [ports[0], ports[1]].map((port) => joinBus({ port, clock: systemClock }));
  t.after(() => ports.forEach((port) => port.close()));
  const told = new Promise((resolve) => server?.serve({ note: resolve, isThere: () => true }, noError));
  await teller?.ask('isThere', [], 5000);
  teller?.tell('note', [1]);
  assert.equal(await told, 1);
  assert.deepEqual(heard, []);
});

test('a question that nobody serves ends with its deadline', async (t) => {
  const [asker] = ends(t, 1);
  assert.equal(await asker?.ask('nothing', [], 50), undefined);
});

test('a question reaches one who comes late', async (t) => {
  const [asker, server] = ends(t, 2);
  const answer = asker?.ask('late', [], 10_000);
  setImmediate(() => server?.serve({ late: () => 'here' }, noError));
  assert.equal(await answer, 'here');
});

test('one who fails is told to its owner, and gives no answer', async (t) => {
  const [asker, server] = ends(t, 2);
  const errors: unknown[] = [];
  server?.serve({ fail: () => Promise.reject(new Error('no')) }, (error) => errors.push(error));
  assert.equal(await asker?.ask('fail', [], 5000), undefined);
  assert.equal(errors.length, 1);
});

test('closing ends open questions', async (t) => {
  const [asker] = ends(t, 1);
  const answer = asker?.ask('nothing', [], 60_000);
  asker?.close();
  assert.equal(await answer, undefined);
});

test('it crosses threads', async (t) => {
  const hub = createBusHub();
  const bus = joinBus({ port: hub.port(), clock: systemClock });
  const source = `
    import { workerData } from 'node:worker_threads';
    import { joinBus } from ${JSON.stringify(new URL('../../src/backends/lanes/bus.ts', import.meta.url).href)};
    import { systemClock } from ${JSON.stringify(new URL('../../src/lib/clock.ts', import.meta.url).href)};
    joinBus({ port: workerData, clock: systemClock }).serve({ echo: (value) => value }, () => undefined);
    setInterval(() => undefined, 1000);`;
  const port = hub.port();
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: port,
    transferList: [port],
  });
  t.after(async () => {
    bus.close();
    await worker.terminate();
  });
  await once(worker, 'online');
  assert.deepEqual(await bus.ask('echo', [['x']], 10_000), ['x']);
});
