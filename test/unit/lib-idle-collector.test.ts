// A thread gives memory back when it has come to rest, and never while there is work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdleCollector } from '../../src/lib/idle-collector.ts';
import { manualClock } from '../support/manual-clock.ts';

function world() {
  const clock = manualClock();
  const heap = { now: 40, collections: 0 };
  const idle = createIdleCollector({
    clock,
    quietMs: 1000,
    growthBytes: 5,
    heap: {
      bytes: () => heap.now,
      collect: () => {
        heap.collections += 1;
        heap.now = 10;
      },
    },
  });
  return { clock, heap, idle };
}

test('what a start leaves behind is collected when nothing follows it', () => {
  const { clock, heap } = world();
  clock.advance(1999);
  assert.equal(heap.collections, 0);
  clock.advance(1);
  assert.equal(heap.collections, 1);
});

test('while work comes in more often than a look, nothing is collected', () => {
  const { clock, heap, idle } = world();
  for (let at = 0; at < 100; at += 1) {
    idle.worked();
    clock.advance(900);
  }
  assert.equal(heap.collections, 0);
});

test('after a burst it collects once, and then rests without a timer', () => {
  const { clock, heap, idle } = world();
  clock.advance(2000);
  heap.now = 60;
  for (let at = 0; at < 50; at += 1) idle.worked();
  clock.advance(60_000);
  assert.equal(heap.collections, 2);
  assert.equal(clock.pending(), 0);
});

test('a heap that has hardly grown is left alone', () => {
  const { clock, heap, idle } = world();
  clock.advance(2000);
  heap.now = 15;
  idle.worked();
  clock.advance(10_000);
  assert.equal(heap.collections, 1);
  heap.now = 16;
  idle.worked();
  clock.advance(10_000);
  assert.equal(heap.collections, 2);
});

test('after the stop it sets no timer and collects no more', () => {
  const { clock, heap, idle } = world();
  idle.stop();
  idle.worked();
  assert.equal(clock.pending(), 0);
  clock.advance(10_000);
  assert.equal(heap.collections, 0);
});

test('where collections cannot be asked for, it does nothing', () => {
  const clock = manualClock();
  const idle = createIdleCollector({ clock, heap: { bytes: () => 100, collect: undefined } });
  idle.worked();
  assert.equal(clock.pending(), 0);
});
