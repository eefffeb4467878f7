// TLSA records: which of them an SMTP client can use, and whether a certificate is the one that a record names
// (RFC 6698 section 2, RFC 7671 sections 4 to 9, RFC 7672 section 3.1).
//
// Usages 0 and 1 ask for a root that both sides trust, which mail does not have: such records are unusable
// (RFC 7672 3.1.3), as are those with an unknown selector or matching type, or data that cannot be what it claims.
// Promises: pure. Leaves to others: asking DNS, and what a match is worth (verify-peer.ts).
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';

export interface TlsaRecord {
  /** 2 names an issuer (DANE-TA), 3 the certificate itself (DANE-EE). */
  readonly usage: number;
  /** 0 is the whole certificate, 1 its public key. */
  readonly selector: number;
  /** 0 is the data itself, 1 its SHA-256, 2 its SHA-512. */
  readonly matchingType: number;
  readonly data: Uint8Array;
}

export const DANE_TA = 2;
export const DANE_EE = 3;

/** Those that can be used; among digests of one usage and selector the strongest alone (RFC 7671 section 9). */
export function usableRecords(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  const usable = records.filter(isUsable);
  return usable.filter(
    (record) =>
      record.matchingType !== SHA_256 ||
      !usable.some(
        ({ usage, selector, matchingType }) =>
          matchingType === SHA_512 && usage === record.usage && selector === record.selector,
      ),
  );
}

/** Whether `certificate` is the one, or has the key, that the record names. */
export function matchesRecord({ selector, matchingType, data }: TlsaRecord, certificate: X509Certificate): boolean {
  const selected = selector === PUBLIC_KEY ? publicKeyOf(certificate) : certificate.raw;
  const digest = DIGESTS[matchingType];
  const presented = digest === undefined ? selected : createHash(digest).update(selected).digest();
  return presented.equals(data);
}

/** As a zone file has it: `3 1 1 0123ab…`. */
export function formatRecord({ usage, selector, matchingType, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType} ${Buffer.from(data).toString('hex')}`;
}

/** The certificate that a record holds in full; undefined where it holds something else. */
export function certificateIn({ selector, matchingType, data }: TlsaRecord): X509Certificate | undefined {
  if (selector !== CERTIFICATE || matchingType !== FULL) return undefined;
  try {
    return new X509Certificate(data);
  } catch {
    return undefined;
  }
}

function isUsable(record: TlsaRecord): boolean {
  const { usage, selector, matchingType, data } = record;
  if (usage !== DANE_TA && usage !== DANE_EE) return false;
  if (selector !== CERTIFICATE && selector !== PUBLIC_KEY) return false;
  if (matchingType === FULL) return selector === CERTIFICATE ? certificateIn(record) !== undefined : isPublicKey(data);
  return data.length === DIGEST_BYTES[matchingType];
}

function isPublicKey(data: Uint8Array): boolean {
  try {
    return createPublicKey({ key: Buffer.from(data), format: 'der', type: 'spki' }).type === 'public';
  } catch {
    return false;
  }
}

function publicKeyOf(certificate: X509Certificate): Buffer {
  return certificate.publicKey.export({ format: 'der', type: 'spki' });
}

const CERTIFICATE = 0;
const PUBLIC_KEY = 1;
const FULL = 0;
const SHA_256 = 1;
const SHA_512 = 2;
const DIGESTS: Readonly<Record<number, string>> = { [SHA_256]: 'sha256', [SHA_512]: 'sha512' };
const DIGEST_BYTES: Readonly<Record<number, number>> = { [SHA_256]: 32, [SHA_512]: 64 };
