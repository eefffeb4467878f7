// The one place of an installation that keeps what is known of TLS to the outside: fetched policies, how sessions went, and
// reports about both. Lanes ask it, tell it, and read its policies.
//
// Promises: every call ends within its deadline; where the desk cannot be reached, there is no answer, and nothing of the mail
// waits for it longer. Leaves to lanes: what a policy means for a delivery.
import type { StsPolicy } from '../mail/tls/mta-sts.ts';
import type { TlsFailure, VerifiedBy } from '../mail/tls/requirement.ts';

export interface StoredPolicy {
  readonly domain: string;
  /** Of the TXT record that announced it. */
  readonly id: string;
  readonly policy: StsPolicy;
  /** Unix milliseconds. */
  readonly fetchedAt: number;
  /** It counts until then, also where no newer one can be had (RFC 8461 section 5.1). */
  readonly expiresAt: number;
}

/** What a lane reads by itself. */
export interface PolicyReader {
  policy(domain: string): StoredPolicy | undefined;
}

/** Under which policy a session was tried (RFC 8460 section 4.2). */
export type PolicyType = 'tlsa' | 'sts' | 'no-policy-found';

/** Sessions of one kind since the last time. */
export interface TlsTally {
  /** Unix milliseconds of the last of them. */
  readonly at: number;
  readonly domain: string;
  readonly policyType: PolicyType;
  /** The TLSA records, as a zone file has them; empty for others. */
  readonly policyText: readonly string[];
  readonly host: string;
  readonly ip: string;
  readonly localIp: string | undefined;
  readonly protocol: string | undefined;
  readonly cipher: string | undefined;
  readonly verifiedBy: VerifiedBy | undefined;
  /** Undefined for success. */
  readonly failure: TlsFailure | undefined;
  readonly reason: string | undefined;
  readonly count: number;
}

export interface TlsDesk {
  /** Fetches the policy that the TXT record with this id announces; undefined where it cannot be had. */
  fetch(domain: string, id: string): Promise<StoredPolicy | undefined>;
  tell(tallies: readonly TlsTally[]): void;
}

/** What is known of one destination. */
export interface TlsDestination {
  readonly domain: string;
  readonly policy: StoredPolicy | undefined;
  /** The last session with each host, the newest first; a policy that could not be fetched is one with its web server. */
  readonly sessions: readonly LastSession[];
  /** Sessions today (UTC). */
  readonly succeeded: number;
  readonly failed: number;
}

export interface TlsShown {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  /** By name; a bounded number, those with the newest sessions. */
  readonly destinations: readonly TlsDestination[];
}

export interface TlsShow {
  /** All destinations, or the one that is named. Rejects with `ActivityUnavailable` where the desk does not answer. */
  show(domain: string | undefined): Promise<TlsShown>;
}

/** The last session with a host for the sake of a domain. */
export type LastSession = Omit<TlsTally, 'policyText' | 'localIp' | 'count'>;
