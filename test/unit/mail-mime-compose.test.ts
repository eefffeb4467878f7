import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ParsedMail, simpleParser } from 'mailparser';
import { composeEntity, type MimeAttachment, type MimeContent } from '../../src/mail/mime/compose.ts';
import { readStructure, type MimePart } from '../../src/mail/mime/structure.ts';
import { isSevenBit } from '../../src/mail/mime/transfer-encoding.ts';

const NOTHING: MimeContent = { text: undefined, html: undefined, attachments: [] };

function message(content: Partial<MimeContent>): Buffer {
  const entity = composeEntity({ ...NOTHING, ...content }, (n) => `b_${n}_x`);
  const whole = Buffer.concat([Buffer.from(`From: a@example.com\r\n${entity.headers}\r\n`), entity.body]);
  assert.ok(isSevenBit(whole), 'the message is 7-bit');
  assert.doesNotMatch(whole.toString('latin1'), /(?<!\r)\n|\r(?!\n)/);
  assert.match(whole.toString('latin1'), /\r\n$/);
  return whole;
}

function parsed(content: Partial<MimeContent>): Promise<ParsedMail> {
  return simpleParser(message(content), { skipHtmlToText: true, skipTextToHtml: true, keepCidLinks: true });
}

function attachment(values: Partial<MimeAttachment>): MimeAttachment {
  return { name: 'a.bin', contentType: 'application/pdf', content: Buffer.from('x'), contentId: undefined, ...values };
}

/** `multipart/mixed(text/plain, …)`: the shape of a message. */
function shape(part: MimePart): string {
  return part.parts.length === 0 ? part.contentType : `${part.contentType}(${part.parts.map(shape).join(', ')})`;
}

describe('the shape of a message', () => {
  const pdf = attachment({});
  const logo = attachment({ name: 'logo.png', contentType: 'image/png', contentId: 'cid:logo' });
  const SHAPES: readonly (readonly [content: Partial<MimeContent>, expected: string])[] = [
    [{}, 'text/plain'],
    [{ text: 'a' }, 'text/plain'],
    [{ html: 'a' }, 'text/html'],
    [{ text: 'a', html: 'b' }, 'multipart/alternative(text/plain, text/html)'],
    [{ text: 'a', attachments: [pdf] }, 'multipart/mixed(text/plain, application/pdf)'],
    [{ html: 'a', attachments: [logo] }, 'multipart/related(text/html, image/png)'],
    [
      { text: 'a', html: 'b', attachments: [pdf, logo] },
      'multipart/mixed(multipart/alternative(text/plain, multipart/related(text/html, image/png)), application/pdf)',
    ],
    [{ text: 'a', attachments: [logo] }, 'multipart/mixed(text/plain, image/png)'],
  ];
  for (const [content, expected] of SHAPES) {
    test(expected, () => assert.equal(shape(readStructure(message(content))), expected));
  }
});

describe('text comes back as it was', () => {
  const TEXTS: readonly (readonly [name: string, text: string, encoding: string])[] = [
    ['ASCII', 'Hello\nBob\n', '7bit'],
    ['mixed line ends', 'a\r\nb\nc\rd\n', '7bit'],
    ['a line of 998', `${'x'.repeat(998)}\n`, '7bit'],
    ['a line of 999', `${'x'.repeat(999)}\n`, 'quoted-printable'],
    ['a last line of 999', `a\n${'x'.repeat(999)}`, 'quoted-printable'],
    ['a mailbox separator', 'a\nFrom here\n', 'quoted-printable'],
    ['some accents', 'Grüße aus Köln, = und  \n.\n..\nBis bald\n'.repeat(20), 'quoted-printable'],
    ['accents in one long line', 'Schöne Grüße, '.repeat(300), 'quoted-printable'],
    ['another script', 'Привет, Боб!\n'.repeat(50), 'base64'],
    ['emoji', '😀😀\n', 'base64'],
  ];
  for (const [name, text, encoding] of TEXTS) {
    test(`${name}: ${encoding}`, async () => {
      const expected = text.replace(/\r\n?/g, '\n').trimEnd();
      const mail = await parsed({ text });
      assert.equal(mail.text?.trimEnd(), expected);
      assert.equal(readStructure(message({ text })).encoding, encoding);
      const both = await parsed({ text, html: text });
      assert.equal(both.text?.trimEnd(), expected);
      assert.equal(String(both.html).trimEnd(), expected);
    });
  }

  test('quoted-printable lines have at most 76 columns and hide what stores change', () => {
    const text = `From é\n.\n${'é'.repeat(20)} ${'a=b '.repeat(200)}`;
    const body = composeEntity({ ...NOTHING, text }, () => 'b').body.toString('latin1');
    assert.match(body, /^=46rom =C3=A9\r\n=2E\r\n/);
    for (const line of body.split('\r\n')) assert.ok(line.length <= 76, line);
  });
});

