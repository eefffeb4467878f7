// Replies as real and as hostile servers write them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCapabilities } from '../../src/mail/smtp/client-capabilities.ts';
import { ReplyParser, type Reply } from '../../src/mail/smtp/remote-reply.ts';

const feed = (...chunks: string[]): { replies: Reply[]; fault: string | undefined } => {
  const parser = new ReplyParser();
  const parsed = chunks.map((chunk) => parser.feed(Buffer.from(chunk)));
  return { replies: parsed.flatMap(({ replies }) => replies), fault: parsed.at(-1)?.fault };
};

const one = (text: string): Reply => {
  const { replies, fault } = feed(text);
  assert.equal(fault, undefined);
  assert.equal(replies.length, 1);
  return replies[0] as Reply;
};

const REPLIES: readonly [string, string, number, string | undefined, string][] = [
  ['a plain reply', '250 Ok\r\n', 250, undefined, 'Ok'],
  ['an enhanced code', '250 2.1.5 Ok\r\n', 250, '2.1.5', 'Ok'],
  ['an enhanced code alone', '550 5.1.1\r\n', 550, '5.1.1', ''],
  ['a code alone', '354\r\n', 354, undefined, ''],
  ['a code and a space', '250 \r\n', 250, undefined, ''],
  ['a bare LF', '250 Ok\n', 250, undefined, 'Ok'],
  ['several lines', '250-one\r\n250-two\r\n250 three\r\n', 250, undefined, 'one two three'],
  ['an enhanced code on each line', '550-5.1.1 no such\r\n550 5.1.1 user\r\n', 550, '5.1.1', 'no such user'],
  ['an enhanced code on the last line only', '550-sorry\r\n550 5.7.1 blocked\r\n', 550, '5.7.1', 'sorry blocked'],
  ['empty lines within', '220-\r\n220-hello\r\n220 \r\n', 220, undefined, 'hello'],
  ['an enhanced code of another class, as sent', '550 4.2.2 full\r\n', 550, '4.2.2', 'full'],
  ['a number that is no enhanced code', '550 5.1 and 1.2.3.4 are none\r\n', 550, undefined, '5.1 and 1.2.3.4 are none'],
  ['an address that begins like an enhanced code', '550 5.1.1.1 blocked\r\n', 550, undefined, '5.1.1.1 blocked'],
  ['a long detail', '452 4.123.999 x\r\n', 452, '4.123.999', 'x'],
  ['UTF-8', '550 5.1.1 Empfänger unbekannt\r\n', 550, '5.1.1', 'Empfänger unbekannt'],
  ['control characters', '550 5.1.1 a\u0000b\u001b[31mc\td\r\n', 550, '5.1.1', 'a b [31mc d'],
  ['a bare CR within a line', '550 a\rb\r\n', 550, undefined, 'a b'],
];
for (const [what, text, code, enhanced, expected] of REPLIES) {
  test(`a reply: ${what}`, () => {
    const reply = one(text);
    assert.deepEqual([reply.code, reply.enhanced, reply.text], [code, enhanced, expected]);
  });
}

const GARBAGE: readonly [string, string, RegExp][] = [
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\n', /"HTTP\/1\.1 400 Bad Request" is no SMTP reply/],
  ['an empty line', '\r\n', /"" is no SMTP reply/],
  ['a code of one class too many', '650 what\r\n', /no SMTP reply/],
  ['a code of class 1', '150 wait\r\n', /no SMTP reply/],
  ['four digits', '2500 Ok\r\n', /no SMTP reply/],
  ['two digits', '25 Ok\r\n', /no SMTP reply/],
  ['a code in other digits', '２５０ Ok\r\n', /no SMTP reply/],
  ['a letter after the code', '250Ok\r\n', /no SMTP reply/],
  ['space before the code', ' 250 Ok\r\n', /no SMTP reply/],
  ['lines with different codes', '250-Ok\r\n550 no\r\n', /different codes/],
  ['a continuation without a code', '250-Ok\r\nmore\r\n', /"more" is no SMTP reply/],
  ['more lines than are read', '250-x\r\n'.repeat(101), /more lines/],
  ['a line that is too long', `250 ${'x'.repeat(4096)}\r\n`, /longer than we read/],
  ['a line that never ends', 'x'.repeat(5000), /longer than we read/],
  ['TLS where SMTP was due', '\u0015\u0003\u0001\u0000\u0002\u0002\n', /no SMTP reply/],
];
for (const [what, text, fault] of GARBAGE) {
  test(`garbage: ${what}`, () => {
    const parsed = feed(text);
    assert.match(parsed.fault ?? '', fault);
    assert.deepEqual(parsed.replies, []);
  });
}

test('replies before garbage are kept, those after it are not read', () => {
  const parsed = feed('250 a\r\n250 b\r\ngarbage\r\n250 c\r\n', '250 d\r\n');
  assert.deepEqual(
    parsed.replies.map(({ text }) => text),
    ['a', 'b'],
  );
  assert.match(parsed.fault ?? '', /garbage/);
});

test('a hundred lines and 4096 bytes are still read', () => {
  assert.equal(one(`${'250-x\r\n'.repeat(99)}250 y\r\n`).lines.length, 100);
  assert.equal(one(`250 ${'x'.repeat(4090)}\r\n`).lines[0]?.length, 4090);
});

test('text for people is cut at 1,000 characters, and never within one', () => {
  const text = one(`550 ${'x'.repeat(999)}😀 tail\r\n`).text;
  assert.equal(text.length, 1000);
  assert.ok(text.isWellFormed());
});

test('an unfinished reply is seen as such', () => {
  const parser = new ReplyParser();
  for (const [chunk, partial] of [
    ['250-a\r\n', true],
    ['250 b', true],
    ['\r\n', false],
    ['2', true],
  ] as const) {
    parser.feed(Buffer.from(chunk));
    assert.equal(parser.partial, partial, chunk);
  }
});

test('what is offered is read in any case and order, also the old way', () => {
  const none = {
    pipelining: false,
    chunking: false,
    startTls: false,
    eightBitMime: false,
    smtpUtf8: false,
    requireTls: false,
    size: false,
  };
  const offers: readonly [string, object][] = [
    ['250 mx\r\n', { ...none, maxSize: undefined }],
    ['250-mx\r\n250-pipelining\r\n250 Size 5\r\n', { ...none, pipelining: true, size: true, maxSize: 5 }],
    ['250-mx\r\n250-Chunking\r\n250 PIPELINING\r\n', { ...none, chunking: true, pipelining: true, maxSize: undefined }],
    ['250-PIPELINING\r\n250 SIZE=7 \r\n', { ...none, size: true, maxSize: 7 }],
    [
      '250-mx\r\n250-STARTTLS\r\n250-8BITMIME\r\n250-REQUIRETLS\r\n250 SMTPUTF8\r\n',
      { ...none, startTls: true, eightBitMime: true, smtpUtf8: true, requireTls: true, maxSize: undefined },
    ],
    [
      '250-mx\r\n250-XPIPELINING\r\n250-AUTH PIPELINING\r\n250 SIZE -5\r\n',
      { ...none, size: true, maxSize: undefined },
    ],
    ['250-mx\r\n250 SIZE 99999999999999999999\r\n', { ...none, size: true, maxSize: undefined }],
  ];
  for (const [text, expected] of offers) assert.deepEqual(readCapabilities(one(text)), expected, text);
});
