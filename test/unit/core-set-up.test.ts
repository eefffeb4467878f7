// The first start, whole and interrupted, and the domains that the operator trusts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueServerToken } from '../../src/core/issue-token.ts';
import { setUp } from '../../src/core/set-up.ts';
import { addDomain, renewKey, trustDomain, viewOf } from '../../src/core/manage-domains.ts';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { hashToken, HandClock } from '../support/core-fixture.ts';
import { keyMaker, RULES } from '../support/sender-world.ts';

const OPTIONS = { accountToken: undefined, serverToken: undefined, trustedDomains: [] };

function world() {
  const clock = new HandClock();
  const store = new MemoryControlStore(clock);
  return { store, clock, hashToken, generateKey: keyMaker() };
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
  assert.equal((await deps.store.senders.domain(accountId, 'brand.test'))?.proof, 'operator');
  assert.deepEqual(
    (await deps.store.senders.keys(accountId, 'brand.test')).map(({ state }) => state),
    ['active'],
  );
});

test('a key that was made for a trusted domain goes on waiting over a start, until the operator speaks of it', async () => {
  const deps = world();
  const trusted = { ...OPTIONS, trustedDomains: ['brand.test'] };
  const { accountId } = await setUp(deps, trusted);
  const states = async (): Promise<string[]> =>
    (await deps.store.senders.keys(accountId, 'brand.test')).map(({ state }) => state);
  const domain = (await deps.store.senders.domain(accountId, 'brand.test')) ?? assert.fail('no domain');
  await deps.clock.advance(1000);
  assert.equal((await renewKey({ ...deps, rules: RULES }, await viewOf(deps.store, domain))).kind, 'done');
  await setUp(deps, trusted);
  assert.deepEqual(await states(), ['active', 'pending']);
  await trustDomain(deps, accountId, 'brand.test');
  assert.deepEqual(await states(), ['revoked', 'active']);
});

test('a domain that waits for its record can be trusted by word, and keeps its key', async () => {
  const deps = world();
  const accountId = await deps.store.createAccount('Account');
  const added = await addDomain({ ...deps, rules: RULES }, accountId, { name: 'brand.test' });
  assert.ok(added.kind === 'done');
  const trusted = await trustDomain(deps, accountId, 'brand.test');
  assert.equal(trusted.domain.proof, 'operator');
  assert.deepEqual(
    trusted.keys.map(({ selector, state }) => [selector, state]),
    [[added.view.keys[0]?.selector, 'active']],
  );
});
