// What the fuzz tests share: how long they run, the committed corpus, and messages made of the pieces that parsers stumble on.
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs of a property: short by default, as long as FUZZ_RUNS says otherwise. */
export function fuzzRuns(usual: number): { numRuns: number } {
  return { numRuns: Number(process.env['FUZZ_RUNS'] ?? usual) };
}

/** Inputs that once broke a parser, or were made to. */
export function readCorpus(folder: string): readonly (readonly [name: string, content: Buffer])[] {
  const path = join(import.meta.dirname, '../fuzz/corpus', folder);
  return readdirSync(path).map((name) => [name, readFileSync(join(path, name))]);
}

/** Strings that join the given tokens with some arbitrary text between. */
export function joinedTokens(tokens: readonly string[], maxLength = 30): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  );
  return fc.array(piece, { maxLength }).map((pieces) => pieces.join(''));
}

const MESSAGE_TOKENS: readonly string[] = [
  ...[
    '\r\n',
    '\r\n',
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    '\0',
    ':',
    ';',
    '"',
    'é',
    '\xff',
    '漢字',
    'From ',
    '.',
    '=',
  ],
  ...['From: Jörg <a@example.com>', 'To: a@example.com,', 'Subject: Grüße', 'Subject:', 'MIME-Version: 1.0'],
  ...['Content-Type: multipart/mixed; boundary=b', 'Content-Type: multipart/alternative; boundary="b c"'],
  ...['Content-Type: multipart/signed; boundary="é"', 'Content-Type: message/rfc822', 'Content-Type: text/html'],
  ...["Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%A9", 'Content-Type: image/png; name="é'],
  ...['Content-Transfer-Encoding: 8bit', 'Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: x-odd'],
  ...[
    'Content-Transfer-Encoding: quoted-printable',
    '--b',
    '--b--',
    '--b c',
    '--b c--',
    '--é',
    'QUJD',
    '=C3=A9=',
    '=?utf-8?q?',
  ],
  ...['x'.repeat(80), 'x'.repeat(1000), ' '.repeat(1100), 'é'.repeat(300)],
];

/** Whole lines, among which boundaries and empty lines are frequent enough for trees of parts. */
const OPENINGS: readonly string[] = [
  '--b\r\nContent-Type: multipart/alternative; boundary="b c"\r\n\r\n--b c',
  '--b\r\nContent-Type: message/rfc822\r\n',
  '--b c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b',
];
const line = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('', '', '--b', '--b c', ...OPENINGS) },
  { weight: 3, arbitrary: fc.constantFrom(...MESSAGE_TOKENS) },
);
const multipart = fc
  .array(line, { minLength: 3, maxLength: 40 })
  .map((lines) => Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${lines.join('\r\n')}`));

/** Octets that look like a message from afar. */
export const messageLike: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 8, arbitrary: multipart },
  { weight: 4, arbitrary: joinedTokens(MESSAGE_TOKENS, 40).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: joinedTokens(MESSAGE_TOKENS, 40).map((text) => Buffer.from(text, 'latin1')) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);
