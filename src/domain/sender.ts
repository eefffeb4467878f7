// Who may stand in From: the domains of an account and its sender signatures, which are single addresses (contract sending
// 6.3 and 24.1, management 3 and 4).
//
// A domain is allowed by its DKIM record alone (`proof: 'dns'`), or by the operator's word. That its record was ever seen
// (`dkimVerifiedAt`) stays true when the record goes; the permission does not, but it ends only after warnings
// (domain-standing.ts). A CNAME for return paths allows nobody to send: it names no account.
import type { AccountId } from '../lib/ids.ts';

/** How a domain came to be allowed as a sender; `undefined` while it is not. */
export type DomainProof = 'dns' | 'operator';

export interface SendingDomain {
  readonly id: number;
  readonly accountId: AccountId;
  /** Lower-case A-label form. */
  readonly name: string;
  readonly proof: DomainProof | undefined;
  /** Unix milliseconds, like all times here: since when it is allowed. */
  readonly verifiedAt: number | undefined;
  /** When a DKIM record of it was seen for the first time. */
  readonly dkimVerifiedAt: number | undefined;
  /** The subdomain that is wanted for return paths; `returnPathOf` says whether it is used. */
  readonly returnPathDomain: string | undefined;
  /** Since when its CNAME leads to us; undefined where it did not when it was last looked at. */
  readonly returnPathVerifiedAt: number | undefined;
  /** Whether the account has sender signatures in it. */
  readonly hasSignatures: boolean;
  readonly watch: DomainWatch;
  readonly createdAt: number;
}

/** What looking at its records has come to. */
export interface DomainWatch {
  readonly checkedAt: number | undefined;
  /** When it is looked at next; undefined where nothing is to be seen. */
  readonly checkAt: number | undefined;
  /** Since when the record of the key that signs is not there. Trouble with DNS does not count. */
  readonly missingSince: number | undefined;
  /** Sentences for people. */
  readonly dkimProblems: readonly string[];
  readonly returnPathProblems: readonly string[];
}

/** Where bounces of its mail come back to, where that is a verified subdomain of its own. */
export function returnPathOf(domain: SendingDomain): string | undefined {
  return domain.returnPathVerifiedAt === undefined ? undefined : domain.returnPathDomain;
}

/** Whether DKIM counts as verified on the wire. */
export function isDkimVerified(domain: SendingDomain): boolean {
  return domain.dkimVerifiedAt !== undefined || domain.proof === 'operator';
}

export function problemsOf({ watch }: SendingDomain): readonly string[] {
  return [...watch.dkimProblems, ...watch.returnPathProblems];
}

/** One address that may send once who reads its mailbox has said so. */
export interface SenderSignature {
  readonly id: number;
  readonly accountId: AccountId;
  /** As SMTP carries it: the case of the local part kept, the domain in lower-case A-label form. */
  readonly address: string;
  readonly domain: string;
  /** Shown in From where a message gives no name. */
  readonly name: string;
  /** Reply-To of messages that give none. */
  readonly replyTo: string | undefined;
  /** Personal words in the confirmation mail. */
  readonly note: string | undefined;
  readonly confirmedAt: number | undefined;
  readonly createdAt: number;
}
