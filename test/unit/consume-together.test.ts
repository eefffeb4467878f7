// Consumers that share one reading of a log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { together } from '../../src/core/consume/together.ts';
import type { Consumer, EventBatch } from '../../src/core/consume/run-consumer.ts';
import type { LoggedEvent } from '../../src/domain/event.ts';

function recording(name: string, kept: number): Consumer & { readonly seen: number[]; failing: boolean } {
  const seen: number[] = [];
  return {
    name,
    seen,
    failing: false,
    cursor: async () => kept,
    async apply({ after, events }) {
      if (this.failing) throw new Error('not now');
      assert.equal(after, seen.at(-1) ?? kept);
      seen.push(...events.map(({ seq }) => seq));
    },
  };
}

function batch(after: number, upTo: number): EventBatch {
  const events: LoggedEvent[] = [];
  for (let seq = after + 1; seq <= upTo; seq += 1) events.push({ seq, event: {} as LoggedEvent['event'] });
  return { after, upTo, events };
}

test('reading begins at the cursor of the one that is furthest behind, and nobody sees an event twice', async () => {
  const ahead = recording('ahead', 5);
  const behind = recording('behind', 2);
  const both = together([ahead, behind]);
  assert.equal(await both.cursor(), 2);
  await both.apply(batch(2, 4));
  await both.apply(batch(4, 8));
  assert.deepEqual(ahead.seen, [6, 7, 8]);
  assert.deepEqual(behind.seen, [3, 4, 5, 6, 7, 8]);
});

test('after one of them failed, the other does not get the batch again', async () => {
  const first = recording('first', 0);
  const second = recording('second', 0);
  const both = together([first, second]);
  await both.cursor();
  second.failing = true;
  await assert.rejects(both.apply(batch(0, 3)), /not now/);
  second.failing = false;
  await both.apply(batch(0, 3));
  assert.deepEqual(first.seen, [1, 2, 3]);
  assert.deepEqual(second.seen, [1, 2, 3]);
});
