// What working with addresses needs of this installation, for the server and the command line alike.
import type { Config } from './config.ts';
import { warmUpFile } from './files.ts';
import { dnsServers } from './routing.ts';
import { isBound } from '../backends/net/is-bound.ts';
import { createResolver } from '../backends/net/resolver.ts';
import { sentInAll } from '../backends/sqlite/warm-up-counts.ts';
import type { AddressTools } from '../core/manage-addresses.ts';
import { proveAddress } from '../core/prove-address.ts';
import type { Clock } from '../lib/clock.ts';

export function addressTools(config: Config, clock: Clock): AddressTools {
  const { hostname, addressChecks: checks, dnsblZones } = config;
  const now = (): number => clock.now();
  return {
    now,
    async prove(address) {
      // One of its own, so that what was mended a moment ago is seen and not what a cache remembers.
      const resolver = createResolver({
        servers: dnsServers(config),
        cacheSize: KEPT_ANSWERS,
        timeoutMs: DNS_MS,
        clock,
      });
      try {
        return await proveAddress({ resolver, isBound, now, hostname, checks, dnsblZones }, address);
      } finally {
        resolver.close();
      }
    },
    sentOn: ({ pool, ip }, day) => sentInAll(warmUpFile(config.data, pool), { ip, day }),
  };
}

/** Names that the checks of one address have in common. */
const KEPT_ANSWERS = 50;
const DNS_MS = 5000;
