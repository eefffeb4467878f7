// Urgent work that waits slows down what can wait, and only as long as it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPressureMemory, readPressure, reportPressure } from '../../src/lib/shared-pressure.ts';

function world() {
  const time = { now: 1_000_000 };
  const clock = { now: () => time.now, after: () => () => undefined };
  const memory = createPressureMemory(3);
  const reporters = [0, 1, 2].map((number) => reportPressure(memory, number, clock));
  const [first, second] = reporters;
  if (first === undefined || second === undefined) throw new Error('no reporters');
  return { time, first, second, part: readPressure(memory, clock, { easyMs: 10, hardMs: 110, least: 0.05 }) };
}

test('without reports, and while the waits are short, everything goes on', () => {
  const { first, part } = world();
  assert.equal(part(), 1);
  first.waited(10);
  assert.equal(part(), 1);
});

test('the longest wait of all reporters counts, and slows down in proportion, never to nothing', () => {
  const { first, second, part } = world();
  first.waited(60);
  second.waited(20);
  assert.equal(part(), 0.5);
  second.waited(5000);
  assert.equal(part(), 0.05);
});

test('it rises at once and falls gently', () => {
  const { first, part } = world();
  first.waited(110);
  assert.equal(part(), 0.05);
  first.waited(0);
  assert.ok(part() < 0.2, `${part()} after one short wait`);
  for (let n = 0; n < 40; n += 1) first.waited(0);
  assert.equal(part(), 1);
});

test('who falls silent is forgotten', () => {
  const { time, first, part } = world();
  first.waited(500);
  time.now += 900;
  assert.equal(part(), 0.05);
  time.now += 300;
  assert.equal(part(), 1);
});
