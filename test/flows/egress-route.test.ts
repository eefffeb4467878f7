// From the domain of a recipient to the server that takes the mail: DNS, routing, policy and egress together.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createEgress } from '../../src/backends/net/egress.ts';
import { createResolver } from '../../src/backends/net/resolver.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createNetworkPolicy, parseCidr, type Cidr } from '../../src/lib/network-policy.ts';
import { routeDomain, type Route } from '../../src/mail/dns/mx.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { startDnsServer, type Entry } from '../support/dns-server.ts';
import { bookOf, FOREVER, PATIENT, summary, transaction } from '../support/egress-fixture.ts';
import { startScriptedMx, type ScriptedMx } from '../support/scripted-mx.ts';

interface World {
  readonly primary: ScriptedMx;
  readonly backup: ScriptedMx;
  readonly route: (domain: string) => Promise<Route>;
  readonly send: (domain: string) => Promise<Outcome | undefined>;
}

const ZONE: Readonly<Record<string, Entry>> = {
  'example.test': {
    MX: [
      [20, 'backup.test'],
      [10, 'primary.test'],
    ],
  },
  'other.test': {
    MX: [
      [5, 'primary.test'],
      [5, 'backup.test'],
    ],
  },
  'halfdead.test': {
    MX: [
      [10, 'dead.test'],
      [20, 'backup.test'],
    ],
  },
  'bare.test': { A: ['127.0.0.1'] },
  'alias.test': { CNAME: 'example.test' },
  'none.test': { MX: [[0, '.']] },
  'inside.test': { MX: [[10, 'inside-mx.test']] },
  'inside-mx.test': { A: ['10.1.2.3'] },
  'primary.test': { A: ['127.0.0.1'] },
  'backup.test': { A: ['127.0.0.2'] },
  'dead.test': { A: ['127.0.0.99'] },
};

async function world(t: TestContext): Promise<World> {
  const primary = await startScriptedMx();
  const backup = await startScriptedMx({}, { address: '127.0.0.2', port: primary.port });
  const dns = await startDnsServer(ZONE);
  const resolver = createResolver({ servers: [dns.address], cacheSize: 100, timeoutMs: 1000, clock: systemClock });
  const egress = createEgress({ book: bookOf({}), clock: systemClock, port: primary.port, deadlines: PATIENT });
  const policy = createNetworkPolicy([parseCidr('127.0.0.0/8') as Cidr]);
  t.after(async () => {
    await egress.close();
    resolver.close();
    await Promise.all([primary.close(), backup.close(), dns.close()]);
  });
  const refusal = (address: string): string | undefined => policy.refusal(address);
  const options = { random: Math.random, ownHosts: new Set<string>(), ownAddresses: new Set<string>(), refusal };
  const route = (domain: string): Promise<Route> =>
    routeDomain(domain, resolver, { ...options, clock: systemClock, deadlineMs: 2000 });
  const send = async (domain: string): Promise<Outcome | undefined> => {
    const found = await route(domain);
    assert.ok(found.kind === 'site', JSON.stringify(found));
    return (await egress.send(found, transaction({ recipients: [`ann@${domain}`] }), FOREVER))[0];
  };
  return { primary, backup, route, send };
}

const TAKEN: readonly [string, string][] = [
  ['example.test', 'primary.test'],
  ['halfdead.test', 'backup.test'],
  ['bare.test', 'bare.test'],
  ['alias.test', 'primary.test'],
];
for (const [domain, host] of TAKEN) {
  test(`mail for ${domain} is taken by ${host}`, async (t) => {
    const { send } = await world(t);
    const outcome = await send(domain);
    assert.equal(summary(outcome), 'delivered final 250');
    assert.equal(outcome?.peer?.host, host);
  });
}

test('domains of the same hosts share a connection', async (t) => {
  const { primary, backup, send } = await world(t);
  await send('example.test');
  await send('other.test');
  assert.equal(primary.connections + backup.connections, 1);
});

test('what is not to be connected to, or takes no mail, never gets a connection', async (t) => {
  const { route } = await world(t);
  assert.equal((await route('none.test')).kind, 'null-mx');
  assert.equal((await route('nowhere.test')).kind, 'no-such-domain');
  const inside = await route('inside.test');
  assert.deepEqual(inside, {
    kind: 'refused',
    reason: 'not a public mail server: inside-mx.test: 10.1.2.3 is a private address',
  });
});
