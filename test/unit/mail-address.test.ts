import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  domainToAscii,
  formatMailbox,
  formatMailboxAsText,
  parseHeaderMailboxes,
  parseMailbox,
  parseMailboxList,
} from '../../src/mail/address.ts';

const long = (n: number): string => 'a'.repeat(n);

describe('one mailbox', () => {
  const ACCEPTED: readonly (readonly [text: string, name: string, address: string])[] = [
    ['ann@example.com', '', 'ann@example.com'],
    ['  ann@example.com ', '', 'ann@example.com'],
    ['Ann.O_Neil+news=1@Example.COM', '', 'Ann.O_Neil+news=1@example.com'],
    ['<ann@example.com>', '', 'ann@example.com'],
    ['Ann Lee <ann@example.com>', 'Ann Lee', 'ann@example.com'],
    ['Ann   Lee<ann@example.com>', 'Ann Lee', 'ann@example.com'],
    ['"Lee, Ann" <ann@example.com>', 'Lee, Ann', 'ann@example.com'],
    ['"Ann \\"The\\" Lee" <ann@example.com>', 'Ann "The" Lee', 'ann@example.com'],
    ['Support (Acme) <a@example.com>', 'Support (Acme)', 'a@example.com'],
    ['John Q. Public <a@example.com>', 'John Q. Public', 'a@example.com'],
    ['a@example.com <a@example.com>', 'a@example.com', 'a@example.com'],
    ['Jørgen Åse <a@example.com>', 'Jørgen Åse', 'a@example.com'],
    ['=?utf-8?Q?J=C3=B8rgen?= Lee <a@example.com>', 'Jørgen Lee', 'a@example.com'],
    ['=?utf-8?Q?X=0D=0ABcc=3A_x?= <a@example.com>', 'X Bcc: x', 'a@example.com'],
    ['"ann"@example.com', '', 'ann@example.com'],
    ['"ann lee"@example.com', '', '"ann lee"@example.com'],
    ['"a@b>c"@example.com', '', '"a@b>c"@example.com'],
    ['Ann <"a>b"@example.com>', 'Ann', '"a>b"@example.com'],
    ['ann@münchen.example', '', 'ann@xn--mnchen-3ya.example'],
    ['ann@XN--MNCHEN-3YA.example', '', 'ann@xn--mnchen-3ya.example'],
    ['jörg@example.com', '', 'jörg@example.com'],
    ['用户@例子.广告', '', '用户@xn--fsqu00a.xn--4rr70v'],
    ['ann@sub.localhost', '', 'ann@sub.localhost'],
    [`${long(64)}@example.com`, '', `${long(64)}@example.com`],
    [`ann@${long(63)}.example`, '', `ann@${long(63)}.example`],
  ];
  for (const [text, name, address] of ACCEPTED) {
    test(`${JSON.stringify(text)} is read`, () => {
      const mailbox = parseMailbox(text);
      assert.deepEqual([mailbox?.name, mailbox?.address], [name, address]);
      assert.equal(`${mailbox?.local}@${mailbox?.domain}`, address);
    });
  }

  const REFUSED: readonly string[] = [
    '',
    'ann',
    'ann@',
    '@example.com',
    'ann@localhost',
    'ann@example',
    'ann@[192.0.2.1]',
    'ann@[IPv6:::1]',
    'ann@192.0.2.1',
    'ann@0x7f.1',
    'ann@１２７.0.0.1',
    'ann@example..com',
    'ann@.example.com',
    'ann@example.com.',
    'ann@-example.com',
    'ann@example-.com',
    'ann@ex_ample.com',
    'ann@é%2ecom.example',
    'ann@xn--a.example',
    `ann@${long(64)}.example`,
    `${long(65)}@example.com`,
    `${'ö'.repeat(33)}@example.com`,
    `${long(60)}@${`${long(60)}.`.repeat(3)}${long(20)}`,
    'ann..lee@example.com',
    '.ann@example.com',
    'ann.@example.com',
    'ann lee@example.com',
    'ann@exam ple.com',
    'ann@b@example.com',
    '""@example.com',
    '"ann@example.com',
    'ann\r\nBcc: x@example.com',
    'Ann\r\nBcc: x <ann@example.com>',
    'Ann\0 <ann@example.com>',
    'ann\u0000@example.com',
    'a\u202eb@example.com',
    'a\u00a0b@example.com',
    '\ud800@example.com',
    'Lee, Ann <ann@example.com>',
    'ann@example.com; Bob <bob@example.com>',
    'Friends: ann@example.com;',
    'Friends: Ann <ann@example.com>;',
    '<@relay.example:ann@example.com>',
    'Ann <ann@example.com',
    'Ann ann@example.com>',
    'Ann <<ann@example.com>>',
    'Ann <ann@example.com> Lee <lee@example.com>',
    '"Ann <ann@example.com>',
    'Ann <>',
    `${long(3000)} <ann@example.com>`,
  ];
  for (const text of REFUSED) {
    test(`${JSON.stringify(text.slice(0, 60))} is refused`, () => assert.equal(parseMailbox(text), undefined));
  }
});

