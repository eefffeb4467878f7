// Command lines: the reader finds the same lines however the bytes are cut, and the parsers are total and give nothing on
// that could be read twice.
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCommand } from '../../src/mail/smtp/commands.ts';
import { LineReader } from '../../src/mail/smtp/line-reader.ts';
import { parsePath } from '../../src/mail/smtp/path.ts';
import type { Path } from '../../src/mail/smtp/path.ts';
import { formatReply } from '../../src/mail/smtp/reply.ts';
import { startSasl } from '../../src/mail/smtp/sasl.ts';
import type { SaslStep } from '../../src/mail/smtp/sasl.ts';
import { cutAt } from '../support/cut-bytes.ts';
import { fuzzRuns, joinedTokens, readCorpus } from '../support/fuzzing.ts';

const LIMITS = { command: 20, auth: 40 };
const REFUSED = '(refused)';

function linesByHand(text: string): string[] {
  const lines = text.split('\r\n');
  const rest = lines.pop() ?? '';
  const found = lines.map((line) => (isGood(line) ? Buffer.from(line, 'latin1').toString() : REFUSED));
  const limit = rest.startsWith('AUTH ') ? LIMITS.auth : LIMITS.command;
  return rest.includes('\n') || rest.length > limit + 1 ? [...found, REFUSED] : found;
}

function isGood(line: string): boolean {
  const limit = line.startsWith('AUTH ') ? LIMITS.auth : LIMITS.command;
  const utf8 = Buffer.from(line, 'latin1');
  return line.length <= limit && !/[\r\n\0]/.test(line) && Buffer.from(utf8.toString()).equals(utf8);
}

function linesByReader(chunks: readonly Buffer[]): string[] {
  const reader = new LineReader(LIMITS);
  const found: string[] = [];
  for (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      const event = reader.read(chunk, at, false);
      if (event.kind === 'more') break;
      assert.ok(event.next > at && event.next <= chunk.length, 'the reader gets on');
      found.push(event.kind === 'line' ? event.text : REFUSED);
      at = event.next;
    }
  }
  return found;
}

const lineTokens = ['\r\n', '\r\n', '\r\n', '\r', '\n', '\0', 'NOOP', 'AUTH ', 'é', '\xc3', 'x'.repeat(18), ' '];
const input = joinedTokens(lineTokens).map((text) => Buffer.from(text, 'latin1'));
const places = fc.array(fc.nat(300), { maxLength: 20 });

function checkLines(bytes: Buffer, cuts: readonly number[]): void {
  const expected = linesByHand(bytes.toString('latin1'));
  assert.deepEqual(linesByReader([bytes]), expected, 'in one chunk');
  assert.deepEqual(linesByReader(cutAt(bytes, cuts)), expected, 'cut');
}

describe('lines', () => {
  test('are found the same however the bytes are cut', () =>
    fc.assert(fc.property(input, places, checkLines), fuzzRuns(20_000)));

  test('also octet by octet', () =>
    fc.assert(
      fc.property(input, (bytes) => checkLines(bytes, [...bytes.keys()])),
      fuzzRuns(3000),
    ));
});

const pathTokens = [
  '<',
  '>',
  '@',
  '@',
  '.',
  '"',
  '\\',
  '[',
  ']',
  'IPv6:',
  '::1',
  '192.0.2.1',
  ':',
  ',',
  ' ',
  'a',
  'bob',
];
const domains = [
  'example.com',
  'example',
  '-',
  'é',
  '例え',
  '😀',
  'x'.repeat(63),
  '\u0085',
  '\x7f',
  '<a@b.c>',
  '<"a b"@c.d>',
];
const pathLike = joinedTokens([...pathTokens, ...domains], 14);

