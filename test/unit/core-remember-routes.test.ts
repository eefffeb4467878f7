// What a burst of mail for one domain asks for again and again is found once a second.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberRoutes } from '../../src/core/remember-routes.ts';
import type { TlsRoute } from '../../src/core/route-with-tls.ts';
import { manualClock } from '../support/manual-clock.ts';

function world(answer: (asked: number) => Promise<TlsRoute>) {
  const clock = manualClock(5000);
  const asked: string[] = [];
  const route = rememberRoutes(
    (domain) => {
      asked.push(domain);
      return answer(asked.length);
    },
    { clock, maxDomains: 10 },
  );
  return { clock, asked, route };
}

function site(...hosts: readonly string[]): TlsRoute {
  return { kind: 'site', key: hosts.join(' '), hosts: hosts.map((host) => ({ host, addresses: ['192.0.2.1'] })) };
}

test('a site of one host is remembered for a second', async () => {
  const { clock, asked, route } = world((count) => Promise.resolve(site(`mx${count}.test`)));
  await route('a.test');
  clock.advance(999);
  assert.deepEqual(await route('a.test'), site('mx1.test'));
  clock.advance(1);
  assert.deepEqual(await route('a.test'), site('mx2.test'));
  assert.equal(asked.length, 2);
});

test('each domain has its own', async () => {
  const { asked, route } = world((count) => Promise.resolve(site(`mx${count}.test`)));
  assert.notDeepEqual(await route('a.test'), await route('b.test'));
  assert.deepEqual(asked, ['a.test', 'b.test']);
});

test('several hosts are drawn anew for each message', async () => {
  const { asked, route } = world(() => Promise.resolve(site('mx1.test', 'mx2.test')));
  await route('a.test');
  await route('a.test');
  assert.equal(asked.length, 2);
});

test('what is no site is asked for again, and so is what failed', async () => {
  const { asked, route } = world((count) => {
    if (count === 1) return Promise.reject(new Error('broken'));
    return Promise.resolve(count === 2 ? { kind: 'temporary', reason: 'no answer' } : site('mx.test'));
  });
  await assert.rejects(route('a.test'), /broken/);
  assert.equal((await route('a.test')).kind, 'temporary');
  assert.equal((await route('a.test')).kind, 'site');
  assert.equal(asked.length, 3);
});
