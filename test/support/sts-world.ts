// A domain with an MTA-STS policy, all of it local: the TXT record, the HTTPS server with the policy, the keeper with its file,
// and the way to a scripted host. The clock is the test's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fetchStsPolicy } from '../../src/backends/net/fetch-sts-policy.ts';
import { createResolver } from '../../src/backends/net/resolver.ts';
import { openPolicyReader, openTlsStore } from '../../src/backends/sqlite/tls-store.ts';
import { createPolicyKeeper, type PolicyKeeper } from '../../src/core/keep-policies.ts';
import { createStsPolicies } from '../../src/core/sts-policies.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/lib/log.ts';
import type { TlsFlaw } from '../../src/mail/tls/requirement.ts';
import type { TlsStore } from '../../src/ports/tls-store.ts';
import { startDnsServer, type Entry } from './dns-server.ts';
import type { Script } from './scripted-mx.ts';
import { startPolicyWeb, type WebAnswer } from './policy-web.ts';
import { issue, makeRoot } from './test-ca.ts';
import { tlsWorld, type TlsWorld } from './tls-world.ts';

export const ENFORCE = 'version: STSv1\nmode: enforce\nmx: mx.test\nmax_age: 86400\n';

export interface StsWorld extends TlsWorld {
  readonly clock: { time: number };
  readonly store: TlsStore;
  readonly keeper: PolicyKeeper;
  readonly failures: readonly TlsFlaw[];
  /** Requests for the policy so far. */
  readonly requests: () => number;
  /** What the web server says from now on; undefined closes connections. */
  serve(answer: WebAnswer | undefined): void;
  /** The TXT record of example.test. */
  announce(id: string | undefined): void;
  /** As after a restart of the lanes: nothing in memory. */
  forget(): void;
}

export interface StsWorldOptions {
  readonly policy?: string;
  /** Names in the certificate of the host; those of no trusted root with `stranger`. */
  readonly certificateFor?: string;
  readonly stranger?: true;
  /** Names in the certificate of the web server. */
  readonly webCertificateFor?: string;
  readonly script?: Script;
  readonly zone?: Readonly<Record<string, Entry>>;
  readonly refusal?: (address: string) => string | undefined;
}

export async function stsWorld(t: TestContext, options: StsWorldOptions = {}): Promise<StsWorld> {
  const { policy = ENFORCE, certificateFor = 'mx.test', webCertificateFor = 'mta-sts.example.test' } = options;
  const root = makeRoot();
  const web = await startPolicyWeb(issue(root, { names: [webCertificateFor] }), { body: policy });
  const folder = mkdtempSync(join(tmpdir(), 'sts-'));
  const file = join(folder, 'tls.sqlite');
  const clock = movedClock();
  const store = openTlsStore({ file });
  const kept = openPolicyReader(file);
  const dns = await startDnsServer({ 'mta-sts.example.test': { A: ['127.0.0.1'] } });
  const newResolver = (): ReturnType<typeof createResolver> =>
    createResolver({ servers: [dns.address], cacheSize: 100, timeoutMs: 1000, clock });
  const resolver = newResolver();
  const failures: TlsFlaw[] = [];
  const { port } = web;
  const { refusal = (): undefined => undefined } = options;
  const keeper = createPolicyKeeper({
    store,
    resolver,
    fetchPolicy: (domain) =>
      fetchStsPolicy(domain, { resolver, refusal, clock, port, roots: [root.cert], timeoutMs: 3000 }),
    onFailure: (_domain, flaw) => failures.push(flaw),
    clock,
    log: QUIET,
  });
  const lanes = (): ReturnType<typeof createStsPolicies> =>
    createStsPolicies({ resolver, kept, desk: keeper, clock, maxDomains: 100 });
  let current = lanes();
  const script = {
    certificate: issue(options.stranger === true ? makeRoot('stranger') : root, { names: [certificateFor] }),
  };
  const world = await tlsWorld(t, {
    zone: { 'example.test': { MX: [[10, 'mx.test']] }, ...options.zone },
    script: { ...script, ...options.script },
    roots: [root.cert],
    policies: { of: (domain) => current.of(domain) },
  });
  const announce = (id: string | undefined): void =>
    dns.set('_mta-sts.example.test', { TXT: id === undefined ? [] : [[`v=STSv1; id=${id};`]], ttl: 5 });
  announce('1');
  t.after(async () => {
    await web.close();
    resolver.close();
    await dns.close();
    kept.close();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...{ ...world, clock, store, keeper, failures, announce },
    requests: () => web.requests.length,
    serve: (answer) => web.serve(answer),
    forget: () => void (current = lanes()),
  };
}

function movedClock(): Clock & { time: number } {
  const clock = {
    time: Date.now(),
    now: () => clock.time,
    after: (ms: number, task: () => void) => systemClock.after(ms, task),
  };
  return clock;
}

const nothing = (): void => undefined;
const QUIET = { info: nothing, warn: nothing, error: nothing, debug: nothing } as unknown as Log;