describe('a list of mailboxes', () => {
  const LISTS: readonly (readonly [text: string, addresses: readonly string[] | { invalid: string }])[] = [
    ['', []],
    [' , ,', []],
    ['a@example.com', ['a@example.com']],
    ['a@example.com,b@example.com,', ['a@example.com', 'b@example.com']],
    [
      '"Lee, Ann" <a@example.com>, Bob <b@example.com> ,c@example.com',
      ['a@example.com', 'b@example.com', 'c@example.com'],
    ],
    ['"a,b"@example.com, c@example.com', ['"a,b"@example.com', 'c@example.com']],
    ['"x\\", y" <a@example.com>', ['a@example.com']],
    ['Lee, Ann <a@example.com>', { invalid: 'Lee' }],
    ['a@example.com, nonsense', { invalid: 'nonsense' }],
    ['Ann <a@example.com, b@example.com', { invalid: 'Ann <a@example.com, b@example.com' }],
    ['"Ann, b@example.com', { invalid: '"Ann, b@example.com' }],
    ['a@example.com b@example.com', { invalid: 'a@example.com b@example.com' }],
  ];
  for (const [text, expected] of LISTS) {
    test(JSON.stringify(text), () => {
      const list = parseMailboxList(text);
      assert.deepEqual(
        list.kind === 'ok' ? list.mailboxes.map((mailbox) => mailbox.address) : { invalid: list.piece },
        expected,
      );
    });
  }
});

describe('the address lists of submitted headers', () => {
  const HEADERS: readonly (readonly [value: string, mailboxes: readonly (readonly [string, string])[] | 'invalid'])[] = [
    ['', []],
    ['undisclosed-recipients:;', []],
    ['Ann <a@example.com>,\r\n Bob <b@example.com>', [['Ann', 'a@example.com'], ['Bob', 'b@example.com']]],
    ['Friends: a@example.com, Bob <b@example.com>;, c@example.com', [['', 'a@example.com'], ['Bob', 'b@example.com'], ['', 'c@example.com']]],
    ['a@example.com (Ann (the first) Lee)', [['Ann (the first) Lee', 'a@example.com']]],
    ['Ann (sales, mostly) Lee <a@example.com>', [['Ann Lee', 'a@example.com']]],
    ['=?iso-8859-1?Q?J=F8rgen?= <a@example.com>', [['Jørgen', 'a@example.com']]],
    ['"=?utf-8?B?SsO4cmdlbg==?=" <a@example.com>', [['Jørgen', 'a@example.com']]],
    ['<@relay.example,@other.example:a@example.com>', [['', 'a@example.com']]],
    ['"Lee, Ann" <a@example.com>,,', [['Lee, Ann', 'a@example.com']]],
    ['"ann lee"@example.com', [['', '"ann lee"@example.com']]],
    ['Ann <a@example.com> <b@example.com>', 'invalid'],
    ['Ann', 'invalid'],
    ['Ann <ann>', 'invalid'],
    ['(((', []],
    ['a@example.com (unclosed', [['unclosed', 'a@example.com']]],
  ]; // prettier-ignore
  for (const [value, expected] of HEADERS) {
    test(JSON.stringify(value), () => {
      const list = parseHeaderMailboxes(value);
      assert.deepEqual(list.kind === 'ok' ? list.mailboxes.map((box) => [box.name, box.address]) : 'invalid', expected);
    });
  }
});

describe('writing a mailbox', () => {
  const address = 'ann@example.com';
  const WRITTEN: readonly (readonly [name: string, header: string, text: string])[] = [
    ['', 'ann@example.com', 'ann@example.com'],
    ['Ann Lee', 'Ann Lee <ann@example.com>', '"Ann Lee" <ann@example.com>'],
    ['Lee, Ann', '"Lee, Ann" <ann@example.com>', '"Lee, Ann" <ann@example.com>'],
    ['John Q. Public', '"John Q. Public" <ann@example.com>', '"John Q. Public" <ann@example.com>'],
    ['a "b" \\c', '"a \\"b\\" \\\\c" <ann@example.com>', '"a \\"b\\" \\\\c" <ann@example.com>'],
    ['Jørgen', '=?UTF-8?Q?J=C3=B8rgen?= <ann@example.com>', '"Jørgen" <ann@example.com>'],
    ['山田', '=?UTF-8?B?5bGx55Sw?= <ann@example.com>', '"山田" <ann@example.com>'],
    ['X\r\nBcc: y', '"X Bcc: y" <ann@example.com>', '"X Bcc: y" <ann@example.com>'],
  ];
  for (const [name, header, text] of WRITTEN) {
    test(JSON.stringify(name), () => {
      assert.equal(formatMailbox({ name, address }), header);
      assert.equal(formatMailboxAsText({ name, address }), text);
    });
  }

  test('what is written is read back as it was', () => {
    for (const name of ['Ann Lee', 'Lee, "Ann"', 'Jørgen Åse Ünïcödé '.repeat(9).trim(), '😀'.repeat(40), long(1500)]) {
      const list = parseHeaderMailboxes(formatMailbox({ name, address }));
      assert.equal(list.kind === 'ok' && list.mailboxes[0]?.name, name);
    }
  });
});

test('domains come out as lower-case A-labels, and only host names do', () => {
  assert.equal(domainToAscii('BÜCHER.Example'), 'xn--bcher-kva.example');
  assert.equal(domainToAscii('example。com'), 'example.com');
  assert.equal(domainToAscii('a.'.repeat(126) + 'a'), 'a.'.repeat(126) + 'a');
  assert.equal(domainToAscii('a.'.repeat(127) + 'a'), undefined);
  assert.equal(domainToAscii('example.com/..'), undefined);
});
