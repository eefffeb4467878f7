// Answers that are kept for requests made again, over both backends (src/ports/answer-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryAnswerStore } from '../../src/backends/memory/answer-store.ts';
import { openAnswerStore } from '../../src/backends/sqlite/answer-store.ts';
import type { ServerId } from '../../src/lib/ids.ts';
import { ANSWER_LIMITS, CLAIM_BYTES, type AnswerLimits, type AnswerStore } from '../../src/ports/answer-store.ts';
import { freshFile, NOON } from './control-backends.ts';

const ONE = { serverId: 1 as ServerId, key: 'k' };
const TWO = { serverId: 2 as ServerId, key: 'k' };
const ANSWER = { status: 200, body: '{"To":"bob@example.net"}' };
const fresh = (seed: string, at = NOON) => ({ fingerprint: 'f', at, seed });

const BACKENDS: readonly { readonly name: string; readonly open: (limits?: AnswerLimits) => AnswerStore }[] = [
  { name: 'memory', open: (limits) => new MemoryAnswerStore(limits) },
  { name: 'SQLite', open: (limits) => openAnswerStore(freshFile(), limits) },
];

for (const { name, open } of BACKENDS) {
  describe(`answers in ${name}`, () => {
    test('belong to a key of a server, and the first claim stays', async () => {
      const store = open();
      assert.deepEqual(await store.claim(ONE, fresh('a')), { ...fresh('a'), answer: undefined });
      assert.deepEqual(await store.claim(ONE, fresh('b', NOON + 1)), { ...fresh('a'), answer: undefined });
      assert.equal((await store.claim(TWO, fresh('c'))).seed, 'c');
      await store.keep(ONE, ANSWER);
      assert.deepEqual((await store.claim(ONE, fresh('d'))).answer, ANSWER);
      assert.equal((await store.claim(TWO, fresh('e'))).answer, undefined);
      await store.close();
    });

    test('are gone a day after the claim', async () => {
      const store = open();
      await store.claim(ONE, fresh('a'));
      await store.keep(ONE, ANSWER);
      const day = ANSWER_LIMITS.keptMs;
      assert.equal((await store.claim(ONE, fresh('b', NOON + day - 1))).seed, 'a');
      assert.deepEqual(await store.claim(ONE, fresh('c', NOON + day)), {
        ...fresh('c', NOON + day),
        answer: undefined,
      });
      await store.close();
    });

    test('free their key when they are released', async () => {
      const store = open();
      await store.claim(ONE, fresh('a'));
      await store.release(ONE);
      await store.release(TWO);
      assert.equal((await store.claim(ONE, { ...fresh('b'), fingerprint: 'g' })).fingerprint, 'g');
      await store.close();
    });

    test('of one server that has too many go the oldest first, and those of others stay', async () => {
      const store = open({ ...ANSWER_LIMITS, bytesPerServer: 3 * CLAIM_BYTES });
      await store.claim(TWO, fresh('other'));
      const keyed = (n: number) => ({ ...ONE, key: `k${n}` });
      for (const n of [1, 2, 3, 4]) await store.claim(keyed(n), fresh(`s${n}`));
      assert.equal((await store.claim(TWO, fresh('x'))).seed, 'other');
      assert.equal((await store.claim(keyed(2), fresh('x'))).seed, 's2');
      assert.equal((await store.claim(keyed(1), fresh('again'))).seed, 'again');
      await store.close();
    });

    test('are bounded in all, with the size of what was answered', async () => {
      const store = open({ ...ANSWER_LIMITS, bytes: 2 * CLAIM_BYTES + 50 });
      await store.claim(ONE, fresh('a'));
      await store.claim(TWO, fresh('b'));
      await store.keep(TWO, { status: 200, body: 'x'.repeat(51) });
      assert.equal((await store.claim(TWO, fresh('x'))).seed, 'b');
      assert.equal((await store.claim(ONE, fresh('new'))).seed, 'new');
      await store.close();
    });
  });
}

test('answers in SQLite outlive the process, and so do their bounds', async () => {
  const file = freshFile();
  const first = openAnswerStore(file);
  await first.claim(ONE, fresh('a'));
  await first.keep(ONE, ANSWER);
  await first.claim({ ...ONE, key: 'unanswered' }, fresh('b'));
  // Not closed: as after a kill.
  const second = openAnswerStore(file, { ...ANSWER_LIMITS, bytesPerServer: 2 * CLAIM_BYTES + ANSWER.body.length });
  assert.deepEqual((await second.claim(ONE, fresh('x'))).answer, ANSWER);
  assert.equal((await second.claim({ ...ONE, key: 'unanswered' }, fresh('x'))).seed, 'b');
  await second.claim({ ...ONE, key: 'third' }, fresh('c'));
  assert.equal((await second.claim(ONE, fresh('new'))).seed, 'new', 'the oldest has gone');
  await second.close();
  await first.close();
});
