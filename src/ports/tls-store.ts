// What is kept of TLS to the outside, beyond a restart: policies, the last session with each host, counts by day, and which
// days were reported.
//
// Promises: bounded by what `trim` leaves and by the rows of a day; what was kept is there after a restart, apart from the last
// moments before a power cut (these are counters and caches, and no mail).
import type { TlsFailure } from '../mail/tls/requirement.ts';
import type { LastSession, PolicyReader, PolicyType, StoredPolicy, TlsTally } from './tls-desk.ts';

/** Sessions of one kind with one host in a day. */
export interface DayCount {
  readonly policyType: PolicyType;
  readonly policyText: readonly string[];
  readonly host: string;
  readonly ip: string;
  /** Empty where the system chose it. */
  readonly localIp: string;
  /** Undefined for sessions that went well. */
  readonly failure: TlsFailure | undefined;
  readonly reason: string;
  readonly count: number;
}

export interface DayTotal {
  readonly domain: string;
  readonly succeeded: number;
  readonly failed: number;
}

export interface DomainDay {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly domain: string;
}

export interface DueForRefresh {
  readonly fetchedBefore: number;
  /** Nobody has sent to the others for long: they may expire. */
  readonly usedAfter: number;
  readonly now: number;
}

export interface TlsStore extends PolicyReader {
  keepPolicy(stored: StoredPolicy): void;
  /** Those to fetch again, the oldest first. */
  policiesToRefresh(due: DueForRefresh, limit: number): readonly StoredPolicy[];
  /** Not expired, by name. */
  policies(now: number, limit: number): readonly StoredPolicy[];
  add(day: string, tallies: readonly TlsTally[]): void;
  counts(at: DomainDay): readonly DayCount[];
  totals(day: string, limit: number): readonly DayTotal[];
  /** The newest first; of one domain where it is given. */
  sessions(domain: string | undefined, limit: number): readonly LastSession[];
  /** Days before `today` with counts, and not said to be done with. */
  unreported(today: string, limit: number): readonly DomainDay[];
  reported(at: DomainDay): void;
  /** Drops what is old: expired policies, sessions and counts. */
  trim(now: number): void;
  close(): void;
}
