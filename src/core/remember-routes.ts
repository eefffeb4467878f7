// Routes that a lane has just found, for as long as a burst of mail for a domain would find the same again: making one asks
// half a dozen caches and costs as much as a tenth of the lane's work for a message.
//
// Promises: a change of DNS or of a policy counts a second later at most, which is less than any of the caches behind it may
// keep it. Only what cannot come out otherwise is kept: a single host. Of several, equal preferences are drawn for each message
// (RFC 5321 5.1), and what is no site may be told to a person, or heal.
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { TlsRoute } from './route-with-tls.ts';

export type FindRoute = (domain: string) => Promise<TlsRoute>;

export interface RouteMemory {
  readonly clock: Pick<Clock, 'now'>;
  readonly maxDomains: number;
}

const KEPT_MS = 1000;

export function rememberRoutes(find: FindRoute, { clock, maxDomains }: RouteMemory): FindRoute {
  const known = createBoundedCache<string, Promise<TlsRoute>>({ maxEntries: maxDomains, ttlMs: KEPT_MS }, clock);
  return (domain) => known.get(domain) ?? ask(domain);

  function ask(domain: string): Promise<TlsRoute> {
    const asked = find(domain);
    asked.then(
      (route) => {
        if (route.kind === 'site' && route.hosts.length === 1) known.set(domain, asked);
      },
      // Whoever asked hears of it.
      () => undefined,
    );
    return asked;
  }
}
