// The first start, whole and interrupted, and the verification of sending domains by what DNS says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueServerToken } from '../../src/core/issue-token.ts';
import { setUp } from '../../src/core/set-up.ts';
import { addDomain, dkimHost, trustDomain, verifyDomain } from '../../src/core/verify-domain.ts';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { DnsAnswer, Resolver } from '../../src/ports/resolver.ts';
import { hashToken, HandClock } from '../support/core-fixture.ts';

const OPTIONS = { accountToken: undefined, serverToken: undefined, trustedDomains: [] };

function world() {
  const clock = new HandClock();
  const store = new MemoryControlStore(clock);
  return { store, clock, hashToken };
}

/** How far a first start came before the power failed. */
const INTERRUPTED: readonly [name: string, before: (store: MemoryControlStore) => Promise<void>][] = [
  ['before anything', async () => undefined],
  ['after the account', async (store) => void (await store.createAccount('My account'))],
  [
    'after the server',
    async (store) => {
      const account = await store.createAccount('My account');
      await store.createServer(account, 'My first server', DEFAULT_SERVER_SETTINGS);
    },
  ],
];
for (const [name, before] of INTERRUPTED) {
  test(`a first start that was interrupted ${name} is finished by the next, with one account, server and pair of tokens`, async () => {
    const deps = world();
    await before(deps.store);
    const { accountId, first } = await setUp(deps, OPTIONS);
    assert.ok(first !== undefined);
    assert.equal((await deps.store.servers(accountId)).length, 1);
    assert.equal((await deps.store.tokenByHash(hashToken(first.serverToken)))?.kind, 'server');
    assert.equal((await deps.store.tokenByHash(hashToken(first.accountToken)))?.kind, 'account');
    assert.equal((await setUp(deps, OPTIONS)).first, undefined, 'the next start makes no tokens');
    assert.equal((await deps.store.tokens(accountId)).length, 2);
  });
}

for (const given of [undefined, 's']) {
  const which = given === undefined ? 'a random' : 'the given';
  test(`a first start that was interrupted after ${which} server token makes the account token at the next`, async () => {
    const deps = world();
    const accountId = await deps.store.createAccount('My account');
    const server = await deps.store.createServer(accountId, 'My first server', DEFAULT_SERVER_SETTINGS);
    await issueServerToken(deps, { accountId, serverId: server.id }, given);
    const { first } = await setUp(deps, { ...OPTIONS, serverToken: given });
    assert.ok(first !== undefined);
    assert.equal((await deps.store.tokenByHash(hashToken(first.serverToken)))?.kind, 'server');
    assert.equal((await deps.store.tokenByHash(hashToken(first.accountToken)))?.kind, 'account');
    assert.equal((await setUp(deps, OPTIONS)).first, undefined, 'the next start makes no tokens');
  });
}

test('tokens that are given are used, and trusted domains sign from every start on', async () => {
  const deps = world();
  const { first } = await setUp(deps, { accountToken: 'a', serverToken: 's', trustedDomains: [] });
  assert.deepEqual(first, { accountToken: 'a', serverToken: 's' });
  const { accountId } = await setUp(deps, { ...OPTIONS, trustedDomains: ['brand.test'] });
  await setUp(deps, { ...OPTIONS, trustedDomains: ['brand.test'] });
  assert.equal((await deps.store.domain(accountId, 'brand.test'))?.proof, 'operator');
  assert.deepEqual(
    (await deps.store.dkimKeys('brand.test')).map(({ active }) => active),
    [true],
  );
});

const without = { kind: 'none' } as const;
function resolverOf(txt: (name: string) => DnsAnswer<string>): Resolver {
  const none = () => Promise.resolve(without);
  return { mx: none, a: none, aaaa: none, cname: none, ptr: none, txt: (name) => Promise.resolve(txt(name)) };
}

const WRAPPED = (value: string): string =>
  `v=DKIM1; k=rsa; p=${value.split('p=')[1]?.replace(/(.{60})/g, '$1 ') ?? ''};`;
const RECORDS: readonly [name: string, txt: (value: string) => DnsAnswer<string>, ok: boolean, found: RegExp][] = [
  ['the record', (value) => ({ kind: 'found', records: [value] }), true, /right/],
  ['the record wrapped and with other tags', (value) => ({ kind: 'found', records: [WRAPPED(value)] }), true, /right/],
  ['the record beside another', (value) => ({ kind: 'found', records: ['v=spf1', value] }), true, /right/],
  ['another key', () => ({ kind: 'found', records: ['k=rsa; p=AAAA'] }), false, /another key: k=rsa; p=AAAA/],
  ['a revoked key', () => ({ kind: 'found', records: ['k=rsa; p='] }), false, /another key/],
  ['no record', () => without, false, /no TXT record/],
  ['no such name', () => ({ kind: 'nxdomain' }), false, /no TXT record/],
  ['trouble', () => ({ kind: 'temporary', reason: 'timed out' }), false, /timed out/],
];
for (const [name, txt, ok, found] of RECORDS) {
  test(`with ${name} in DNS, a domain is ${ok ? 'verified and signs' : 'not verified and does not sign'}`, async () => {
    const deps = world();
    const accountId = await deps.store.createAccount('Account');
    const { domain, keys } = await addDomain(deps, accountId, 'brand.test');
    const key = keys[0] ?? assert.fail('no key');
    assert.deepEqual([domain.proof, key.active], [undefined, false]);
    const resolver = resolverOf((host) => (host === dkimHost(key) ? txt(key.recordValue) : without));
    const checks = await verifyDomain({ ...deps, resolver }, domain);
    assert.deepEqual(
      checks.map((check) => check.ok),
      [ok],
    );
    assert.match(checks[0]?.found ?? '', found);
    assert.equal((await deps.store.domain(accountId, 'brand.test'))?.proof, ok ? 'dns' : undefined);
    assert.equal((await deps.store.dkimKeys('brand.test'))[0]?.active, ok);
  });
}

test('a domain that waits for its record can be trusted by word, and keeps its key', async () => {
  const deps = world();
  const accountId = await deps.store.createAccount('Account');
  const added = await addDomain(deps, accountId, 'brand.test');
  const trusted = await trustDomain(deps, accountId, 'brand.test');
  assert.equal(trusted.domain.proof, 'operator');
  assert.deepEqual(
    trusted.keys.map(({ selector, active }) => [selector, active]),
    [[added.keys[0]?.selector, true]],
  );
});
