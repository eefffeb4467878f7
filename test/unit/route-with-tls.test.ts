// Routes with their requirements: what cannot be asked safely bars the host, and trouble with policies has one owner.
import assert from 'node:assert/strict';
import { setImmediate as soon } from 'node:timers/promises';
import { test } from 'node:test';
import { createTlsRoute, type TlsRouteDeps } from '../../src/core/route-with-tls.ts';
import type { Route } from '../../src/mail/dns/mx.ts';

const ALIAS: Route = {
  kind: 'site',
  key: 'alias.test',
  secure: true,
  hosts: [{ host: 'alias.test', addresses: ['192.0.2.1'], canonical: 'elsewhere.test' }],
};

function routeWith(change: Partial<TlsRouteDeps>): ReturnType<typeof createTlsRoute> {
  return createTlsRoute({
    route: () => Promise.resolve(ALIAS),
    resolver: {
      cname: () => Promise.resolve({ kind: 'none' }),
      tlsa: () => Promise.resolve({ kind: 'none' }),
    },
    policies: { of: () => undefined },
    port: 25,
    ...change,
  });
}

test('an alias of which nobody can tell whether it is proved bars its host, as a forged answer would', async () => {
  const route = routeWith({
    resolver: {
      cname: () => Promise.resolve({ kind: 'temporary', reason: 'the DNS server failed' }),
      tlsa: () => Promise.resolve({ kind: 'none' }),
    },
  });
  const found = await route('example.test');
  assert.ok(found.kind === 'site');
  const [host] = found.hosts;
  assert.equal(host?.tls?.kind, 'barred');
  assert.match(host?.tls?.kind === 'barred' ? host.tls.reason : '', /the DNS server failed.*alias\.test/);
});

test('a policy that cannot be read while the route is on its way is trouble of this one delivery', async () => {
  const route = routeWith({
    route: async () => {
      await soon();
      await soon();
      return ALIAS;
    },
    policies: { of: () => Promise.reject(new Error('the file is broken')) },
  });
  const stray: unknown[] = [];
  const note = (error: unknown): number => stray.push(error);
  process.on('unhandledRejection', note);
  await assert.rejects(route('example.test'), /the file is broken/);
  await soon();
  process.off('unhandledRejection', note);
  assert.deepEqual(stray, []);
});
