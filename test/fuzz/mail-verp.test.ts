import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReturnPath, encodeReturnPath } from '../../src/mail/verp.ts';
import { fuzzRuns } from '../support/fuzzing.ts';

const ids = fc.record({ uuid: fc.uuid(), recipient: fc.option(fc.nat({ max: 65_534 }), { nil: undefined }) });
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('every return path comes back, in either case, and by its own key only', () => {
  const check = (id: { uuid: string; recipient: number | undefined }, key: Uint8Array, other: Uint8Array): void => {
    const local = encodeReturnPath(id, key);
    assert.ok(local.length <= 64 && local === local.toLowerCase());
    assert.deepEqual(decodeReturnPath(local, key), { ...id });
    assert.deepEqual(decodeReturnPath(local.toUpperCase(), key), { ...id });
    if (!Buffer.from(key).equals(other)) assert.equal(decodeReturnPath(local, other), undefined);
  };
  fc.assert(fc.property(ids, keys, keys, check), fuzzRuns(500));
});

test('no text that the key did not make is taken for a return path', () => {
  const key = Buffer.alloc(32, 1);
  const digits = fc.string({
    unit: fc.constantFrom(...'0123456789abcdefghijklmnopqrstuv'),
    minLength: 48,
    maxLength: 48,
  });
  const forged = fc.oneof(fc.string({ unit: 'binary' }), digits.map((text) => `rp-${text}`)); // prettier-ignore
  fc.assert(
    fc.property(forged, (text) => assert.equal(decodeReturnPath(text, key), undefined)),
    fuzzRuns(2000),
  );
});

test('a real return path with a changed digit is refused', () => {
  const key = Buffer.alloc(32, 1);
  const check = (id: { uuid: string; recipient: number | undefined }, at: number, digit: string): void => {
    const local = encodeReturnPath(id, key);
    const changed = local.slice(0, at) + digit + local.slice(at + 1);
    if (changed !== local) assert.equal(decodeReturnPath(changed, key), undefined);
  };
  const digit = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz-');
  fc.assert(fc.property(ids, fc.nat({ max: 50 }), digit, check), fuzzRuns(500));
});
