// DKIM keys and the TXT records that publish them (RFC 6376 3.6.1, RFC 8301 3.2, RFC 8463 4).
//
// RSA keys are of 2048 bits. The private half is PKCS #8 PEM; keeping it secret is for its holder. The record leaves `v=` out,
// which defaults to DKIM1; where it has to be cut into strings of 255 octets is for whoever publishes it.
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

export type DkimKeyAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface DkimKeyPair {
  /** PKCS #8. */
  readonly privateKeyPem: string;
  /** Value of the TXT record, `k=rsa; p=…`. */
  readonly recordValue: string;
}

const RSA_BITS = 2048;
/** The public key stands in the last 32 octets of an Ed25519 SPKI. */
const ED25519_OCTETS = 32;

const generate = promisify(generateKeyPair);

export async function generateDkimKey(algorithm: DkimKeyAlgorithm): Promise<DkimKeyPair> {
  const { privateKey } =
    algorithm === 'rsa-sha256' ? await generate('rsa', { modulusLength: RSA_BITS }) : await generate('ed25519');
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    recordValue: dkimRecordValue(privateKey),
  };
}

/** A key ready to sign with. Throws on what is no private key of the algorithm. */
export function loadDkimKey(privateKeyPem: string, algorithm: DkimKeyAlgorithm): KeyObject {
  const key = createPrivateKey(privateKeyPem);
  const wanted = algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519';
  if (key.asymmetricKeyType !== wanted) throw new TypeError(`the key is not for ${algorithm}`);
  return key;
}

/** Bits of the RSA key in the value of a record; undefined where there is none. */
export function rsaBits(recordValue: string): number | undefined {
  const [, base64 = ''] = /(?:^|;)\s*p\s*=\s*([A-Za-z0-9+/=\s]+)/.exec(recordValue) ?? [];
  if (base64 === '' || /k\s*=\s*ed25519/.test(recordValue)) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.modulusLength;
  } catch {
    return undefined;
  }
}

/** The value of the TXT record for a key. */
export function dkimRecordValue(privateKey: KeyObject): string {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return privateKey.asymmetricKeyType === 'ed25519'
    ? `k=ed25519; p=${spki.subarray(-ED25519_OCTETS).toString('base64')}`
    : `k=rsa; p=${spki.toString('base64')}`;
}
