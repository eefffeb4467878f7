import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, seal, SealBroken } from '../../src/lib/sealed-box.ts';

const key = Buffer.alloc(32, 1);

for (const text of ['', 'secret', 'sécret ☃', 'x'.repeat(10_000)]) {
  test(`a box of ${text.length} characters gives back what was sealed`, () => {
    const sealed = seal(text, key, 'of row 7');
    assert.match(sealed, /^v1\.[A-Za-z0-9_-]+$/);
    assert.equal(open(sealed, key, 'of row 7'), text);
  });
}

test('two boxes of one secret are not alike, and neither shows it', () => {
  const [one, two] = [seal('secret', key, ''), seal('secret', key, '')];
  assert.notEqual(one, two);
  assert.ok(!Buffer.from(one.slice(3), 'base64url').includes('secret'));
});

const sealed = seal('secret', key, 'of row 7');
const flipped = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');

for (const { name, box, with: otherKey, context } of [
  { name: 'with another key', box: sealed, with: Buffer.alloc(32, 2), context: 'of row 7' },
  { name: 'in another context', box: sealed, with: key, context: 'of row 8' },
  { name: 'that was changed', box: flipped, with: key, context: 'of row 7' },
  { name: 'that was cut', box: sealed.slice(0, 20), with: key, context: 'of row 7' },
  { name: 'of another version', box: sealed.replace('v1', 'v2'), with: key, context: 'of row 7' },
  { name: 'that is none', box: '', with: key, context: 'of row 7' },
]) {
  test(`a box ${name} does not open, and the error holds no secret`, () => {
    assert.throws(
      () => open(box, otherKey, context),
      (error) => error instanceof SealBroken && !error.message.includes('secret'),
    );
  });
}

test('a key of another length is refused', () => {
  assert.throws(() => seal('secret', Buffer.alloc(16), ''), RangeError);
  assert.throws(() => open(sealed, Buffer.alloc(31), 'of row 7'), RangeError);
});
