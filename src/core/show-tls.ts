// What is known of TLS to each destination, put together for people from policies, last sessions and the counts of today.
import type { LastSession, StoredPolicy, TlsDestination, TlsShown } from '../ports/tls-desk.ts';
import type { TlsStore } from '../ports/tls-store.ts';

export function showTls(
  store: Pick<TlsStore, 'policy' | 'policies' | 'sessions' | 'counts' | 'totals'>,
  domain: string | undefined,
  now: number,
): TlsShown {
  const day = dayOf(now);
  return { day, destinations: domain === undefined ? all(store, day, now) : one(store, { domain, day, now }) };
}

/** `YYYY-MM-DD`, UTC: the day that reports are about (RFC 8460 section 4.1). */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

type Shown = Parameters<typeof showTls>[0];

function all(store: Shown, day: string, now: number): readonly TlsDestination[] {
  const sessions = Map.groupBy(store.sessions(undefined, MAX_SHOWN), ({ domain }) => domain);
  const policies = new Map(store.policies(now, MAX_SHOWN).map((policy) => [policy.domain, policy]));
  const totals = new Map(store.totals(day, MAX_COUNTED).map((total) => [total.domain, total]));
  return [...new Set([...sessions.keys(), ...policies.keys()])].sort().map((domain) => {
    const { succeeded = 0, failed = 0 } = totals.get(domain) ?? {};
    const policy = policies.get(domain) ?? policyNow(store, domain, now);
    return { domain, policy, sessions: sessions.get(domain) ?? [], succeeded, failed };
  });
}

function one(store: Shown, { domain, day, now }: { domain: string; day: string; now: number }): TlsDestination[] {
  const policy = policyNow(store, domain, now);
  const sessions: readonly LastSession[] = store.sessions(domain, MAX_SHOWN);
  let [succeeded, failed] = [0, 0];
  for (const { failure, count } of store.counts({ day, domain })) {
    if (failure === undefined) succeeded += count;
    else failed += count;
  }
  const isKnown = policy !== undefined || sessions.length > 0 || succeeded + failed > 0;
  return isKnown ? [{ domain, policy, sessions, succeeded, failed }] : [];
}

function policyNow(store: Shown, domain: string, now: number): StoredPolicy | undefined {
  const kept = store.policy(domain);
  return kept !== undefined && kept.expiresAt > now ? kept : undefined;
}

const MAX_SHOWN = 1000;
/** No fewer than the destinations of a day: those shown are among them. */
const MAX_COUNTED = 100_000;
