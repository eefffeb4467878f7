// The way out of a stream in a message that came as source: each part in the encoding that it came in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WayOut } from '../../src/core/unsubscribe-content.ts';
import { sourceWithWayOut } from '../../src/core/unsubscribe-source.ts';
import { readBodies } from '../../src/mail/mime/parse.ts';

const URL = 'https://mail.example.com/unsubscribe/abc';
const HANDLED: WayOut = { handled: true, oneClick: true, url: () => URL };
const NOT_HANDLED: WayOut = { ...HANDLED, handled: false };

function source(...lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
}

const changed = (raw: Buffer, way: WayOut = HANDLED): Buffer => Buffer.from(sourceWithWayOut(raw, way));
const asUtf8 = (text: string): string => Buffer.from(text).toString('latin1');

test('a plain text gets a last line, whatever its encoding', async () => {
  const encodings: readonly [encoding: string, body: string][] = [
    ['7bit', 'Hello.'],
    ['8bit', asUtf8('Grüße à')],
    ['quoted-printable', 'Gr=C3=BC=C3=9Fe =C3=A0'],
    ['base64', Buffer.from('Grüße à').toString('base64')],
  ];
  for (const [encoding, body] of encodings) {
    const head = ['Content-Type: text/plain; charset=utf-8', `Content-Transfer-Encoding: ${encoding}`];
    const raw = changed(source('Subject: x', ...head, '', body));
    const { text } = await readBodies(raw);
    assert.match(
      text ?? '',
      /^(?:Hello\.|Grüße à)\s+--\s+Unsubscribe: https:\/\/mail\.example\.com\/unsubscribe\/abc\s*$/,
      encoding,
    );
    assert.equal(raw.subarray(-2).toString(), '\r\n');
  }
});

test('text and HTML inside others get one each, and everything else keeps its octets', async () => {
  const raw = source(
    'Content-Type: multipart/mixed; boundary=a',
    '',
    '--a',
    'Content-Type: multipart/alternative; boundary=b',
    '',
    '--b',
    '',
    'Hello.',
    '--b',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<body>Gr=FC=DFe <a href=3D"{{{ pm:unsubscr=',
    'ibe }}}">off</a></body>',
    '--b--',
    '--a',
    'Content-Type: text/plain; name=note.txt',
    'Content-Disposition: attachment',
    '',
    'Keep me {{{ pm:unsubscribe }}}.',
    '--a--',
  );
  const result = changed(raw);
  const { text, html } = await readBodies(result);
  assert.match(text ?? '', /Unsubscribe: https/);
  assert.match(html ?? '', /Grüße <a href="https:\/\/mail\.example\.com\/unsubscribe\/abc">off<\/a>/);
  assert.doesNotMatch(html ?? '', /Unsubscribe<\/a>/);
  assert.ok(result.toString('latin1').endsWith(raw.toString('latin1').slice(-120)));
});

for (const [what, ...lines] of [
  ['signed', 'Content-Type: multipart/signed; boundary=a', '', '--a', '', 'Hello.', '--a--'],
  ['encrypted', 'Content-Type: multipart/encrypted; boundary=a', '', '--a', '', 'Hello.', '--a--'],
  ['in UTF-16', 'Content-Type: text/plain; charset=utf-16le', 'Content-Transfer-Encoding: base64', '', 'SABpAA=='],
  ['an attachment', 'Content-Type: text/html', 'Content-Disposition: attachment', '', '<p>Hi</p>'],
  ['no text', 'Content-Type: image/png', 'Content-Transfer-Encoding: base64', '', 'iVBORw0KGgo='],
] as const) {
  test(`a message that is ${what} stays as it came`, () => {
    const raw = source(...lines);
    assert.deepEqual(changed(raw), raw);
  });
}

test('where the sender handles it only placeholders are touched', () => {
  const plain = source('Subject: x', '', 'Hello.');
  assert.equal(sourceWithWayOut(plain, NOT_HANDLED), plain);
  const asking = source('Subject: x', '', 'Stop: {{{ pm:unsubscribe }}}');
  assert.equal(changed(asking, NOT_HANDLED).toString(), `Subject: x\r\n\r\nStop: ${URL}\r\n`);
});
