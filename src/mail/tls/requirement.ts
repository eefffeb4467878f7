// What a connection to an MX host must prove before a message goes over it, and what is said when it does not.
//
// Without a requirement TLS is opportunistic (RFC 7435): used where it works, nothing verified. With one there is no way
// back to plain text. Names of failures are those of TLS reports (RFC 8460 section 4.3).
import { createHash } from 'node:crypto';
import { formatRecord, type TlsaRecord } from './tlsa.ts';

export type TlsRequirement =
  /** One of the records names the certificate or its issuer (RFC 7672). */
  | {
      readonly kind: 'dane';
      readonly records: readonly TlsaRecord[];
      /** The name whose records these are; sent as the server name, and the first one that the certificate may bear. */
      readonly baseName: string;
      /** Further names that a certificate below a DANE-TA record may bear (RFC 7672 3.2.2). */
      readonly otherNames: readonly string[];
    }
  /** TLS with any certificate: there are TLSA records, and none that we can use (RFC 7672 section 2.2). */
  | { readonly kind: 'encrypted' }
  /** A certificate of a trusted root for the name of the host. Not enforced, a failure is noted and nothing else. */
  | { readonly kind: 'pkix'; readonly by: 'mta-sts' | 'requiretls'; readonly enforced: boolean }
  /** The host must not be used at all. Not enforced, that is noted and nothing else. */
  | {
      readonly kind: 'barred';
      readonly enforced: boolean;
      readonly failure: TlsFailure;
      readonly reason: string;
      /** The message cannot go there at all, also not later. */
      readonly forGood?: true;
    };

export type TlsFailure =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'tlsa-invalid'
  | 'dnssec-invalid'
  | 'dane-required'
  | 'sts-policy-fetch-error'
  | 'sts-policy-invalid'
  | 'sts-webpki-invalid';

/** How the far side of a session proved who it is. */
export type VerifiedBy = 'dane' | 'mta-sts' | 'pkix';

/** What was agreed on in a session over TLS, and whether the far side proved who it is. */
export interface TlsSession {
  /** Such as `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  readonly verifiedBy: VerifiedBy | undefined;
  /** What a requirement that is not enforced found wrong. */
  readonly flaw: TlsFlaw | undefined;
}

export interface TlsFlaw {
  readonly failure: TlsFailure;
  /** To stand after the name of the host. */
  readonly reason: string;
  /** It may be over soon: a handshake that broke, say, and not a certificate that is wrong. */
  readonly passing?: true;
}

/** True where a session in plain text is out of the question. */
export function forbidsPlainText(requirement: TlsRequirement | undefined): boolean {
  return requirement !== undefined && (!('enforced' in requirement) || requirement.enforced);
}

/** Equal for requirements that may share a connection; short. */
export function requirementKey(requirement: TlsRequirement | undefined): string {
  if (requirement === undefined) return '-';
  switch (requirement.kind) {
    case 'dane':
      return `dane:${digest([requirement.baseName, ...requirement.otherNames, ...requirement.records.map(formatRecord).sort()])}`;
    case 'encrypted':
      return 'encrypted';
    case 'pkix':
      return `pkix:${requirement.by}${requirement.enforced ? '' : ':testing'}`;
    case 'barred':
      return `barred:${digest([String(requirement.enforced), requirement.reason])}`;
  }
}

/** Who asks for it, to stand in a sentence. */
export function describeRequirement(requirement: TlsRequirement): string {
  switch (requirement.kind) {
    case 'dane':
    case 'encrypted':
      return 'its TLSA records (DANE)';
    case 'pkix':
      return requirement.by === 'mta-sts' ? 'the MTA-STS policy of the domain' : 'the message (REQUIRETLS)';
    case 'barred':
      return 'the policy of the domain';
  }
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, DIGEST_LENGTH);
}

const DIGEST_LENGTH = 16;
