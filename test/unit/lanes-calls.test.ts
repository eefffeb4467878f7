// Calls between threads: each ends once, whatever becomes of the other side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallFailed, CallLost, createCalls, type Calls, type CallSaid } from '../../src/backends/lanes/calls.ts';
import { HandClock, turns } from '../support/core-fixture.ts';

type Handlers = Parameters<typeof createCalls>[0]['handlers'];

function pair(handlers: Handlers, clock = new HandClock()): { asker: Calls; cut: () => void } {
  let open = true;
  const later = (to: () => Calls) => (said: CallSaid) =>
    void (open && setImmediate(() => to().receive(structuredClone(said))));
  const common = { clock, onError: () => undefined };
  const asker: Calls = createCalls({ ...common, handlers: {}, post: later(() => answerer), maxWaiting: 2 });
  const answerer: Calls = createCalls({ ...common, handlers, post: later(() => asker) });
  return { asker, cut: () => void (open = false) };
}

const DEADLINE = { deadlineMs: 1000 };

test('a call gives what the other side returned', async () => {
  const { asker } = pair({ add: (a: number, b: number) => a + b });
  assert.equal(await asker.call('add', [2, 3], DEADLINE), 5);
});

test('what the other side threw is a failure with its text', async () => {
  const { asker } = pair({
    bad: () => {
      throw new Error('no');
    },
  });
  await assert.rejects(
    asker.call('bad', [], DEADLINE),
    (error) => error instanceof CallFailed && error.message === 'no',
  );
});

for (const name of ['nothing', 'toString', '__proto__']) {
  test(`a method of the name ${name} that nobody serves is a failure`, async () => {
    await assert.rejects(pair({}).asker.call(name, [], DEADLINE), CallFailed);
  });
}

test('a call that is not answered in time is lost', async () => {
  const clock = new HandClock();
  const { asker, cut } = pair({ a: () => 1 }, clock);
  cut();
  const call = assert.rejects(asker.call('a', [], DEADLINE), CallLost);
  await clock.advance(1000);
  await call;
});

test('when the other side is gone all calls are lost, and an answer that comes later changes nothing', async () => {
  const answer = Promise.withResolvers<number>();
  const { asker } = pair({ slow: () => answer.promise });
  const calls = [
    assert.rejects(asker.call('slow', [], DEADLINE), CallLost),
    assert.rejects(asker.call('slow', [], DEADLINE), CallLost),
  ];
  await assert.rejects(asker.call('slow', [], DEADLINE), CallLost);
  asker.lost();
  await Promise.all(calls);
  answer.resolve(1);
  await turns();
});
