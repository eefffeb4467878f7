// A resolver for one question or a few that belong together: what was published a moment ago is seen, and not what a cache remembers.
import type { Config } from './config.ts';
import { dnsServers } from './routing.ts';
import { createResolver } from '../backends/net/resolver.ts';
import type { Clock } from '../lib/clock.ts';
import type { Resolver } from '../ports/resolver.ts';

export type AskAfresh = <T>(ask: (resolver: Resolver) => Promise<T>) => Promise<T>;

export function freshResolver(config: Config, clock: Clock): AskAfresh {
  return async (ask) => {
    const resolver = createResolver({ servers: dnsServers(config), cacheSize: KEPT_ANSWERS, timeoutMs: DNS_MS, clock });
    try {
      return await ask(resolver);
    } finally {
      resolver.close();
    }
  };
}

/** Names that the questions have in common. */
const KEPT_ANSWERS = 50;
const DNS_MS = 5000;
