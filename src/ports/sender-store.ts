// Sending domains, their DKIM keys, and sender signatures: part of the control data.
//
// Promises: those of the control store; of each algorithm a domain has one active and one pending key at most; a private key
// leaves the store by `signingKeys` alone. Asks of callers: names and addresses in the forms that domain/sender.ts says.
import type { DkimKey, NewDkimKey, SigningKey } from '../domain/dkim-key.ts';
import type { DomainProof, DomainWatch, SenderSignature, SendingDomain } from '../domain/sender.ts';
import type { AccountId } from '../lib/ids.ts';
import type { Found, Page } from './activity.ts';

export interface NewDomain {
  readonly accountId: AccountId;
  readonly name: string;
  readonly proof: DomainProof | undefined;
  readonly returnPathDomain?: string | undefined;
  /** Kept in the same step. */
  readonly key?: NewDkimKey;
  readonly checkAt?: number | undefined;
}

/** What changes of a domain; what is left out stays. */
export type DomainChange = Partial<
  Pick<SendingDomain, 'proof' | 'verifiedAt' | 'dkimVerifiedAt' | 'returnPathDomain' | 'returnPathVerifiedAt'> &
    DomainWatch
>;

export interface NewSignature {
  readonly accountId: AccountId;
  readonly address: string;
  readonly domain: string;
  readonly name: string;
  readonly replyTo: string | undefined;
  readonly note: string | undefined;
}

export type SignatureChange = Partial<Pick<SenderSignature, 'name' | 'replyTo' | 'note' | 'confirmedAt'>>;

export interface SenderStore {
  /** Rejects with `NameTaken` where the account has the domain, with `SelectorTaken` where the key's is not free. */
  createDomain(domain: NewDomain): Promise<SendingDomain>;
  domain(accountId: AccountId, name: string): Promise<SendingDomain | undefined>;
  domainById(id: number): Promise<SendingDomain | undefined>;
  /** Those that may send first, then by name. */
  domains(accountId: AccountId, page: Page): Promise<Found<SendingDomain>>;
  /** `change` is given the domain as it is at that moment, and decides in the same step. */
  updateDomain(id: number, change: (now: SendingDomain) => DomainChange): Promise<SendingDomain | undefined>;
  /** Its signatures stay. Its active keys are `left`, the others gone. False where there is no such domain. */
  deleteDomain(id: number): Promise<boolean>;
  /** Whose `checkAt` has come, the longest due first. */
  dueDomains(now: number, limit: number): Promise<readonly SendingDomain[]>;
  /** Those whose record is missing, by name; of one account where it is given. 100 at most. */
  troubledDomains(accountId?: AccountId): Promise<readonly SendingDomain[]>;

  /** Rejects with `SelectorTaken` where the domain has a key of that selector, of whatever account. */
  addKey(key: NewDkimKey): Promise<void>;
  /** Those of the account's domain, in order of making; `left` ones are not among them. */
  keys(accountId: AccountId, domain: string): Promise<readonly DkimKey[]>;
  /** A pending key becomes active, the one before it revoked, the one before that is dropped. Else without effect. */
  activateKey(key: Pick<DkimKey, 'accountId' | 'domain' | 'selector'>): Promise<void>;
  /**
   * What signs mail of the account for the domain, one key an algorithm: its own active keys, those that it left, or
   * those of a domain of that name which the operator vouches for.
   */
  signingKeys(accountId: AccountId, domain: string): Promise<readonly SigningKey[]>;
  /** Drops keys that are `left` since before then; how many. */
  dropLeftKeys(before: number): Promise<number>;

  /** Rejects with `NameTaken` where the account has the address, in whatever case. */
  createSignature(signature: NewSignature): Promise<SenderSignature>;
  /** The address in any case. */
  signature(accountId: AccountId, address: string): Promise<SenderSignature | undefined>;
  signatureById(id: number): Promise<SenderSignature | undefined>;
  /** Those that may send first, then by address. */
  signatures(accountId: AccountId, page: Page): Promise<Found<SenderSignature>>;
  updateSignature(id: number, change: SignatureChange): Promise<SenderSignature | undefined>;
  deleteSignature(id: number): Promise<boolean>;
}

/** The domain as a change leaves it. */
export function changedDomain(domain: SendingDomain, change: DomainChange): SendingDomain {
  const { checkedAt, checkAt, missingSince, dkimProblems, returnPathProblems } = { ...domain.watch, ...change };
  const { proof, verifiedAt, dkimVerifiedAt, returnPathDomain, returnPathVerifiedAt } = { ...domain, ...change };
  return {
    ...domain,
    ...{ proof, verifiedAt, dkimVerifiedAt, returnPathDomain, returnPathVerifiedAt },
    watch: { checkedAt, checkAt, missingSince, dkimProblems, returnPathProblems },
  };
}

export class SelectorTaken extends Error {
  override readonly name = 'SelectorTaken';
}

/** Of `troubledDomains`: who has more has one cause. */
export const MOST_TROUBLED = 100;
