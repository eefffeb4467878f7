import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readBodies } from '../../src/mail/mime/parse.ts';
import { readParameters } from '../../src/mail/mime/parameters.ts';
import { attachmentNames, readStructure, type MimePart } from '../../src/mail/mime/structure.ts';

function crlf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
}

function shape(part: MimePart): string {
  return part.parts.length === 0 ? part.contentType : `${part.contentType}(${part.parts.map(shape).join(', ')})`;
}

describe('parameters', () => {
  const VALUES: readonly (readonly [text: string, value: string, params: Readonly<Record<string, string>>])[] = [
    ['text/PLAIN', 'text/plain', {}],
    ['text/plain; charset=UTF-8', 'text/plain', { charset: 'UTF-8' }],
    ['text/plain; charset=us-ascii (Plain text)', 'text/plain', { charset: 'us-ascii' }],
    ['a/b; x="a;\\"b\\""; y = z ;w', 'a/b', { x: 'a;"b"', y: 'z' }],
    ['a/b; name=my file.pdf', 'a/b', { name: 'my file.pdf' }],
    ['a/b; X=1; x=2', 'a/b', { x: '1' }],
    ["a/b; name*=utf-8''%C3%BC.pdf; name=u.pdf", 'a/b', { name: 'ü.pdf' }],
    ["a/b; name*=iso-8859-1'de'%FC.pdf", 'a/b', { name: 'ü.pdf' }],
    ["a/b; name*1*=b%20c; name*0*=utf-8''a; name*2=d", 'a/b', { name: 'ab cd' }],
    ['a/b; name*0="long"; name*1="name"', 'a/b', { name: 'longname' }],
    ['a/b; name="=?utf-8?Q?=C3=BC=2Epdf?="', 'a/b', { name: 'ü.pdf' }],
    ['a/b; name=ü.pdf', 'a/b', { name: 'ü.pdf' }],
    ['a/b; boundary="=?utf-8?Q?x?="', 'a/b', { boundary: '=?utf-8?Q?x?=' }],
    ['a/b; name="a\u0000b"', 'a/b', { name: 'a b' }],
    ['', '', {}],
  ];
  for (const [text, value, params] of VALUES) {
    test(JSON.stringify(text), () => {
      const read = readParameters(text);
      assert.deepEqual([read.value, Object.fromEntries(read.params)], [value, params]);
    });
  }
});

