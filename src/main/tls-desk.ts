// Puts the desk for TLS together: its file, its resolver, what it fetches and how often. It runs inside the activity thread,
// beside the index, where nothing that accepts or delivers waits for it.
import type { Config } from './config.ts';
import { tlsFile } from './files.ts';
import { installationBus } from './installation-bus.ts';
import { dnsServers, routeOptions } from './routing.ts';
import { hostTlsDesk } from '../backends/lanes/tls-desk.ts';
import { fetchStsPolicy } from '../backends/net/fetch-sts-policy.ts';
import { createResolver } from '../backends/net/resolver.ts';
import { openTlsStore } from '../backends/sqlite/tls-store.ts';
import { createPolicyKeeper } from '../core/keep-policies.ts';
import { dayOf, showTls } from '../core/show-tls.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { TlsFlaw } from '../mail/tls/requirement.ts';
import type { TlsStore } from '../ports/tls-store.ts';

export interface TlsDeskToRun {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs until it is stopped. */
export function startTlsDesk({ config, clock, log }: TlsDeskToRun): { stop(): void } {
  const store = openTlsStore({ file: tlsFile(config.data) });
  const resolver = createResolver({ servers: dnsServers(config), cacheSize: CACHE, timeoutMs: DNS_MS, clock });
  const { refusal } = routeOptions(config, clock);
  const keeper = createPolicyKeeper({
    store,
    resolver,
    fetchPolicy: (domain) => fetchStsPolicy(domain, { resolver, refusal, clock, port: config.stsPort }),
    onFailure: (domain, flaw) => noteFailure(store, { domain, flaw, now: clock.now() }),
    clock,
    log,
  });
  const bus = installationBus(config, clock);
  const failed = (error: unknown): void => log.error({ err: error }, 'the desk for TLS failed');
  hostTlsDesk(
    bus,
    {
      fetch: (domain, id) => keeper.fetch(domain, id),
      tell: (tallies) => store.add(dayOf(clock.now()), tallies),
      show: async (domain) => showTls(store, domain, clock.now()),
    },
    failed,
  );
  const timer = setInterval(() => {
    store.trim(clock.now());
    keeper.refresh().catch(failed);
  }, HOUR_MS);
  return {
    stop() {
      clearInterval(timer);
      bus.close();
      resolver.close();
      store.close();
    },
  };
}

/** A policy that could not be had is a failure of the domain's, without a session (RFC 8460 section 4.3.2.2). */
function noteFailure(store: TlsStore, { domain, flaw, now }: { domain: string; flaw: TlsFlaw; now: number }): void {
  const none = { localIp: undefined, protocol: undefined, cipher: undefined, verifiedBy: undefined };
  const where = { domain, host: `mta-sts.${domain}`, ip: '', policyText: [] };
  store.add(dayOf(now), [{ ...none, ...where, ...flaw, at: now, policyType: 'sts', count: 1 }]);
}

const CACHE = 1000;
const DNS_MS = 10_000;
const HOUR_MS = 3_600_000;
