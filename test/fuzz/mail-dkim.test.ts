import fc from 'fast-check';
import { dkimVerify } from 'mailauth';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalBody, canonicalField } from '../../src/mail/dkim/canonicalise.ts';
import { generateDkimKey, loadDkimKey } from '../../src/mail/dkim/keys.ts';
import { signMessage } from '../../src/mail/dkim/sign.ts';
import { fuzzRuns, joinedTokens, readCorpus } from '../support/fuzzing.ts';

/** RFC 6376 3.4.4, word for word and line by line. */
function plainBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+$/, '').replace(/[ \t]+/g, ' '));
  while (lines.at(-1) === '') lines.pop();
  return lines.map((line) => `${line}\r\n`).join('');
}

/** RFC 6376 3.4.2, step by step. */
function plainField(raw: string): string {
  const unfolded = raw.replaceAll('\r\n', '');
  const colon = unfolded.indexOf(':');
  const name = unfolded
    .slice(0, colon)
    .toLowerCase()
    .replace(/[ \t]+$/, '');
  const value = unfolded
    .slice(colon + 1)
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '');
  return `${name}:${value}`;
}

const bodyLike = joinedTokens(
  [' ', ' ', '\t', '\r\n', '\r\n', '\r', '\n', 'a', 'b', '.', '\xe9', ' \r\n', '  ', '\0'],
  40,
);
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

describe('the canonical forms are those of a plain implementation', () => {
  const checkBody = (body: string): void => {
    assert.equal(Buffer.concat(canonicalBody(Buffer.from(body, 'latin1'))).toString('latin1'), plainBody(body));
  };

  test('bodies', () => fc.assert(fc.property(bodyLike.map(latin1), checkBody), fuzzRuns(5000)));

  test('bodies of the corpus', () => {
    for (const [, content] of readCorpus('mail')) checkBody(content.toString('latin1'));
  });

  test('fields', () => {
    const values = joinedTokens([' ', '\t', '\r\n ', '\r\n\t', 'a', ':', '\xe9', '  ']).map(latin1);
    const check = (name: string, value: string): void => {
      const raw = `${name}:${value.replace(/[\r\n]+(?![ \t])/g, '')}\r\n`;
      assert.equal(canonicalField(raw), plainField(raw));
    };
    fc.assert(fc.property(fc.constantFrom('A', 'a-B', 'From ', 'X\t '), values, check), fuzzRuns(3000));
  });
});

const withoutBareLineEnds = (text: string): string => text.replace(/\r(?!\n)|(?<!\r)\n/g, '');

test('whatever the message is, its signature verifies by mailauth', async () => {
  const pair = await generateDkimKey('ed25519-sha256');
  const key = loadDkimKey(pair.privateKeyPem, 'ed25519-sha256');
  const signer = { domain: 'example.com', selector: 's', algorithm: 'ed25519-sha256', key } as const;
  const resolver = (): Promise<string[][]> => Promise.resolve([[pair.recordValue]]);
  const header = fc.array(
    fc.tuple(
      fc.constantFrom('Subject', 'To', 'cc', 'Reply-To', 'X-Other', 'LIST-ID', 'From'),
      joinedTokens(['a', ' ', '  ', '\t', '\r\n ', 'é', ':', ';'], 8),
    ),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(header, bodyLike, async (fields, body) => {
      // SMTP lets no bare line end in, and the verifier takes one for CRLF.
      const lines = fields.map(([name, value]) => `${name}: ${value.replace(/[\x00-\x08\x0a-\x1f]/g, '')}\r\n`);
      const message = Buffer.from(`From: a@example.com\r\n${lines.join('')}\r\n${withoutBareLineEnds(body)}`);
      const fieldsOfSignature = await signMessage(message, [signer], { now: Date.now() });
      const { results } = await dkimVerify(Buffer.concat([Buffer.from(fieldsOfSignature), message]), { resolver });
      assert.deepEqual(results.map(({ status }) => status.result), ['pass']); // prettier-ignore
    }),
    fuzzRuns(300),
  );
});
