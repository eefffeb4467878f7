// Whatever a remote server sends, in whatever pieces: no throw, no growth, and the same reading.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { REPLY_LIMITS, ReplyParser, type Reply } from '../../src/mail/smtp/remote-reply.ts';

const folder = join(import.meta.dirname, 'corpus/remote-reply');
const corpus = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
const numRuns = Number(process.env.FUZZ_RUNS ?? 2000);

interface Reading {
  readonly replies: readonly Reply[];
  readonly fault: string | undefined;
}

function read(chunks: readonly Uint8Array[]): Reading {
  const parser = new ReplyParser();
  const replies: Reply[] = [];
  let fault: string | undefined;
  for (const chunk of chunks) {
    const parsed = parser.feed(chunk);
    replies.push(...parsed.replies);
    fault = parsed.fault;
  }
  return { replies, fault };
}

/** Cuts at the given places, in any order and number. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((one, other) => one - other);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

function sound({ replies, fault }: Reading): void {
  for (const { code, enhanced, text, lines } of replies) {
    assert.ok(code >= 200 && code <= 599);
    assert.ok(enhanced === undefined || /^[245]\.\d{1,3}\.\d{1,3}$/.test(enhanced));
    assert.ok(text.length <= 1000 && text.isWellFormed());
    assert.ok(!/\p{Cc}/u.test(text + lines.join('')));
    assert.ok(lines.length >= 1 && lines.length <= REPLY_LIMITS.maxLines);
  }
  assert.ok(fault === undefined || (fault.length < 500 && !/\p{Cc}/u.test(fault)));
}

/** Pieces that make near-misses likely. */
const pieces = fc.constantFrom(
  '250',
  '-',
  ' ',
  '\r\n',
  '\n',
  '\r',
  '5.1.1',
  '550',
  'x',
  '😀',
  '\0',
  '2.0.0 ',
  '250 ok\r\n',
  '250-',
);
const likely = fc.array(pieces, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')));
const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const places = fc.array(fc.nat(400), { maxLength: 8 });

for (const [name, bytes] of corpus) {
  test(`the corpus reads the same byte by byte and is sound: ${name}`, () => {
    const whole = read([bytes]);
    sound(whole);
    assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte))), whole);
  });
}

test('any bytes in any pieces read the same, and soundly', () => {
  fc.assert(
    fc.property(fc.oneof(likely, anything), places, (bytes, cuts) => {
      const whole = read([bytes]);
      sound(whole);
      assert.deepEqual(read(cut(bytes, cuts)), whole);
    }),
    { numRuns },
  );
});

test('mutations of real replies read the same in any pieces, and soundly', () => {
  const mutation = fc.tuple(fc.nat(corpus.length - 1), fc.nat(1000), fc.nat(255), places);
  fc.assert(
    fc.property(mutation, ([index, place, byte, cuts]) => {
      const bytes = Buffer.from(corpus[index]?.[1] ?? '');
      bytes[place % bytes.length] = byte;
      const whole = read([bytes]);
      sound(whole);
      assert.deepEqual(read(cut(bytes, cuts)), whole);
    }),
    { numRuns },
  );
});

test('a well-formed reply comes back as it was written', () => {
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 ]{0,30}[a-z]$/);
  const reply = fc.record({
    code: fc.constantFrom(220, 250, 354, 421, 450, 550),
    enhanced: fc.option(fc.constantFrom('2.0.0', '4.7.1', '5.1.10'), { nil: undefined }),
    lines: fc.array(word, { minLength: 1, maxLength: 5 }),
  });
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 5 }), (written) => {
      const text = written.flatMap(({ code, enhanced, lines }) =>
        lines.map((line, index) => {
          const last = index === lines.length - 1;
          return `${code}${last ? ' ' : '-'}${enhanced === undefined ? '' : `${enhanced} `}${line}\r\n`;
        }),
      );
      const { replies, fault } = read([Buffer.from(text.join(''))]);
      assert.equal(fault, undefined);
      assert.deepEqual(
        replies.map(({ code, enhanced, text: said }) => ({ code, enhanced, text: said })),
        written.map(({ code, enhanced, lines }) => ({ code, enhanced, text: lines.join(' ') })),
      );
    }),
    { numRuns },
  );
});

test('an endless line and an endless reply end in a fault, and nothing is held', () => {
  for (const chunk of ['x'.repeat(1000), '250-x\r\n'.repeat(10), '250-']) {
    const parser = new ReplyParser();
    let fed = 0;
    while (parser.feed(Buffer.from(chunk)).fault === undefined) assert.ok(++fed < 5000, 'it goes on for ever');
    assert.equal(parser.feed(Buffer.from('250 ok\r\n')).replies.length, 0);
  }
});
