// What is compared of two mails to tell a newsletter from a template, and which headers are those of lists.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { comparable, foldSubject, hasListHeaders } from '../../src/domain/bulk-like.ts';

const ann = [{ address: 'Ann.Lee@example.net', name: 'Ann Lee' }];
const bob = [{ address: 'bob@example.org', name: 'Bob' }];
const both = (a: string, b: string, html = false) =>
  [comparable(body(a, html), ann), comparable(body(b, html), bob)] as const;
const body = (text: string, html: boolean) => (html ? { text: undefined, html: text } : { text, html: undefined });

describe('two mails have the same content', () => {
  const same: readonly [string, string, string, boolean?][] = [
    ['word by word', 'The shop is closed on Monday.', 'The shop is closed on Monday.'],
    ['but for the greeting', 'Hi Ann,\nnew shoes!', 'Hi there,\nnew shoes!'],
    ['but for a name in the middle', 'New shoes, Ann Lee, are here.', 'New shoes, Bob, are here.'],
    ['but for the address', 'Sent to ann.lee@example.net.', 'Sent to BOB@example.org.'],
    [
      'but for the way out of the list',
      'Sale!\nhttps://shop.test/sale\nUnsubscribe: https://shop.test/u/8a7f',
      'Sale!\nhttps://shop.test/sale\nUnsubscribe: https://shop.test/u/99b1',
    ],
    [
      'but for a way out with its link on the next line',
      'Sale!\n\nTo unsubscribe, go to\n\n<https://shop.test/o/1>\n\nThe shop',
      'Sale!\n\nTo unsubscribe, go to\n\n<https://shop.test/o/2>\n\nThe shop',
    ],
    [
      'in HTML but for pictures and ways out',
      '<p>Hello Ann!</p><p>Sale <a href="https://shop.test/sale">now</a></p><img src="https://t.test/1.gif"><p><a href="https://shop.test/1">Unsubscribe</a></p>',
      '<p>Hello Bob!</p><p>Sale <a href="https://shop.test/sale">now</a></p><img src="https://t.test/2.gif"><p><a href="https://shop.test/2">Unsubscribe</a></p>',
      true,
    ],
  ];
  for (const [name, a, b, html] of same) {
    test(name, () => {
      const [one, other] = both(a, b, html);
      assert.ok(one !== undefined && one !== '');
      assert.equal(one, other);
    });
  }
});

describe('two mails have different contents', () => {
  const different: readonly [string, string, string, boolean?][] = [
    [
      'where each has a link of its own',
      'Hi Ann,\nreset your password:\nhttps://app.test/reset/8a7f\n',
      'Hi Bob,\nreset your password:\nhttps://app.test/reset/99b1\n',
    ],
    ['where each has a code', 'Your code is 123456.', 'Your code is 654321.'],
    ['where amounts differ', 'Thank you. Total: 12.90 EUR', 'Thank you. Total: 49.00 EUR'],
    [
      'in HTML where a link differs',
      '<p>Hello!</p><a href="https://app.test/r/1">Reset</a>',
      '<p>Hello!</p><a href="https://app.test/r/2">Reset</a>',
      true,
    ],
    ['where only a part of a name is in a word', 'Bobsleds are great.', 'Sleds are great.'],
  ];
  for (const [name, a, b, html] of different) {
    test(name, () => {
      const [one, other] = both(a, b, html);
      assert.notEqual(one, other);
    });
  }

  test('where a number differs that is in the names of the recipients, too', () => {
    const of = (number: number) =>
      comparable({ text: `You paid ${number} EUR`, html: undefined }, [{ address: 'a@b.c', name: `Person ${number}` }]);
    assert.notEqual(of(17), of(18));
  });

  test('and mail without any text has none', () => {
    assert.equal(comparable({ text: undefined, html: undefined }, ann), undefined);
    assert.equal(comparable({ text: 'Hi Ann,\n', html: undefined }, ann), undefined);
  });
});

test('subjects are one but for digits and names', () => {
  assert.equal(foldSubject('Ann, your order 1234 is on its way', ann), ', your order # is on its way');
  assert.equal(foldSubject('Bob, your order 99 is on its  way', bob), ', your order # is on its way');
});

for (const [name, value, wanted] of [
  ['List-Unsubscribe', '<https://shop.test/u>', true],
  ['LIST-ID', 'news.shop.test', true],
  ['Precedence', 'Bulk', true],
  ['Precedence', 'first-class', false],
  ['Auto-Submitted', 'auto-generated', false],
  ['X-List', 'news', false],
] as const) {
  test(`${name}: ${value} is ${wanted ? '' : 'not '}of a list`, () => {
    assert.equal(hasListHeaders([{ name, value }]), wanted);
  });
}
