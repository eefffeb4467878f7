// Content comes from strangers: whatever it holds, comparing it ends soon and never throws.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { comparable, foldSubject } from '../../src/domain/bulk-like.ts';
import { htmlWords } from '../../src/mail/html-words.ts';
import { fuzzRuns } from '../support/fuzzing.ts';

const ann = [{ address: 'ann@example.net', name: 'Ann Lee' }];
const PIECES = [
  '<',
  '>',
  '<a href=',
  '"',
  "'",
  '<style',
  '</style',
  '<!--',
  '-->',
  '<br',
  ' ',
  '\n',
  'ann',
  'unsubscribe',
  'https://a.test/',
  '&nbsp;',
  'ü',
  'Hi ',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 60 })
  .map((parts) => parts.join(''));

describe('comparing contents', () => {
  test('never throws, and is the same for the same', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (given, isHtml) => {
        const bodies = isHtml ? { text: undefined, html: given } : { text: given, html: undefined };
        assert.equal(comparable(bodies, ann), comparable(bodies, ann));
        assert.ok(htmlWords(given, { links: true }).length <= 2 * given.length + 2);
        assert.ok(!/\d/.test(foldSubject(given, ann)));
      }),
      fuzzRuns(300),
    );
  });

  // Quadratic work on any of these would take minutes.
  for (const piece of [
    '<style',
    '<a href',
    '<a ',
    '<!--',
    '<',
    '</',
    ' ',
    '\n',
    'ann ',
    'hi ',
    'https://',
    '(',
    'unsubscribe\n',
    '<script>',
  ]) {
    test(`ends soon on a long run of ${JSON.stringify(piece)}`, () => {
      const long = piece.repeat(Math.ceil((256 * 1024) / piece.length));
      const before = performance.now();
      comparable({ text: undefined, html: long }, [{ address: 'a@b.c', name: 'ann '.repeat(5000) }]);
      comparable({ text: long, html: undefined }, [{ address: 'a@b.c', name: long }]);
      foldSubject(long, ann);
      const tookMs = performance.now() - before;
      assert.ok(tookMs < 2000, `${tookMs} ms`);
    });
  }
});
