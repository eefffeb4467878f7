// Paths of MAIL and RCPT (RFC 5321 section 4.1.2, RFC 6531), each with the reason for which it is taken or not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePath } from '../../src/mail/smtp/path.ts';

const label = (length: number): string => 'd'.repeat(length);
const longDomain = (length: number): string =>
  Array.from({ length }, (_, index) => (index % 64 === 63 ? '.' : 'd')).join('');

const TAKEN: readonly (readonly [why: string, path: string, address: string])[] = [
  ['the usual', '<ann@example.com>', 'ann@example.com'],
  ['capitals are kept', '<Ann@Example.COM>', 'Ann@Example.COM'],
  ['every atom character', "<a!#$%&'*+-/=?^_`{|}~z@example.com>", "a!#$%&'*+-/=?^_`{|}~z@example.com"],
  ['dots between atoms', '<a.b.c@example.com>', 'a.b.c@example.com'],
  ['a name without dots is a domain by the grammar', '<root@localhost>', 'root@localhost'],
  ['digits and hyphens in labels', '<a@1-2.3com>', 'a@1-2.3com'],
  ['64 octets before the @', `<${'x'.repeat(64)}@example.com>`, `${'x'.repeat(64)}@example.com`],
  ['a label of 63', `<a@${label(63)}.com>`, `a@${label(63)}.com`],
  ['a path of 256', `<a@${longDomain(252)}>`, `a@${longDomain(252)}`],
  ['a quoted local part', '<"a b"@example.com>', '"a b"@example.com'],
  ['an empty quoted local part', '<""@example.com>', '""@example.com'],
  ['needless quotes go', '<"ann"@example.com>', 'ann@example.com'],
  ['needless escapes go', '<"a\\nn"@example.com>', 'ann@example.com'],
  ['needed escapes stay', '<"a\\"\\\\b"@example.com>', '"a\\"\\\\b"@example.com'],
  ['@ and > and spaces within quotes', '<"a@b> c"@example.com>', '"a@b> c"@example.com'],
  ['a source route is dropped', '<@one.example,@two.example:ann@example.com>', 'ann@example.com'],
  ['IPv4 literal', '<ann@[192.0.2.1]>', 'ann@[192.0.2.1]'],
  ['IPv6 literal', '<ann@[IPv6:2001:db8::1]>', 'ann@[IPv6:2001:db8::1]'],
  ['UTF-8 on both sides', '<用户@例え.jp>', '用户@例え.jp'],
  ['beyond the basic plane', '<😀@example.com>', '😀@example.com'],
];

const REFUSED: readonly (readonly [why: string, path: string])[] = [
  ['nothing', ''],
  ['no brackets', 'ann@example.com'],
  ['no closing bracket', '<ann@example.com'],
  ['no opening bracket', 'ann@example.com>'],
  ['blanks inside', '< ann@example.com>'],
  ['blanks at the end', '<ann@example.com >'],
  ['no local part', '<@example.com>'],
  ['no domain', '<ann@>'],
  ['no @', '<ann>'],
  ['two @', '<ann@bob@example.com>'],
  ['a dot first', '<.ann@example.com>'],
  ['a dot last', '<ann.@example.com>'],
  ['two dots', '<a..b@example.com>'],
  ['a dot first in the domain', '<ann@.example.com>'],
  ['a dot last in the domain', '<ann@example.com.>'],
  ['two dots in the domain', '<ann@example..com>'],
  ['a hyphen first in a label', '<ann@-example.com>'],
  ['a hyphen last in a label', '<ann@example-.com>'],
  ['an underscore in the domain', '<ann@ex_ample.com>'],
  ['65 octets before the @', `<${'x'.repeat(65)}@example.com>`],
  ['65 octets in fewer characters', `<${'é'.repeat(33)}@example.com>`],
  ['a label of 64', `<a@${label(64)}.com>`],
  ['a path of 257', `<a@${longDomain(253)}>`],
  ['an open quote', '<"ann@example.com>'],
  ['a quote in the middle', '<a"b"c@example.com>'],
  ['text after quotes', '<"ann"x@example.com>'],
  ['a control character within quotes', '<"a\x07"@example.com>'],
  ['an escaped control character', '<"a\\\x07"@example.com>'],
  ['a tab', '<a\tb@example.com>'],
  ['DEL', '<a\x7f@example.com>'],
  ['a C1 control', '<a\u0085@example.com>'],
  ['a comment', '<ann(her)@example.com>'],
  ['a list', '<ann@example.com,bob@example.com>'],
  ['brackets within brackets', '<<ann@example.com>>'],
  ['percent is an atom, colon is not', '<ann:x@example.com>'],
  ['a bad IPv4 literal', '<ann@[192.0.2.256]>'],
  ['a bad IPv6 literal', '<ann@[IPv6:2001:db8:::1]>'],
  ['IPv6 without its tag', '<ann@[2001:db8::1]>'],
  ['an empty literal', '<ann@[]>'],
  ['text after a literal', '<ann@[192.0.2.1]x>'],
  ['a source route without its address', '<@one.example:>'],
  ['a source route with a malformed host', '<@one example:ann@example.com>'],
];

describe('a path that is taken has one meaning', () => {
  for (const [why, path, address] of TAKEN) {
    test(`${why}: ${path.slice(0, 60)}`, () => {
      const parsed = parsePath(`${path} SIZE=1`, 0);
      assert.ok(parsed.kind === 'path' && parsed.path.kind === 'mailbox', JSON.stringify(parsed));
      assert.equal(parsed.path.address, address);
      assert.equal(parsed.end, path.length);
      assert.equal(parsed.path.ascii, /^[\0-\x7f]*$/.test(address));
      assert.equal(parsed.path.literal, address.includes('@['));
    });
  }

  test('the null path', () => assert.deepEqual(parsePath('<>', 0), { kind: 'path', path: { kind: 'null' }, end: 2 }));
});

describe('a path that is malformed is refused with a reason', () => {
  for (const [why, path] of REFUSED) {
    test(`${why}: ${path.slice(0, 60)}`, () => {
      const parsed = parsePath(path, 0);
      assert.equal(parsed.kind, 'invalid');
      assert.match(parsed.kind === 'invalid' ? parsed.why : '', /^[a-z ].{5,}/);
    });
  }
});
