import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeWords, encodeWords } from '../../src/mail/encoded-word.ts';
import {
  formatAddressField,
  formatDate,
  formatField,
  isFieldName,
  splitMessage,
  type SplitMessage,
} from '../../src/mail/headers.ts';

function split(text: string | Buffer): SplitMessage {
  const result = splitMessage(Buffer.from(text as string));
  assert.ok(!('error' in result), 'error' in result ? result.error : '');
  return result;
}

describe('splitting a message', () => {
  test('fields are unfolded, trimmed and keep their octets', () => {
    const message = split('Subject:  a\r\n\tb \r\nX-Empty:\r\nFrom : ann@example.com\r\n\r\nbody\r\n\r\nmore');
    assert.deepEqual(message.fields, [
      { name: 'Subject', value: 'a\tb', raw: 'Subject:  a\r\n\tb \r\n' },
      { name: 'X-Empty', value: '', raw: 'X-Empty:\r\n' },
      { name: 'From', value: 'ann@example.com', raw: 'From : ann@example.com\r\n' },
    ]);
    assert.equal(message.bodyOffset, 'Subject:  a\r\n\tb \r\nX-Empty:\r\nFrom : ann@example.com\r\n\r\n'.length);
  });

  test('UTF-8 is read where it is valid, other octets as latin1', () => {
    const message = split(Buffer.concat([Buffer.from('A: é\r\nB: '), Buffer.from([0xe9]), Buffer.from('\r\n\r\n')]));
    assert.deepEqual(message.fields.map((field) => field.value), ['é', 'é']); // prettier-ignore
  });

  test('a message that starts with an empty line has no fields', () => {
    assert.deepEqual(split('\r\nA: b\r\n'), { fields: [], bodyOffset: 2 });
  });

  test('a message without a body is only header', () => {
    assert.deepEqual(split('A: b').bodyOffset, 4);
    assert.deepEqual(split('A: b\r\n').fields[0]?.value, 'b');
    assert.deepEqual(split(''), { fields: [], bodyOffset: 0 });
  });

  const BROKEN: readonly (readonly [text: string, error: RegExp])[] = [
    ['A: b\r\nno colon here\r\n\r\n', /line 2 .*not a field/],
    ['From ann@example.com Tue Nov 24 10:00:00 2026\r\nA: b\r\n\r\n', /line 1 .*not a field/],
    [' folded: first\r\n\r\n', /line 1 .*not a field/],
    [': empty\r\n\r\n', /not a field/],
    ['Fräulein: x\r\n\r\n', /not a field/],
    ['A: b\nBcc: c\r\n\r\n', /bare/],
    ['A: b\rBcc: c\r\n\r\n', /bare/],
    ['A: b\0\r\n\r\n', /NUL/],
    ['A: b\n\nbody', /bare/],
  ];
  for (const [text, error] of BROKEN) {
    test(`${JSON.stringify(text)} is refused`, () => {
      const result = splitMessage(Buffer.from(text));
      assert.match('error' in result ? result.error : 'no error', error);
    });
  }

  test('header size and number of fields are bounded', () => {
    const big = Buffer.from(`A: ${'x'.repeat(1000)}\r\n\r\n`);
    assert.ok('fields' in splitMessage(big, { maxHeaderBytes: big.length }));
    const bytes = splitMessage(big, { maxHeaderBytes: 500 });
    assert.match('error' in bytes ? bytes.error : '', /larger than 500 bytes/);
    const many = splitMessage(Buffer.from('A: b\r\n'.repeat(11)), { maxFields: 10 });
    assert.match('error' in many ? many.error : '', /more than 10 fields/);
    assert.match(JSON.stringify(splitMessage(Buffer.from('A: b\r\n'.repeat(60_000)))), /larger|fields/);
  });
});

