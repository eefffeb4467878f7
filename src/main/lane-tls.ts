// What a lane needs for TLS to other servers: routes with their requirements, policies, and the way to the desk.
import type { Config } from './config.ts';
import { tlsFile } from './files.ts';
import type { Bus } from '../backends/lanes/bus.ts';
import { tlsDeskOn } from '../backends/lanes/tls-desk.ts';
import { openPolicyReader } from '../backends/sqlite/tls-store.ts';
import { rememberRoutes } from '../core/remember-routes.ts';
import { createTlsRoute, type TlsRoute } from '../core/route-with-tls.ts';
import { createStsPolicies } from '../core/sts-policies.ts';
import { createTlsTallies } from '../core/tally-tls.ts';
import type { Clock } from '../lib/clock.ts';
import type { Route } from '../mail/dns/mx.ts';
import type { TlsResult } from '../ports/egress.ts';
import type { Resolver, TlsaResolver } from '../ports/resolver.ts';

export interface LaneTlsDeps {
  readonly config: Config;
  /** Closed with it. */
  readonly bus: Bus;
  readonly resolver: Resolver & TlsaResolver;
  readonly clock: Clock;
  readonly route: (domain: string) => Promise<Route>;
}

export interface LaneTls {
  readonly route: (domain: string) => Promise<TlsRoute>;
  readonly onTls: (result: TlsResult) => void;
  close(): void;
}

export function createLaneTls({ config, bus, resolver, clock, route }: LaneTlsDeps): LaneTls {
  const desk = tlsDeskOn(bus);
  const kept = openPolicyReader(tlsFile(config.data));
  const tallies = createTlsTallies(desk, clock);
  const policies = createStsPolicies({ resolver, kept, desk, clock, maxDomains: MAX_DOMAINS });
  return {
    route: rememberRoutes(createTlsRoute({ route, resolver, policies, port: config.mxPort }), {
      clock,
      maxDomains: MAX_DOMAINS,
    }),
    onTls: (result) => tallies.count(result),
    close() {
      tallies.close();
      kept.close();
      bus.close();
    },
  };
}

const MAX_DOMAINS = 10_000;
