// Puts the desk for TLS together: its file, its resolver, what it fetches and how often. It runs inside the activity thread,
// beside the index, where nothing that accepts or delivers waits for it.
import type { Config } from './config.ts';
import { tlsFile } from './files.ts';
import { dnsServers, routeOptions } from './routing.ts';
import { systemMailOn } from './system-mail.ts';
import type { Bus } from '../backends/lanes/bus.ts';
import { hostTlsDesk } from '../backends/lanes/tls-desk.ts';
import { fetchStsPolicy } from '../backends/net/fetch-sts-policy.ts';
import type { HttpsOptions } from '../backends/net/https-request.ts';
import { postReport } from '../backends/net/post-report.ts';
import { createResolver } from '../backends/net/resolver.ts';
import { openTlsStore } from '../backends/sqlite/tls-store.ts';
import { createPolicyKeeper } from '../core/keep-policies.ts';
import { sendTlsReports, type TlsReportDeps } from '../core/send-tls-reports.ts';
import { dayOf, showTls } from '../core/show-tls.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { TlsFlaw } from '../mail/tls/requirement.ts';
import type { TlsStore } from '../ports/tls-store.ts';

export interface TlsDeskToRun {
  /** Closed with it. */
  readonly bus: Bus;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs until it is stopped. */
export function startTlsDesk({ config, bus, clock, log }: TlsDeskToRun): { stop(): Promise<void> } {
  const store = openTlsStore({ file: tlsFile(config.data) });
  const resolver = createResolver({ servers: dnsServers(config), cacheSize: CACHE, timeoutMs: DNS_MS, clock });
  const abort = new AbortController();
  const web = { resolver, refusal: routeOptions(config, clock).refusal, clock, signal: abort.signal };
  const keeper = createPolicyKeeper({
    store,
    resolver,
    fetchPolicy: (domain) => fetchStsPolicy(domain, { ...web, port: config.stsPort }),
    onFailure: (domain, flaw) => {
      if (!abort.signal.aborted) noteFailure(store, { domain, flaw, now: clock.now() });
    },
    clock,
    log,
  });
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
  const sendReports = reporter(config, { store, resolver, clock, log, bus, web });
  const recurring = hourly(async () => {
    await sendReports(abort.signal);
    if (abort.signal.aborted) return;
    await keeper.refresh();
    store.trim(clock.now());
  }, failed);
  return {
    async stop() {
      abort.abort();
      bus.close();
      resolver.close();
      await recurring.stop();
      store.close();
    },
  };
}

interface ReportParts extends Pick<TlsReportDeps, 'store' | 'resolver' | 'clock' | 'log'> {
  readonly bus: Bus;
  readonly web: Omit<HttpsOptions, 'timeoutMs'>;
}

function reporter(config: Config, { bus, web, ...parts }: ReportParts): (signal: AbortSignal) => Promise<void> {
  if (!config.tlsReports || config.delivery !== 'direct') return async () => undefined;
  const reports: TlsReportDeps = {
    ...parts,
    submitter: config.hostname,
    from: `tls-reports@${config.hostname}`,
    contact: config.postmaster ?? `postmaster@${config.hostname}`,
    sendMail: systemMailOn(bus),
    post: (url, compressed) => postReport(url, compressed, web),
  };
  return (signal) => sendTlsReports(reports, signal);
}

/** Soon after the start, for what became due while nothing ran, and then each hour; never twice at a time. */
function hourly(work: () => Promise<void>, onError: (error: unknown) => void): { stop(): Promise<void> } {
  let working: Promise<void> | undefined;
  const once = (): void => {
    working ??= work()
      .catch(onError)
      .finally(() => (working = undefined));
  };
  const first = setTimeout(once, SOON_MS);
  const timer = setInterval(once, HOUR_MS);
  return {
    async stop() {
      clearTimeout(first);
      clearInterval(timer);
      await working;
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
const SOON_MS = 2000;
const HOUR_MS = 3_600_000;
