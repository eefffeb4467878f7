// Whether the certificates that a server showed satisfy what is required of it: DANE (RFC 7671, RFC 7672) or a trusted root
// and the right name (RFC 8461 section 4.2, RFC 6125).
//
//   DANE-EE  a record matches the first certificate; names and dates do not count (RFC 7672 3.1.1)
//   DANE-TA  a record matches an issuer of it, or is that issuer's certificate or key; each certificate on the way is in
//            its time, signed by the next, which may sign; the first bears one of the names (RFC 7672 3.1.2, 3.2.2)
//   PKIX     what OpenSSL found of the chain, and the name of the host among the alternative names
// Promises: pure; a bounded number of signatures is checked. Known limits: name constraints of an issuer named by a
// DANE-TA record are not looked at; revocation is not either.
import { createPublicKey, type X509Certificate } from 'node:crypto';
import type { TlsFailure, TlsRequirement } from './requirement.ts';
import { certificateIn, DANE_EE, DANE_TA, matchesRecord, type TlsaRecord } from './tlsa.ts';

export interface Presented {
  /** As the server sent them: its own first. */
  readonly chain: readonly X509Certificate[];
  /** OpenSSL's verdict on the chain, such as `CERT_HAS_EXPIRED`; undefined where a trusted root signed it. */
  readonly rootError: string | undefined;
  /** The MX host. */
  readonly host: string;
  /** Unix milliseconds. */
  readonly now: number;
}

export type PeerVerdict = 'verified' | { readonly failure: TlsFailure; readonly reason: string };

export function verifyDane(
  requirement: Extract<TlsRequirement, { kind: 'dane' }>,
  { chain, now }: Presented,
): PeerVerdict {
  const [own] = chain;
  if (own === undefined) return NO_CERTIFICATE;
  const { records, baseName, otherNames } = requirement;
  if (records.some((record) => record.usage === DANE_EE && matchesRecord(record, own))) return 'verified';
  const anchors = records.filter(({ usage }) => usage === DANE_TA);
  const found = anchors.length > 0 ? pathToAnchor(chain, anchors, now) : 'none';
  if (found === 'expired') return { failure: 'certificate-expired', reason: 'its certificate is out of its time' };
  if (found === 'none')
    return { failure: 'validation-failure', reason: 'none of its TLSA records fits its certificate' };
  const names = [baseName, ...otherNames];
  if (names.some((name) => bearsName(own, name))) return 'verified';
  return { failure: 'certificate-host-mismatch', reason: `its certificate is not for ${names.join(' or ')}` };
}

export function verifyPkix({ chain, rootError, host }: Presented): PeerVerdict {
  const [own] = chain;
  if (own === undefined) return NO_CERTIFICATE;
  if (rootError !== undefined) {
    return EXPIRED.has(rootError)
      ? { failure: 'certificate-expired', reason: `its certificate is out of its time (${rootError})` }
      : { failure: 'certificate-not-trusted', reason: `its certificate is of no trusted issuer (${rootError})` };
  }
  if (bearsName(own, host)) return 'verified';
  return { failure: 'certificate-host-mismatch', reason: `its certificate is not for ${host}` };
}

/** Walks from the first certificate to an anchor; every step is checked before it is taken. */
function pathToAnchor(
  chain: readonly X509Certificate[],
  anchors: readonly TlsaRecord[],
  now: number,
): 'found' | 'expired' | 'none' {
  const inRecords = anchors.map(certificateIn).filter((certificate) => certificate !== undefined);
  const issuers = [...chain.slice(1, MAX_CHAIN), ...inRecords];
  let current = chain[0];
  let expired = false;
  for (let steps = 0; current !== undefined && steps < MAX_CHAIN; steps += 1) {
    const subject: X509Certificate = current;
    expired ||= !inTime(subject, now);
    // The server's own certificate is no issuer of itself: an anchor above it is looked for.
    if (steps > 0 && anchors.some((record) => matchesRecord(record, subject))) return expired ? 'expired' : 'found';
    if (anchors.some((record) => signedByKeyIn(record, subject))) return expired ? 'expired' : 'found';
    current = issuers.find((issuer) => issuer !== subject && isIssuer(issuer, subject));
  }
  return 'none';
}

function isIssuer(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

/** A record may hold the bare key of an issuer whose certificate the server does not send (RFC 7671 5.2.3). */
function signedByKeyIn({ selector, matchingType, data }: TlsaRecord, subject: X509Certificate): boolean {
  if (selector !== 1 || matchingType !== 0) return false;
  try {
    return subject.verify(createPublicKey({ key: Buffer.from(data), format: 'der', type: 'spki' }));
  } catch {
    return false;
  }
}

function inTime(certificate: X509Certificate, now: number): boolean {
  return certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime();
}

/** Alternative names only, a wildcard for the whole first label only (RFC 6125 6.4.3 and 6.4.4, RFC 8461 4.1). */
function bearsName(certificate: X509Certificate, name: string): boolean {
  return certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined;
}

const NO_CERTIFICATE: PeerVerdict = { failure: 'validation-failure', reason: 'it showed no certificate' };
const EXPIRED: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const MAX_CHAIN = 10;
