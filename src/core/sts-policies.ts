// Which MTA-STS policy counts for a domain now (RFC 8461 sections 3.3 and 5.1), as a lane asks it for each delivery.
//
//   1. what was found a few minutes ago; almost always that there is none
//   2. else the TXT record and the kept policy: with the same id, or without a record, the kept one while it is not expired
//   3. a new id: the desk fetches it; where that fails, the kept one, or none
// Promises: no answer of the cache costs more than a look into a map; one look-up at a time per domain; a policy that was
// once found is not lost by an attacker who suppresses DNS or HTTPS before it expires.
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { readStsRecord, type StsPolicy } from '../mail/tls/mta-sts.ts';
import type { Resolver } from '../ports/resolver.ts';
import type { PolicyReader, StoredPolicy, TlsDesk } from '../ports/tls-desk.ts';

export interface StsDeps {
  readonly resolver: Pick<Resolver, 'txt'>;
  readonly kept: PolicyReader;
  readonly desk: Pick<TlsDesk, 'fetch'>;
  readonly clock: Clock;
  /** Domains remembered. */
  readonly maxDomains: number;
}

export interface StsPolicies {
  /** Undefined where nothing is required: no policy, or mode `none`. A promise only where it must be looked up. */
  of(domain: string): StsPolicy | undefined | Promise<StsPolicy | undefined>;
}

export function createStsPolicies({ resolver, kept, desk, clock, maxDomains }: StsDeps): StsPolicies {
  const known = createBoundedCache<string, Known>({ maxEntries: maxDomains, ttlMs: KNOWN_MS }, clock);
  const asking = new Map<string, Promise<StsPolicy | undefined>>();

  async function lookUp(domain: string): Promise<StsPolicy | undefined> {
    const current = await find(domain);
    const left = current === undefined ? KNOWN_MS : current.expiresAt - clock.now();
    const policy = current?.policy.mode === 'none' ? undefined : current?.policy;
    known.set(domain, { policy }, Math.max(Math.min(KNOWN_MS, left), SHORTEST_MS));
    return policy;
  }

  async function find(domain: string): Promise<StoredPolicy | undefined> {
    const record = await resolver.txt(`_mta-sts.${domain}`);
    const stored = kept.policy(domain);
    const valid = stored !== undefined && stored.expiresAt > clock.now() ? stored : undefined;
    const id = record.kind === 'found' ? readStsRecord(record.records) : undefined;
    if (id === undefined || valid?.id === id) return valid;
    return (await desk.fetch(domain, id)) ?? valid;
  }

  return {
    of(domain) {
      const found = known.get(domain);
      if (found !== undefined) return found.policy;
      const already = asking.get(domain);
      if (already !== undefined) return already;
      const asked = lookUp(domain).finally(() => asking.delete(domain));
      asking.set(domain, asked);
      return asked;
    },
  };
}

interface Known {
  readonly policy: StsPolicy | undefined;
}

const KNOWN_MS = 300_000;
/** Also of a policy without any age to speak of: else each message would wait for a fetch. */
const SHORTEST_MS = 10_000;