describe('attachments', () => {
  test('bytes, names and types come back', async () => {
    const content = Buffer.from(Array.from({ length: 1000 }, (_, n) => n % 256));
    for (const name of [
      'a.pdf',
      'a b;"c\\.pdf',
      'Übersicht.pdf',
      '報告書.pdf',
      `${'long-'.repeat(50)}ü.pdf`,
      '😀'.repeat(30),
    ]) {
      const [found] = (await parsed({ text: 'a', attachments: [attachment({ name, content })] })).attachments;
      assert.equal(found?.filename, name);
      assert.deepEqual(found?.content, content);
      assert.equal(readStructure(message({ text: 'a', attachments: [attachment({ name })] })).parts[1]?.fileName, name);
    }
  });

  test('an inline image has its content id without cid:', async () => {
    for (const contentId of ['cid:logo123', '<logo123>', 'logo123']) {
      const mail = await parsed({ html: '<img src="cid:logo123">', attachments: [attachment({ contentId })] });
      assert.deepEqual([mail.attachments[0]?.cid, mail.attachments[0]?.contentDisposition], ['logo123', 'inline']);
    }
  });

  const TYPES: readonly (readonly [given: string, written: RegExp])[] = [
    ['image/PNG', /Content-Type: image\/png;/],
    ['text/calendar; method=REQUEST; charset="utf-8"', /text\/calendar;\r\n method=REQUEST;\r\n charset=utf-8;/],
    ['nonsense', /application\/octet-stream;/],
    ['', /application\/octet-stream;/],
    ['multipart/mixed; boundary=x', /application\/octet-stream;/],
    ['text/plain\r\nBcc: x@example.com', /application\/octet-stream;/],
    ['text/plain; x="a\r\nBcc: b"', /text\/plain;\r\n x="a Bcc: b";/],
  ];
  for (const [contentType, written] of TYPES) {
    test(`type ${JSON.stringify(contentType)}`, () => {
      const text = message({ text: 'a', attachments: [attachment({ contentType })] }).toString();
      assert.match(text, written);
      assert.doesNotMatch(text, /^Bcc/m);
    });
  }

  test('names and content ids cannot break out of their field', () => {
    const evil = attachment({ name: 'a"\r\nBcc: b', contentId: 'x>\r\nBcc: c' });
    const text = message({ html: 'a', attachments: [evil] }).toString();
    assert.doesNotMatch(text, /^Bcc/m);
    assert.match(text, /filename="a\\" Bcc: b"/);
  });

  test('a message is attached as a message, never in base64', async () => {
    const content = Buffer.from(
      'From: b@example.com\nSubject: inner\nContent-Type: text/plain; charset=utf-8\n\nGrüße\n',
    );
    const attached = attachment({ name: 'm.eml', contentType: 'message/rfc822', content });
    const root = readStructure(message({ text: 'a', attachments: [attached] }));
    assert.equal(shape(root), 'multipart/mixed(text/plain, message/rfc822(text/plain))');
    assert.equal(root.parts[1]?.encoding, '7bit');
  });
});