describe('the tree of parts', () => {
  const alternative = crlf([
    'Content-Type: multipart/mixed;',
    ' boundary="ab"',
    '',
    'preamble --ab',
    '--ab',
    'Content-Type: multipart/alternative; boundary=abc',
    '',
    '--abc',
    '',
    'text',
    '--abc  ',
    'Content-Type: text/html',
    'Content-Transfer-Encoding: Quoted-Printable',
    '',
    '<b>',
    '--abc--',
    'epilogue',
    '--ab',
    'Content-Disposition: Attachment; filename=x.pdf',
    '',
    'y',
    '--ab--',
  ]);

  test('holds parts with their offsets', () => {
    const root = readStructure(alternative);
    assert.equal(shape(root), 'multipart/mixed(multipart/alternative(text/plain, text/html), text/plain)');
    const [text, html] = root.parts[0]?.parts ?? [];
    assert.equal(alternative.toString('latin1', text?.headerStart, text?.bodyEnd), '\r\ntext');
    assert.equal(alternative.toString('latin1', html?.bodyStart, html?.bodyEnd), '<b>');
    assert.equal(html?.encoding, 'quoted-printable');
    assert.deepEqual([root.parts[1]?.disposition, root.parts[1]?.fileName], ['attachment', 'x.pdf']);
  });

  test('goes into attached messages, but not into encoded ones', () => {
    const inner = ['', 'Content-Type: text/html', '', 'x'];
    assert.equal(shape(readStructure(crlf(['Content-Type: message/rfc822', ...inner]))), 'message/rfc822(text/html)');
    const encoded = crlf(['Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64', ...inner]);
    assert.equal(shape(readStructure(encoded)), 'message/rfc822');
  });

  test('is a leaf without a boundary, without boundary lines, and for a wrong type', () => {
    for (const type of ['multipart/mixed', 'multipart/mixed; boundary=zz', 'multipart/mixed; boundary="é"']) {
      assert.equal(shape(readStructure(crlf([`Content-Type: ${type}`, '', '--é', '', 'x']))), 'multipart/mixed');
    }
    assert.equal(readStructure(crlf(['Content-Type: text', '', 'x'])).contentType, 'text/plain');
    assert.equal(readStructure(Buffer.alloc(0)).contentType, 'text/plain');
  });

  test('runs to the end where the last boundary is missing', () => {
    const root = readStructure(crlf(['Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'x']));
    assert.deepEqual([root.parts.length, root.parts[0]?.bodyEnd], [1, root.bodyEnd]);
  });

  test('is bounded in depth and parts, and says so', () => {
    const many = readStructure(
      crlf(['Content-Type: multipart/mixed; boundary=b', '', ...Array<string>(50).fill('--b')]),
      { maxParts: 10 },
    );
    assert.deepEqual([many.truncated, many.parts.length], [true, 9]);
    const deep = Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(100));
    let depth = 0;
    for (let part = readStructure(deep); part.parts[0] !== undefined; part = part.parts[0]) depth += 1;
    assert.equal(depth, 20);
  });

  test('costs no more than the length of the message allows', () => {
    const nested = Array.from({ length: 20 }, (_, n) => [
      `--b${n - 1}`,
      `Content-Type: multipart/mixed; boundary=b${n}`,
      '',
    ]).flat();
    const hostile = crlf([
      ...nested.slice(1),
      ...Array<string>(200_000).fill('--b19x'),
      ...Array<string>(2000).fill('--b0'),
    ]);
    const started = performance.now();
    readStructure(hostile);
    assert.ok(performance.now() - started < 3000);
  });
});

describe('reading back', () => {
  const file = (disposition: string): string[] => [
    '--b',
    'Content-Type: image/png',
    `Content-Disposition: ${disposition}`,
    '',
    'eA==',
  ];
  const mixed = ['Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'hello'];

  test('attachment names are those of files, attachments and messages', () => {
    const message = crlf([
      ...mixed,
      ...file('inline; filename="a.png"'),
      ...file('attachment'),
      ...file('inline'),
      ...['--b', 'Content-Type: message/rfc822', '', 'Content-Disposition: attachment; filename=hidden', '', 'x'],
      '--b--',
    ]);
    assert.deepEqual(attachmentNames(message), ['a.png', 'untitled', 'message.eml']);
    assert.deepEqual(attachmentNames(crlf(['Subject: a', '', 'x'])), []);
    assert.deepEqual(attachmentNames(crlf(['Content-Type: application/pdf; name=a.pdf', '', 'x'])), ['a.pdf']);
  });

  test('only bodies that are there are shown', async () => {
    const text = await readBodies(
      crlf([
        'Content-Type: text/plain; charset=iso-8859-1',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        'a =E9 http://example.com',
      ]),
    );
    assert.deepEqual([text.text?.trim(), text.html], ['a é http://example.com', undefined]);
    const html = await readBodies(crlf(['Content-Type: text/html', '', '<p>a</p><img src="cid:x">']));
    assert.deepEqual([html.text, html.html?.trim()], [undefined, '<p>a</p><img src="cid:x">']);
    const both = await readBodies(crlf([...mixed, '--b', 'Content-Type: text/html', '', '<p>x</p>', '--b--']));
    assert.equal(both.text?.trim(), 'hello');
    assert.match(both.html ?? '', /^(?:<br\/>)?\s*<p>x<\/p>\s*$/);
    assert.deepEqual(await readBodies(Buffer.alloc(0)), { text: undefined, html: undefined, attachments: [] });
  });
});