describe('writing a field', () => {
  test('plain text stays as it is', () => {
    assert.equal(formatField('Subject', 'Hello  there'), 'Subject: Hello  there\r\n');
    assert.equal(formatField('X-Empty', '  '), 'X-Empty: \r\n');
  });

  test('long text is folded at 78 columns without losing a space', () => {
    const value = 'some words  here and '.repeat(20).trim();
    const field = formatField('Subject', value) ?? '';
    for (const line of field.split('\r\n')) assert.ok(line.length <= 78, line);
    assert.equal(field.replaceAll('\r\n', ''), `Subject: ${value}`);
  });

  test('a long word stays whole up to the limit of a line', () => {
    const id = `<${'x'.repeat(300)}@example.com>`;
    assert.equal(formatField('Message-ID', id), `Message-ID: ${id}\r\n`);
    assert.equal(formatField('List-Unsubscribe', `<https://example.com/${'x'.repeat(1000)}>`), undefined);
    const field = formatField('Subject', 'x'.repeat(2000)) ?? '';
    for (const line of field.split('\r\n')) assert.ok(line.length <= 78, line);
    assert.equal(decodeWords(field.replaceAll('\r\n', '')), `Subject: ${'x'.repeat(2000)}`);
  });

  test('non-ASCII text comes back from its encoded words', () => {
    for (const value of [
      'Grüße',
      'Grüße aus Köln und '.repeat(10).trim(),
      '漢字'.repeat(100),
      '😀 a '.repeat(50).trim(),
    ]) {
      const field = formatField('Subject', value) ?? '';
      for (const line of field.split('\r\n')) assert.ok(line.length <= 76 && /^[\x20-\x7e]*$/.test(line), line);
      assert.equal(decodeWords(field.replaceAll('\r\n', '')), `Subject: ${value}\r\n`.trim());
    }
  });

  const INJECTED: readonly (readonly [string, string])[] = [
    ['Subject', 'a\r\nBcc: b'],
    ['Subject', 'a\nb'],
    ['Subject', 'a\rb'],
    ['Subject', 'a\0b'],
    ['Sub ject', 'a'],
    ['Subject:', 'a'],
    ['Sübject', 'a'],
    ['A\r\nB', 'a'],
    ['', 'a'],
    ['x'.repeat(200), 'a'],
  ];
  for (const [name, value] of INJECTED) {
    test(`${JSON.stringify([name.slice(0, 20), value])} is refused`, () => {
      assert.equal(formatField(name, value), undefined);
    });
  }

  test('field names are printable ASCII without a colon', () => {
    assert.deepEqual(['X-A_b!', 'a:b', 'a b', ''].map(isFieldName), [true, false, false, false]);
  });

  test('address fields fold between mailboxes', () => {
    const boxes = Array.from({ length: 5 }, (_, n) => ({ name: `Person ${n}`, address: `person${n}@example.com` }));
    assert.equal(
      formatAddressField('To', boxes),
      'To: Person 0 <person0@example.com>, Person 1 <person1@example.com>,\r\n' +
        ' Person 2 <person2@example.com>, Person 3 <person3@example.com>,\r\n' +
        ' Person 4 <person4@example.com>\r\n',
    );
    assert.equal(formatAddressField('Cc', []), '');
    const long = formatAddressField('To', [{ name: 'Å'.repeat(200), address: 'a@example.com' }, ...boxes]);
    for (const line of long.split('\r\n')) assert.ok(line.length <= 78, line);
  });

  test('dates are in UTC', () => {
    assert.equal(formatDate(Date.UTC(2026, 10, 4, 9, 5, 3)), 'Wed, 04 Nov 2026 09:05:03 +0000');
  });
});

describe('encoded words', () => {
  const DECODED: readonly (readonly [text: string, decoded: string])[] = [
    ['plain', 'plain'],
    ['=?UTF-8?Q?a_b=3F?=', 'a b?'],
    ['x =?utf-8?q?=C3=A9?= y', 'x é y'],
    ['=?utf-8?q?a?=  =?utf-8?q?b?=', 'ab'],
    ['=?utf-8?b?w6k=?=\r\n =?iso-8859-1?q?=E9?=', 'éé'],
    ['=?utf-8?q?=C3?= =?utf-8?q?=A9?=', 'é'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
    ['=?windows-1252*en?Q?=80?=', '€'],
    ['=?x-unknown?Q?a?= b', '=?x-unknown?Q?a?= b'],
    ['=?utf-8?X?a?=', '=?utf-8?X?a?='],
    ['=?utf-8?Q?spaces are left in?=', 'spaces are left in'],
    ['=?utf-8?Q?é?=', 'é'],
    ['=?utf-8?Q?100%_=ZZ?=', '100% =ZZ'],
  ];
  for (const [text, decoded] of DECODED) {
    test(JSON.stringify(text), () => assert.equal(decodeWords(text), decoded));
  }

  test('only the words that need it are encoded', () => {
    assert.equal(encodeWords('Hello Jørgen Åse and others'), 'Hello =?UTF-8?Q?J=C3=B8rgen_=C3=85se?= and others');
    assert.equal(encodeWords('plain'), 'plain');
    assert.equal(encodeWords('Ein Gruß an alle die da sind'), 'Ein =?UTF-8?Q?Gru=C3=9F?= an alle die da sind');
    assert.equal(decodeWords(encodeWords('=?utf-8?q?a?= é')), '=?utf-8?q?a?= é');
  });
});
