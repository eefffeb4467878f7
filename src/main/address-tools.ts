// What working with addresses needs of this installation, for the server and the command line alike.
import type { Config } from './config.ts';
import { warmUpFile } from './files.ts';
import { freshResolver } from './fresh-resolver.ts';
import { isBound } from '../backends/net/is-bound.ts';
import { sentInAll } from '../backends/sqlite/warm-up-counts.ts';
import type { AddressTools } from '../core/manage-addresses.ts';
import { proveAddress } from '../core/prove-address.ts';
import type { Clock } from '../lib/clock.ts';

export function addressTools(config: Config, clock: Clock): AddressTools {
  const { hostname, addressChecks: checks, dnsblZones } = config;
  const now = (): number => clock.now();
  const afresh = freshResolver(config, clock);
  return {
    now,
    prove: (address) =>
      afresh((resolver) => proveAddress({ resolver, isBound, now, hostname, checks, dnsblZones }, address)),
    sentOn: ({ pool, ip }, day) => sentInAll(warmUpFile(config.data, pool), { ip, day }),
  };
}
