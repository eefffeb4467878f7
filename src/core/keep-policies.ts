// Fetches MTA-STS policies and keeps them fresh (RFC 8461 sections 3.3, 5.1 and 10.2): the desk's side of sts-policies.
//
// Promises: one fetch at a time per domain; a failed one is not tried again for five minutes; a kept policy that is not expired
// stays until a newer one was read. Each failure is told once per try, for reports.
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { readStsRecord, type StsPolicy } from '../mail/tls/mta-sts.ts';
import type { TlsFlaw } from '../mail/tls/requirement.ts';
import type { Resolver } from '../ports/resolver.ts';
import type { StoredPolicy } from '../ports/tls-desk.ts';
import type { TlsStore } from '../ports/tls-store.ts';

export interface KeepPoliciesDeps {
  readonly store: Pick<TlsStore, 'policy' | 'keepPolicy' | 'policiesToRefresh'>;
  readonly resolver: Pick<Resolver, 'txt'>;
  readonly fetchPolicy: (
    domain: string,
  ) => Promise<{ readonly kind: 'policy'; readonly policy: StsPolicy } | ({ readonly kind: 'failed' } & TlsFlaw)>;
  /** A policy could not be had. */
  readonly onFailure: (domain: string, flaw: TlsFlaw) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PolicyKeeper {
  fetch(domain: string, id: string): Promise<StoredPolicy | undefined>;
  /** Reads again what is older than a day and still in use; a piece at a time. */
  refresh(): Promise<void>;
}

export function createPolicyKeeper(deps: KeepPoliciesDeps): PolicyKeeper {
  const { store, resolver, clock, log } = deps;
  const fetching = new Map<string, Promise<StoredPolicy | undefined>>();
  const failed = createBoundedCache<string, true>({ maxEntries: MAX_FAILED, ttlMs: FAILED_MS }, clock);

  async function fetchNow(domain: string, id: string): Promise<StoredPolicy | undefined> {
    const result = await deps.fetchPolicy(domain);
    if (result.kind === 'failed') {
      failed.set(domain, true);
      deps.onFailure(domain, result);
      log.info({ domain, failure: result.failure, reason: result.reason }, 'MTA-STS policy could not be fetched');
      return undefined;
    }
    const fetchedAt = clock.now();
    const { policy } = result;
    const stored = { domain, id, policy, fetchedAt, expiresAt: fetchedAt + policy.maxAge * 1000 };
    store.keepPolicy(stored);
    return stored;
  }

  async function fetch(domain: string, id: string): Promise<StoredPolicy | undefined> {
    const known = store.policy(domain);
    // Another lane was first.
    if (known?.id === id && known.expiresAt > clock.now()) return known;
    if (failed.get(domain)) return undefined;
    return once(domain, id);
  }

  function once(domain: string, id: string): Promise<StoredPolicy | undefined> {
    const already = fetching.get(domain);
    if (already !== undefined) return already;
    const started = fetchNow(domain, id).finally(() => fetching.delete(domain));
    fetching.set(domain, started);
    return started;
  }

  async function refresh(): Promise<void> {
    const now = clock.now();
    const due = store.policiesToRefresh({ fetchedBefore: now - DAY_MS, usedAfter: now - UNUSED_MS, now }, PIECE);
    for (const { domain } of due) {
      const record = await resolver.txt(`_mta-sts.${domain}`);
      const announced = record.kind === 'found' ? readStsRecord(record.records) : undefined;
      // Without a record there is nothing to fetch; the policy ends when it expires.
      if (announced !== undefined && !failed.get(domain)) await once(domain, announced);
    }
  }

  return { fetch, refresh };
}

const MAX_FAILED = 10_000;
const FAILED_MS = 300_000;
const DAY_MS = 86_400_000;
const UNUSED_MS = 30 * DAY_MS;
/** Policies read again in one go; the next go is an hour later. */
const PIECE = 500;
