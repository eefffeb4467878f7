// Turns on the event loop: order, slices, and that a step's promise jobs count for its slice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from '../../src/doors/api/turns.ts';

test('turns are given in the order they were asked for, so that two workers alternate', async () => {
  const turns = createTurns({ sliceMs: 5, now: () => 0 });
  const order: string[] = [];
  const work = async (name: string): Promise<void> => {
    for (let step = 0; step < 3; step++) {
      await turns.take();
      order.push(`${name}${step}`);
    }
  };
  await Promise.all([work('a'), work('b')]);
  assert.deepEqual(order, ['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
});

test('a slice ends when its time is used up, also by promise jobs of its steps', async () => {
  let time = 0;
  const turns = createTurns({ sliceMs: 5, now: () => time });
  const roundOf: number[] = [];
  let round = 0;
  let isDone = false;
  const count = (): void => {
    round += 1;
    if (!isDone) setImmediate(count);
  };
  const step = async (): Promise<void> => {
    await turns.take();
    await Promise.resolve();
    await Promise.resolve();
    time += 3;
    roundOf.push(round);
  };
  setImmediate(count);
  await Promise.all(Array.from({ length: 6 }, step));
  isDone = true;
  const steps = new Map<number, number>();
  for (const at of roundOf) steps.set(at, (steps.get(at) ?? 0) + 1);
  assert.deepEqual([...steps.values()], [2, 2, 2]);
});

test('a pause does not end the turns', async () => {
  const turns = createTurns({ sliceMs: 5, now: () => performance.now() });
  await turns.take();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  await turns.take();
});

test('while somebody urgent is about, slices are short and the loop rests between them', async () => {
  let time = 0;
  let isUrgent = true;
  const turns = createTurns({ sliceMs: 4, now: () => time, urgent: () => isUrgent });
  const rested = async (): Promise<number> => {
    const from = performance.now();
    for (let step = 0; step < 4; step += 1) {
      await turns.take();
      time += 1;
    }
    return performance.now() - from;
  };
  assert.ok((await rested()) >= 6, 'each millisecond of work is a slice of its own');
  isUrgent = false;
  let least = Infinity;
  for (let tries = 0; tries < 50; tries += 1) least = Math.min(least, await rested());
  assert.ok(least < 3, 'four are one slice');
});
