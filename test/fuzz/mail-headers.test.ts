import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeWords, encodeWords } from '../../src/mail/encoded-word.ts';
import { formatField, splitMessage } from '../../src/mail/headers.ts';
import { readParameters } from '../../src/mail/mime/parameters.ts';
import { fuzzRuns, joinedTokens, messageLike, readCorpus } from '../support/fuzzing.ts';

function checkSplit(message: Buffer): void {
  const split = splitMessage(message);
  if ('error' in split) return;
  const raw = split.fields.map((field) => field.raw).join('');
  const header = message.toString('latin1', 0, split.bodyOffset);
  assert.ok(
    header === raw || header === `${raw}\r\n` || `${header}\r\n` === raw,
    'the fields are the header, octet for octet',
  );
  for (const field of split.fields) {
    assert.match(field.name, /^[\x21-\x39\x3b-\x7e]+$/);
    assert.doesNotMatch(field.value, /[\r\n\0]/);
  }
}

describe('splitting a message', () => {
  test('never fails and loses no octet', () => fc.assert(fc.property(messageLike, checkSplit), fuzzRuns(3000)));

  test('over the corpus', () => {
    for (const [, content] of readCorpus('mail')) checkSplit(content);
  });
});

const valueLike = joinedTokens([
  ...[
    'a',
    'word',
    ' ',
    ' ',
    '  ',
    '\t',
    'é',
    'Grüße',
    '漢字',
    '😀',
    '\ud800',
    '\u2028',
    '\u0085',
    '\x7f',
    '=?',
    '?=',
    '=?utf-8?q?a?=',
  ],
  ...['x'.repeat(70), 'x'.repeat(1100), '\r\n', '\r', '\n', '\0'],
]);

describe('writing a field', () => {
  test('gives one field, in ASCII, on short lines, or refuses', () => {
    const names = fc.constantFrom('Subject', 'X-Long-Name-Of-A-Field', 'List-Unsubscribe', 'Bad Name', 'Bad:', '');
    const check = (name: string, value: string): void => {
      const field = formatField(name, value);
      if (field === undefined) return;
      assert.match(
        field,
        /^[\x21-\x39\x3b-\x7e]+: [\t\x20-\x7e]*(?:\r\n[ \t][\t\x20-\x7e]*[\x21-\x7e][\t\x20-\x7e]*)*\r\n$/,
      );
      assert.ok(field.split('\r\n').every((line) => line.length <= 998));
      const split = splitMessage(Buffer.from(field));
      assert.ok('fields' in split && split.fields.length === 1);
      if (value.includes('=?')) return;
      assert.equal(decodeWords(split.fields[0]?.value ?? ''), value.trim().toWellFormed());
    };
    fc.assert(fc.property(names, valueLike, check), fuzzRuns(3000));
  });

  test('encoded words come back as the text that they stand for', () => {
    const check = (text: string): void => {
      const encoded = encodeWords(text);
      assert.match(encoded, /^[\t\x20-\x7e]*$/);
      if (!text.includes('=?')) assert.equal(decodeWords(encoded), text.toWellFormed());
    };
    fc.assert(fc.property(fc.oneof(valueLike, fc.string({ unit: 'binary' })), check), fuzzRuns(2000));
  });
});

test('decoding words and parameters never fails', () => {
  const tokens = [
    '=?',
    '?=',
    'utf-8',
    '?q?',
    '?B?',
    '_',
    '=C3',
    '=',
    ' ',
    '*',
    "'",
    '%',
    ';',
    'name*0*=',
    'name=',
    '"',
    '\\',
  ];
  const check = (text: string): void => {
    assert.equal(typeof decodeWords(text), 'string');
    for (const value of readParameters(`a/b;${text}`).params.values()) assert.doesNotMatch(value, /[\x00-\x1f\x7f]/);
  };
  fc.assert(fc.property(joinedTokens(tokens), check), fuzzRuns(3000));
  const started = performance.now();
  for (const token of tokens) check(token.repeat(50_000));
  assert.ok(performance.now() - started < 5000);
});
