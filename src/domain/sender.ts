// A sending domain of an account and the keys that sign for it (contract sending 24.1).
import type { AccountId } from '../lib/ids.ts';

/** How a domain came to be allowed as a sender; `undefined` while it is not. */
export type DomainProof = 'dns' | 'operator';

export interface SendingDomain {
  readonly id: number;
  readonly accountId: AccountId;
  /** Lower-case A-label form. */
  readonly name: string;
  readonly proof: DomainProof | undefined;
  readonly verifiedAt: number | undefined;
  /** A verified subdomain of `name` for return paths; the installation's own is used without one. */
  readonly returnPathDomain: string | undefined;
  readonly createdAt: number;
}

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface DkimKeyRecord {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** PKCS #8 PEM. Encrypted at rest; the store hands it out in the clear to those who sign. */
  readonly privateKeyPem: string;
  /** Value of the TXT record, `k=rsa; p=…`. */
  readonly recordValue: string;
  readonly active: boolean;
}
