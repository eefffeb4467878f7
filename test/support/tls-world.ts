// From the domain of a recipient to a scripted host, with everything that decides about TLS in between: DNS that says what is
// authentic, routing, requirements, egress.
import type { TestContext } from 'node:test';
import { createEgress } from '../../src/backends/net/egress.ts';
import { createResolver } from '../../src/backends/net/resolver.ts';
import { createTlsRoute, type TlsRoute } from '../../src/core/route-with-tls.ts';
import type { StsPolicies } from '../../src/core/sts-policies.ts';
import { siteForMessage } from '../../src/core/site-for-message.ts';
import type { Message } from '../../src/domain/message.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { routeDomain } from '../../src/mail/dns/mx.ts';
import type { ClientDeadlines } from '../../src/mail/smtp/client-phases.ts';
import type { TlsResult } from '../../src/ports/egress.ts';
import { startDnsServer, type DnsServer, type Entry } from './dns-server.ts';
import { bookOf, FOREVER, PATIENT, transaction } from './egress-fixture.ts';
import { startScriptedMx, type Script, type ScriptedMx } from './scripted-mx.ts';

export interface TlsWorld {
  readonly mx: ScriptedMx;
  readonly dns: DnsServer;
  /** `_25._tcp.mx.test` and the like, for the port in use. */
  readonly tlsaName: (host: string) => string;
  readonly route: (domain: string) => Promise<TlsRoute>;
  readonly send: (domain: string, change?: Pick<Message, 'tls'>) => Promise<Outcome | undefined>;
  readonly results: readonly TlsResult[];
}

export interface TlsWorldOptions {
  readonly zone: Readonly<Record<string, Entry>>;
  readonly script?: Script;
  readonly roots?: readonly string[];
  readonly dnssec?: 'off' | 'resolver';
  readonly deadlines?: ClientDeadlines;
  readonly policies?: StsPolicies;
}

/** Names of the zone beside `mx.test`, which is the scripted host at 127.0.0.1, are the test's. */
export async function tlsWorld(t: TestContext, options: TlsWorldOptions): Promise<TlsWorld> {
  const { zone, script = {}, dnssec = 'resolver', roots, deadlines = PATIENT } = options;
  const mx = await startScriptedMx(script);
  const dns = await startDnsServer({ 'mx.test': { A: ['127.0.0.1'], secure: true }, ...zone });
  const clock = systemClock;
  const resolver = createResolver({ servers: [dns.address], dnssec, cacheSize: 100, timeoutMs: 1000, clock });
  const results: TlsResult[] = [];
  const egress = createEgress({
    book: bookOf({}),
    clock,
    port: mx.port,
    deadlines,
    onTls: (result) => results.push(result),
    ...(roots !== undefined && { roots }),
  });
  t.after(async () => {
    await egress.close();
    resolver.close();
    await Promise.all([mx.close(), dns.close()]);
  });
  const none: ReadonlySet<string> = new Set();
  const routing = { random: Math.random, ownHosts: none, ownAddresses: none, refusal: () => undefined, clock };
  const route = createTlsRoute({
    route: (domain) => routeDomain(domain, resolver, { ...routing, deadlineMs: 2000 }),
    resolver,
    policies: options.policies ?? { of: () => undefined },
    port: mx.port,
  });
  return {
    mx,
    dns,
    route,
    results,
    tlsaName: (host) => `_${mx.port}._tcp.${host}`,
    async send(domain, asked = {}) {
      const found = await route(domain);
      if (found.kind !== 'site') throw new Error(`no site: ${JSON.stringify(found)}`);
      const site = siteForMessage(found, asked, () => [domain]);
      const change = asked.tls === 'required' ? { requireTls: true as const } : {};
      return (await egress.send(site, transaction({ recipients: [`ann@${domain}`], ...change }), FOREVER))[0];
    },
  };
}
