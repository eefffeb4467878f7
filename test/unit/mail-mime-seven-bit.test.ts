import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { toSevenBit } from '../../src/mail/mime/seven-bit.ts';
import { hasLongLine, isSevenBit } from '../../src/mail/mime/transfer-encoding.ts';

const HEAD = ['From: ann@example.com', 'MIME-Version: 1.0'];

function crlf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
}

/** The downgraded message as text, after the checks that hold for every one. */
function downgraded(message: Buffer): string {
  const before = Buffer.from(message);
  const result = Buffer.from(toSevenBit(message));
  assert.ok(isSevenBit(result), result.toString('latin1'));
  assert.deepEqual(Buffer.from(toSevenBit(result)), result, 'a second pass changes nothing');
  assert.deepEqual(message, before, 'the input is not changed');
  return result.toString('latin1');
}

test('a 7-bit message is returned as it is', () => {
  for (const body of ['', 'hello', '.', `${'x'.repeat(998)}\r\ny`]) {
    const message = crlf([...HEAD, '', body]);
    assert.equal(toSevenBit(message), message);
  }
});

describe('bodies', () => {
  test('8-bit text becomes quoted-printable and says so', () => {
    const text = downgraded(
      crlf([
        ...HEAD,
        'Content-Type: text/plain; charset=utf-8',
        'content-transfer-encoding: 8BIT',
        '',
        'Grüße aus Köln, viel Spaß',
        'From here',
      ]),
    );
    assert.equal(
      text,
      crlf([
        ...HEAD,
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        'Gr=C3=BC=C3=9Fe aus K=C3=B6ln, viel Spa=C3=9F',
        '=46rom here',
      ]).toString(),
    );
  });

  test('text in another script becomes base64', () => {
    const text = downgraded(crlf([...HEAD, 'Content-Type: text/plain; charset=utf-8', '', 'Привет, Боб']));
    assert.match(text, /Content-Transfer-Encoding: base64\r\n\r\n0J\/RgNC40LLQtdGCLCDQkdC\+0LENCg==$/);
  });

  test('binary parts become base64', () => {
    const text = downgraded(crlf([...HEAD, 'Content-Type: image/png', 'Content-Transfer-Encoding: binary', '', 'ÿ']));
    assert.match(text, /Content-Transfer-Encoding: base64\r\n\r\n[A-Za-z0-9+/=]+$/);
  });

  test('long lines and NUL are encoded', () => {
    assert.match(
      downgraded(crlf([...HEAD, '', 'x'.repeat(999)])),
      /Transfer-Encoding: quoted-printable\r\n\r\nx{75}=\r\n/,
    );
    assert.match(downgraded(crlf([...HEAD, '', 'a\0b'])), /a=00b/);
  });

  test('text without a type is given the charset that it has', () => {
    const utf8 = downgraded(crlf(['From: ann@example.com', '', 'Grüße, und noch mehr']));
    assert.match(utf8, /MIME-Version: 1.0\r\nContent-Type: text\/plain; charset=utf-8\r\nContent-Transfer-Encoding: q/);
    const latin1 = downgraded(Buffer.from('From: ann@example.com\r\n\r\nGr\xfc\xdfe, und noch mehr\r\n', 'latin1'));
    assert.match(latin1, /charset=windows-1252\r\n/);
  });

  test('encoded parts with stray octets are repaired, not encoded again', () => {
    const quoted = downgraded(
      crlf([...HEAD, 'Content-Transfer-Encoding: quoted-printable', '', 'a=C3=A9 é =', `x${'y'.repeat(1200)}`]),
    );
    assert.match(quoted, /a=C3=A9 =C3=A9 =\r\nxy{74}=\r\n/);
    const base64 = downgraded(crlf([...HEAD, 'Content-Transfer-Encoding: base64', '', `${'QUJD'.repeat(300)}é`]));
    assert.match(base64, /\r\n\r\n(?:QUJD){19}\r\n/);
  });

  test('only the parts that need it change, and composites declare 7bit', () => {
    const boundary = '--b';
    const message = [
      ...HEAD,
      'Content-Type: multipart/mixed; boundary=b',
      'Content-Transfer-Encoding: 8bit',
      '',
      'pré',
      boundary,
    ];
    const clean = ['Content-Type: text/plain', 'Content-Transfer-Encoding: 8bit', '', 'clean', boundary];
    const dirty = ['Content-Type: text/html; charset=utf-8', '', '<p>Grüße und viele Worte</p>', '--b--', 'épi'];
    assert.equal(
      downgraded(crlf([...message, ...clean, ...dirty])),
      crlf([
        ...HEAD,
        'Content-Type: multipart/mixed; boundary=b',
        'Content-Transfer-Encoding: 7bit',
        '',
        'pr??',
        boundary,
        ...clean,
        'Content-Type: text/html; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        '<p>Gr=C3=BC=C3=9Fe und viele Worte</p>',
        '--b--',
        '??pi',
      ]).toString(),
    );
  });

  test('messages inside messages are downgraded too', () => {
    const inner = ['Subject: Grüße', 'Content-Type: text/plain; charset=utf-8', '', 'schöne Grüße und Worte'];
    const text = downgraded(
      crlf([...HEAD, 'Content-Type: message/rfc822', 'Content-Transfer-Encoding: 8bit', '', ...inner]),
    );
    assert.match(text, /Content-Transfer-Encoding: 7bit\r\n\r\nSubject: =\?UTF-8\?/);
    assert.match(text, /sch=C3=B6ne/);
  });

  test('what cannot be taken apart still becomes 7-bit', () => {
    downgraded(crlf(['Content-Type: multipart/mixed', '', 'é']));
    downgraded(crlf(['Content-Type: multipart/mixed; boundary="é"', '', '--é', '', 'é', '--é--']));
    downgraded(Buffer.from(`${'Content-Type: message/rfc822\r\n\r\n'.repeat(50)}é`));
    downgraded(Buffer.from([0xff, 0xfe, 0, 13, 10, 13, 10, 0xe9]));
    downgraded(Buffer.from(`\r\né${'\r'.repeat(2000)}`));
  });
});

