import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveKey, keyedHash } from '../../src/lib/keyed-hash.ts';

test('the hash is HMAC-SHA256 (RFC 4231, test case 2)', () => {
  const hash = keyedHash('what do ya want for nothing?', Buffer.from('Jefe'));
  const wanted = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  assert.equal(Buffer.from(hash, 'base64url').toString('hex'), wanted);
  assert.equal(hash.length, 43);
});

test('another key or text gives another hash', () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const hashes = [keyedHash('a', one), keyedHash('a', two), keyedHash('b', one), keyedHash('', one)];
  assert.equal(new Set(hashes).size, 4);
  assert.equal(keyedHash('a', one), hashes[0]);
});

test('derived keys are those of HKDF-SHA256 without salt', () => {
  // From openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:0b… -kdfopt info:'a purpose' -binary HKDF
  const wanted = 'a05fb459e2161b921adafb65ace0506913b6efbb3a636d9f6f501bc73a86bda9';
  const key = deriveKey(Buffer.alloc(32, 0x0b), 'a purpose');
  assert.equal(key.toString('hex'), wanted);
  assert.deepEqual(deriveKey(Buffer.alloc(32, 0x0b), 'a purpose'), key);
  assert.notDeepEqual(deriveKey(Buffer.alloc(32, 0x0b), 'another purpose'), key);
  assert.notDeepEqual(deriveKey(Buffer.alloc(32, 0x0c), 'a purpose'), key);
});

test('a master key that is too short is refused', () => {
  assert.throws(() => deriveKey(Buffer.alloc(31), 'a purpose'), RangeError);
});
