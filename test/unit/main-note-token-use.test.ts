// The last use of tokens is written once a minute at most, for all of them together, and when the process ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteTokenUse } from '../../src/main/note-token-use.ts';
import { manualClock } from '../support/manual-clock.ts';
import { turns } from '../support/core-fixture.ts';

function world() {
  const clock = manualClock(1000);
  const written: (readonly [number, number])[][] = [];
  const disk = { broken: false };
  const use = noteTokenUse({
    clock,
    store: {
      noteTokensUsed: async (usedAt) => {
        if (disk.broken) throw new Error('the disk is full');
        written.push([...usedAt]);
      },
    },
  });
  return { clock, written, disk, use };
}

test('a thousand uses in a minute are one write', async () => {
  const { clock, written, use } = world();
  for (let i = 0; i < 1000; i += 1) use.note(i % 2, clock.now() + i);
  assert.equal(clock.pending(), 1);
  clock.advance(59_999);
  assert.deepEqual(written, []);
  clock.advance(1);
  await turns();
  assert.deepEqual(written, [
    [
      [0, 1998],
      [1, 1999],
    ],
  ]);
  clock.advance(3_600_000);
  assert.equal(written.length, 1, 'nothing is written where nothing was used');
});

test('what is open is written at the end, and a write that fails harms nobody', async () => {
  const { clock, written, disk, use } = world();
  use.note(1, 5);
  disk.broken = true;
  clock.advance(60_000);
  await turns();
  disk.broken = false;
  use.note(2, 6);
  await use.stop();
  assert.deepEqual(written, [[[2, 6]]]);
  assert.equal(clock.pending(), 0);
});
