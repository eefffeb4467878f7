// Sealed boxes: short secrets encrypted for keeping at rest, by AES-256-GCM (NIST SP 800-38D).
//
// A box is text: `v1.` and base64url of nonce (12 bytes), tag (16) and ciphertext. The context (what the secret is, whose it
// is) is authenticated with it, so that a box moved to another row does not open. A random nonce is good for 2^32 boxes a
// key; secrets of an installation are few. Leaves to others: the key, which comes from the configuration.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const PREFIX = 'v1.';
const CIPHER = 'aes-256-gcm';
export const SEAL_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The box does not open: another key, another context, or damage. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

export function seal(plaintext: string, key: Uint8Array, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, checked(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url');
}

/** Throws `SealBroken`; its message holds nothing of the secret. */
export function open(sealed: string, key: Uint8Array, context: string): string {
  if (!sealed.startsWith(PREFIX)) throw new SealBroken('this sealed box is of an unknown version');
  const box = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
  if (box.length < NONCE_BYTES + TAG_BYTES) throw new SealBroken('this sealed box is cut short');
  const decipher = createDecipheriv(CIPHER, checked(key), box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(box.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return decipher.update(box.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new SealBroken('this sealed box does not open with this key', { cause });
  }
}

function checked(key: Uint8Array): Uint8Array {
  if (key.length !== SEAL_KEY_BYTES) throw new RangeError(`a sealing key has ${SEAL_KEY_BYTES} bytes`);
  return key;
}
