// Keyed hashes and keys made from a master key. A secret that only has to be recognised is kept as HMAC-SHA256 (RFC 2104)
// under a key that is not in the database: a stolen database alone tells nothing and cannot be searched by guessing.
//
// Keys are derived by HKDF (RFC 5869), one per purpose, so that what one purpose gives away helps with no other.
import { createHmac, hkdfSync, type KeyObject } from 'node:crypto';

const DERIVED_BYTES = 32;
const MASTER_MIN_BYTES = 32;

/** HMAC-SHA256 of the text (UTF-8) as 43 characters of base64url. */
export function keyedHash(text: string, key: Uint8Array | KeyObject): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64url');
}

/** 32 bytes for one purpose; the same master and purpose always give the same key. */
export function deriveKey(master: Uint8Array, purpose: string): Buffer {
  if (master.length < MASTER_MIN_BYTES) throw new RangeError(`a master key has at least ${MASTER_MIN_BYTES} bytes`);
  return Buffer.from(hkdfSync('sha256', master, new Uint8Array(0), purpose, DERIVED_BYTES));
}