describe('header fields', () => {
  const FIELDS: readonly (readonly [given: string, written: RegExp])[] = [
    ['Subject: Grüße aus Köln', /^Subject: =\?UTF-8\?[QB]\?[^ ]+\?= aus =\?|^Subject: =\?UTF-8/m],
    [
      'From: Jörg Müller <joerg@example.com>, b@example.com',
      /^From: =\?UTF-8\?Q\?J=C3=B6rg_M=C3=BCller\?= <joerg@example\.com>, b@example\.com\r$/m,
    ],
    [
      'To: "Müller, Jörg" <joerg@example.com>',
      /^To: =\?UTF-8\?Q\?M=C3=BCller=2C_J=C3=B6rg\?= <joerg@example\.com>\r$/m,
    ],
    ['To: jörg@example.com', /^To: =\?UTF-8/m],
    ['Content-Disposition: attachment; filename="Übersicht.pdf"', /^ filename\*=UTF-8''%C3%9Cbersicht\.pdf\r$/m],
    ['X-Note: é\r\n folded ü', /^X-Note: =\?UTF-8/m],
    ['Näme: x', /^N\?\?me: x\r$/m],
  ];
  for (const [given, written] of FIELDS) {
    test(JSON.stringify(given), () => {
      const text = downgraded(crlf([...HEAD, given, 'X-After: stays  as it is', '', 'body']));
      assert.match(text, written);
      assert.match(text, /\r\nX-After: stays {2}as it is\r\n\r\nbody\r\n$/);
    });
  }

  test('a mailparser reads the same subject, names and file names as before', async () => {
    const message = crlf([
      'Subject: Grüße aus Köln, und noch viel mehr Worte als in eine Zeile passen würden, ganz bestimmt',
      'From: Jörg Müller <joerg@example.com>',
      'Content-Type: application/pdf; name="Übersicht.pdf"',
      'Content-Disposition: attachment; filename="Übersicht.pdf"',
      '',
      'x',
    ]);
    const [before, after] = [await simpleParser(message), await simpleParser(downgraded(message))];
    assert.equal(after.subject, before.subject);
    assert.equal(after.from?.text, before.from?.text);
    assert.deepEqual(after.attachments.map((file) => file.filename), ['Übersicht.pdf']); // prettier-ignore
  });

  test('overlong lines are folded where the grammar has room', () => {
    const refs = Array.from({ length: 100 }, (_, n) => `<${n}@example.com>`).join(' ');
    const text = downgraded(crlf([...HEAD, `References: ${refs}`, `Subject: ${'x'.repeat(1500)}`, '', 'body']));
    assert.equal(hasLongLine(text), false);
    assert.equal(/References: ([^]*?)\r\n\S/.exec(text)?.[1]?.replaceAll('\r\n', ''), refs);
  });
});
