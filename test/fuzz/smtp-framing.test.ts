// Framing of message content: whatever the bytes and however they are cut, the same end, the same verdict, the same message
// as a reference that is too simple to be wrong.
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DataStream } from '../../src/mail/smtp/data-stream.ts';
import type { Framing } from '../../src/mail/smtp/data-stream.ts';
import { createByteBudget } from '../../src/mail/smtp/message-buffer.ts';
import { fuzzRuns, joinedTokens, readCorpus } from '../support/fuzzing.ts';
import { cutAt } from '../support/cut-bytes.ts';

const LIMITS = { maxMessageBytes: 60, maxLineBytes: 30 };

interface Verdict {
  /** Index after the end of data, -1 where it has not come. */
  readonly end: number;
  /** Latin-1; undefined where the message is refused or not complete. */
  readonly message: string | undefined;
}

/** Latin-1 text as it would be read by hand. */
function readByHand(text: string, framing: Framing): Verdict {
  const stop = framing === 'dots' ? `\r\n${text}`.indexOf('\r\n.\r\n') : text.length;
  if (stop < 0) return { end: -1, message: undefined };
  const raw = framing === 'dots' ? text.slice(0, stop) : text;
  const complete = framing === 'dots' || raw === '' || raw.endsWith('\r\n') ? raw : `${raw}\r\n`;
  const message = framing === 'dots' ? complete.replace(/(^|\r\n)\./g, '$1') : complete;
  const clean = !/\r(?!\n)|(?<!\r)\n|\0/.test(raw);
  const short = raw.split('\r\n').every((line) => line.length <= LIMITS.maxLineBytes);
  const taken = clean && short && message.length <= LIMITS.maxMessageBytes;
  return { end: framing === 'dots' ? stop + 3 : -1, message: taken ? message : undefined };
}

function readByStream(chunks: readonly Buffer[], framing: Framing): Verdict {
  const budget = createByteBudget(1000);
  const stream = new DataStream(framing, LIMITS, budget);
  let before = 0;
  let end = -1;
  for (const chunk of chunks) {
    assert.equal(budget.used, stream.size);
    const at = stream.push(chunk);
    if (at >= 0) end = before + at;
    if (at >= 0) break;
    before += chunk.length;
  }
  const complete = framing === 'counted' || end >= 0;
  const message = complete ? stream.finish()?.toString('latin1') : undefined;
  if (complete) assert.equal(message === undefined, stream.problem !== undefined);
  stream.release();
  assert.equal(budget.used, 0, 'every byte was given back');
  return { end, message };
}

function check(bytes: Buffer, places: readonly number[]): void {
  for (const framing of ['dots', 'counted'] as const) {
    const expected = readByHand(bytes.toString('latin1'), framing);
    assert.deepEqual(readByStream([bytes], framing), expected, `${framing}, in one chunk`);
    assert.deepEqual(readByStream(cutAt(bytes, places), framing), expected, `${framing}, cut`);
  }
}

const TOKENS = [
  '\r\n',
  '\r\n',
  '\r\n',
  '.',
  '.',
  '\r\n.\r\n',
  '\r\n..',
  '\r',
  '\n',
  '\0',
  'x',
  'xyz',
  '\xff',
  'x'.repeat(29),
];
/** Mostly clean, so that messages that are taken are frequent. */
const clean = joinedTokens(['\r\n', '\r\n.', '\r\n..', 'x', 'xyz', '.'], 12).map((text) => `${text}\r\n.\r\n`);
const content = fc.oneof(joinedTokens(TOKENS), clean).map((text) => Buffer.from(text, 'latin1'));
const places = fc.array(fc.nat(300), { maxLength: 20 });

describe('content is framed the same however it is cut', () => {
  test('made of line ends, dots and text', () => fc.assert(fc.property(content, places, check), fuzzRuns(20_000)));

  test('cut after every octet', () => {
    fc.assert(
      fc.property(content, (bytes) => check(bytes, [...bytes.keys()])),
      fuzzRuns(3000),
    );
  });

  test('made of anything', () => {
    const anything = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes));
    fc.assert(fc.property(anything, places, check), fuzzRuns(2000));
  });

  for (const [name, bytes] of readCorpus('smtp').filter(([file]) => file.startsWith('content-'))) {
    test(`the corpus file ${name}, cut at each place`, () => {
      for (const place of bytes.keys()) check(bytes, [place]);
    });
  }
});

test('a large message in pieces of every size is kept octet by octet', () => {
  const line = Buffer.from(`${'0123456789'.repeat(7)}\r\n`);
  const bytes = Buffer.concat([...Array.from({ length: 3000 }, () => line), Buffer.from('.\r\n')]);
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 70_000 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(sizes, (pattern) => {
      const stream = new DataStream('dots', { maxMessageBytes: 1e6, maxLineBytes: 100 }, createByteBudget(1e6));
      let end = -1;
      for (let at = 0, turn = 0; at < bytes.length && end < 0; turn += 1) {
        const size = pattern[turn % pattern.length] ?? 1;
        end = stream.push(bytes.subarray(at, at + size));
        at += size;
      }
      assert.ok(stream.finish()?.equals(bytes.subarray(0, -3)));
    }),
    // One run is as long as hundreds of the others.
    { numRuns: Math.ceil(fuzzRuns(20_000).numRuns / 400) },
  );
});
