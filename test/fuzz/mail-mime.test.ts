import fc from 'fast-check';
import { type ParsedMail, simpleParser } from 'mailparser';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { composeEntity } from '../../src/mail/mime/compose.ts';
import { attachmentNames, type MimePart, readStructure } from '../../src/mail/mime/structure.ts';
import { toSevenBit } from '../../src/mail/mime/seven-bit.ts';
import { isSevenBit } from '../../src/mail/mime/transfer-encoding.ts';
import { fuzzRuns, messageLike, readCorpus } from '../support/fuzzing.ts';

function checkTree(part: MimePart): void {
  assert.ok(part.headerStart <= part.bodyStart && part.bodyStart <= part.bodyEnd);
  let at = part.bodyStart;
  for (const child of part.parts) {
    assert.ok(child.headerStart >= at && child.bodyEnd <= part.bodyEnd, 'children stand in order, inside their parent');
    at = child.bodyEnd;
    checkTree(child);
  }
}

function checkMessage(message: Buffer): void {
  checkTree(readStructure(message));
  for (const name of attachmentNames(message)) assert.doesNotMatch(name, /[\x00-\x1f\x7f]/);
  const result = Buffer.from(toSevenBit(message));
  assert.ok(isSevenBit(result), 'the result is 7-bit');
  assert.ok(Buffer.from(toSevenBit(result)).equals(result), 'a second pass changes nothing');
}

describe('whatever the message is, its structure is sound and its 7-bit form is 7-bit', () => {
  test('made of pieces of messages', () => fc.assert(fc.property(messageLike, checkMessage), fuzzRuns(3000)));

  test('from the corpus', () => {
    const corpus = readCorpus('mail');
    assert.ok(corpus.length > 8);
    for (const [, content] of corpus) checkMessage(content);
  });
});

/** Text that mail carries unchanged: no control characters, no white space at the ends of lines. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('Grüße ', 'x'.repeat(1100), 'From me', '.', '= ', '漢字', 'plain ', '\n'),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map((pieces) =>
    pieces
      .join('')
      .replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/g, '')
      .replace(/\s+(?=\n|$)/g, ''),
  );

const parse = (raw: Buffer): Promise<ParsedMail> =>
  simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, keepCidLinks: true });

test('what is composed is 7-bit and comes back by another parser', async () => {
  const content = fc.record({
    text,
    html: fc.option(text, { nil: undefined }),
    bytes: fc.uint8Array({ maxLength: 200 }),
    name: fc.string({ minLength: 1, maxLength: 80 }),
  });
  await fc.assert(
    fc.asyncProperty(content, async ({ text, html, bytes, name }) => {
      const attachment = { name, contentType: 'application/pdf', content: bytes, contentId: undefined };
      const entity = composeEntity({ text, html, attachments: [attachment] }, (n) => `b${n}_7f3a`);
      const whole = Buffer.concat([Buffer.from(`${entity.headers}\r\n`), entity.body]);
      assert.equal(toSevenBit(whole), whole);
      const mail = await parse(whole);
      assert.equal(mail.text?.trimEnd() ?? '', text);
      if (html !== undefined) assert.equal((mail.html || '').trimEnd(), html);
      assert.deepEqual(new Uint8Array(mail.attachments[0]?.content ?? []), bytes);
    }),
    fuzzRuns(300),
  );
});

test('a downgrade keeps text, HTML, names and bytes as another parser reads them', async () => {
  const content = fc.record({ text, html: text, subject: text, bytes: fc.uint8Array({ maxLength: 200 }) });
  await fc.assert(
    fc.asyncProperty(content, async ({ text, html, subject, bytes }) => {
      const lines = (part: string): string => part.replaceAll('\n', '\r\n');
      const raw = Buffer.concat([
        Buffer.from(`Subject: ${subject.replaceAll('\n', ' ')}\r\nMIME-Version: 1.0\r\n`),
        Buffer.from('Content-Type: multipart/mixed; boundary=b_7f3a\r\nContent-Transfer-Encoding: binary\r\n\r\n'),
        Buffer.from('--b_7f3a\r\nContent-Type: multipart/alternative; boundary=c_7f3a\r\n\r\n'),
        Buffer.from(`--c_7f3a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${lines(text)}\r\n`),
        Buffer.from(`--c_7f3a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${lines(html)}\r\n--c_7f3a--\r\n`),
        Buffer.from('--b_7f3a\r\nContent-Type: image/png; name="é.png"\r\nContent-Transfer-Encoding: binary\r\n\r\n'),
        bytes,
        Buffer.from('\r\n--b_7f3a--\r\n'),
      ]);
      const [before, after] = [await parse(raw), await parse(Buffer.from(toSevenBit(raw)))];
      assert.equal(after.text?.trimEnd(), before.text?.trimEnd());
      assert.equal((after.html || '').trimEnd(), (before.html || '').trimEnd());
      // Raw octets in a header are a matter of guessing for some parsers; ours are to be read as they were meant.
      assert.equal(after.subject?.replace(/\s+/g, ' ') ?? '', subject.replace(/\s+/g, ' ').trim());
      assert.deepEqual(new Uint8Array(after.attachments[0]?.content ?? []), bytes);
      assert.equal(after.attachments[0]?.filename, 'é.png');
    }),
    fuzzRuns(300),
  );
});