/** What every path that was taken holds to. */
function checkPath(path: Path): void {
  if (path.kind === 'null') return;
  assert.doesNotMatch(path.address, /[\0-\x1f\x7f-\x9f]/);
  const at = path.address.lastIndexOf('@');
  const [local, domain] = [path.address.slice(0, at), path.address.slice(at + 1)];
  assert.ok(Buffer.byteLength(local) <= 64 && Buffer.byteLength(path.address) <= 254);
  assert.match(local, /^(?:"(?:[^"\\]|\\["\\])*"|[^\s"(),:;<>@[\\\]]+)$/u);
  assert.match(domain, /^(?:\[[\w.:]+\]|[^\s"(),:;<>@[\\\]]+)$/u);
  assert.ok(domain.startsWith('[') || domain.split('.').every((label) => /^[^-](?:.{0,61}[^-])?$/.test(label)));
  const again = parsePath(`<${path.address}>`, 0);
  assert.deepEqual(again, { kind: 'path', path, end: path.address.length + 2 }, 'it stays itself');
}

describe('paths', () => {
  const check = (text: string): void => {
    const parsed = parsePath(text, 0);
    if (parsed.kind === 'invalid') return;
    assert.equal(text.charAt(parsed.end - 1), '>');
    checkPath(parsed.path);
  };

  test('made of pieces of addresses', () =>
    fc.assert(
      fc.property(pathLike, (text) => check(`<${text}>`)),
      fuzzRuns(20_000),
    ));

  test('made of anything', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => check(`<${text}>`)),
      fuzzRuns(3000),
    ));
});

const verbs = [
  'MAIL FROM:',
  'RCPT TO:',
  'EHLO ',
  'HELO ',
  'AUTH ',
  'BDAT ',
  'DATA',
  'RSET',
  'QUIT',
  'NOOP',
  'VRFY ',
  'HELP',
  'STARTTLS',
];
const values = [
  '<a@b.c>',
  '<>',
  ' ',
  'SIZE=',
  'BODY=8BITMIME',
  'SMTPUTF8',
  'PLAIN',
  'LAST',
  '=',
  '0',
  '99999999999999999999',
  '-1',
  '1e3',
];
const lineLike = joinedTokens([...verbs, ...values, 'é', '\t', '@'], 8);

function checkCommand(line: string): void {
  const command = parseCommand(line);
  switch (command.kind) {
    case 'malformed':
      assert.ok(command.reply.code >= 500 && command.reply.code <= 559);
      assert.match(formatReply(command.reply), /^5\d\d 5\.\d\.\d [ -~]+\r\n$/);
      return;
    case 'mail':
      checkPath(command.from);
      assert.ok(command.parameters.size === undefined || command.parameters.size >= 0);
      return;
    case 'rcpt':
      return checkPath(command.to);
    case 'bdat':
      return assert.ok(Number.isSafeInteger(command.size) && command.size >= 0);
    case 'ehlo':
    case 'helo':
      return assert.match(command.name, /^[!-~]+$/);
    default:
      return;
  }
}

describe('commands', () => {
  test('made of pieces of commands', () =>
    fc.assert(
      fc.property(fc.constantFrom(...verbs), lineLike, (verb, rest) => checkCommand(verb + rest)),
      fuzzRuns(20_000),
    ));

  test('made of anything', () =>
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), checkCommand), fuzzRuns(3000)));

  for (const [name, bytes] of readCorpus('smtp').filter(([file]) => file.startsWith('commands-'))) {
    test(`the corpus file ${name}`, () => {
      for (const line of bytes.toString().split('\n')) checkCommand(line);
      for (const place of bytes.keys()) checkLines(bytes, [place]);
    });
  }
});

test('authentication ends after a few lines, whatever they are', () => {
  const line = fc.oneof(
    fc.constantFrom('*', '=', '', 'AHVzZXIAc2VjcmV0', 'dXNlcg==', 'dXNlcg', '/w=='),
    fc.base64String({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const mechanism = fc.constantFrom('PLAIN', 'LOGIN', 'CRAM-MD5', 'OTHER', '');
  fc.assert(
    fc.property(mechanism, fc.option(line, { nil: undefined }), fc.tuple(line, line), (name, initial, lines) => {
      let step: SaslStep = startSasl(name, initial, '<1@mail.example>');
      for (const text of lines) if (step.kind === 'challenge') step = step.next(text);
      assert.notEqual(step.kind, 'challenge');
      if (step.kind === 'credential') assert.equal(step.credential.mechanism, name);
    }),
    fuzzRuns(5000),
  );
});
