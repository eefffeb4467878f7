// Sending domains over HTTP: shapes, codes, and who may ask (contract management 3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS } from '../support/sender-world.ts';
import { OTHER, senderDoor, type Method, type SenderDoor } from '../support/sender-door.ts';
import { TOKENS } from '../support/api-door.ts';

const HOST = '20261105120000pm._domainkey.brand.test';
const NEW = {
  ...{ ID: 1, Name: 'brand.test', SPFVerified: true, SPFHost: 'brand.test' },
  SPFTextValue: 'v=spf1 a mx include:rp.bulkhead.test ~all',
  ...{ DKIMVerified: false, WeakDKIM: false, DKIMHost: '', DKIMTextValue: '' },
  ...{ DKIMPendingHost: HOST, DKIMPendingTextValue: 'k=rsa; p=KEY0001' },
  ...{ DKIMRevokedHost: '', DKIMRevokedTextValue: '', SafeToRemoveRevokedKeyFromDNS: false },
  ...{ DKIMUpdateStatus: 'Pending', ReturnPathDomain: '', ReturnPathDomainVerified: false },
  ...{ ReturnPathDomainCNAMEValue: 'rp.bulkhead.test', Problems: [] },
};
const SUMMARY = ['ID', 'Name', 'SPFVerified', 'DKIMVerified', 'WeakDKIM', 'ReturnPathDomainVerified', 'Problems'];

async function publish({ world }: SenderDoor, state: 'pending' | 'active' = 'pending'): Promise<void> {
  const domain = (await world.store.senders.domainById(1)) ?? assert.fail('no domain');
  world.publish({ domain, keys: await world.store.senders.keys(domain.accountId, domain.name) }, state);
}

test('a domain is created, read, listed, edited and removed', async () => {
  const { call } = await senderDoor();
  const created = await call('POST', '/domains/', { name: 'Brand.test', RETURNPATHDOMAIN: null });
  assert.deepEqual([created.status, created.body], [200, NEW]);
  assert.deepEqual((await call('GET', '/Domains/1/')).body, NEW);
  const edited = await call('PUT', '/domains/1', { ReturnPathDomain: 'pm-bounces.brand.test' });
  assert.deepEqual(edited.body, { ...NEW, ReturnPathDomain: 'pm-bounces.brand.test' });
  await call('POST', '/domains', { Name: 'another.test' });
  const listed = await call('GET', '/domains?Count=1&offset=1');
  assert.deepEqual([listed.body.TotalCount, listed.body.Domains.length], [2, 1]);
  assert.deepEqual(Object.keys(listed.body.Domains[0]), SUMMARY);
  const removed = await call('DELETE', '/domains/1');
  assert.deepEqual([removed.status, removed.body], [200, { ErrorCode: 0, Message: 'Domain brand.test removed.' }]);
  assert.equal((await call('GET', '/domains/1')).body.ErrorCode, 510);
});

for (const cleared of [null, '']) {
  test(`ReturnPathDomain ${JSON.stringify(cleared)} clears it`, async () => {
    const { call } = await senderDoor();
    await call('POST', '/domains', { Name: 'brand.test', ReturnPathDomain: 'rp.brand.test' });
    assert.equal((await call('PUT', '/domains/1', { ReturnPathDomain: cleared })).body.ReturnPathDomain, '');
  });
}

test('a key goes from pending to active to revoked, and its record may go after a while', async () => {
  const all = await senderDoor();
  const { call, world } = all;
  await call('POST', '/domains', { Name: 'brand.test' });
  const early = await call('PUT', '/domains/1/verifyDKIM', 'null', { raw: true });
  assert.equal(early.status, 200);
  assert.deepEqual({ ...early.body, Problems: [] }, NEW, 'what DNS lacks is no error');
  assert.match(early.body.Problems.join(), /the name does not exist in DNS/);
  assert.equal((await call('POST', '/domains/1/rotateDKIM', {})).body.Message, 'This DKIM is already being renewed.');

  await publish(all);
  const verified = (await call('PUT', '/domains/1/verifyDkim')).body;
  const active = { DKIMVerified: true, DKIMHost: HOST, DKIMTextValue: NEW.DKIMPendingTextValue };
  const none = { DKIMPendingHost: '', DKIMPendingTextValue: '', DKIMUpdateStatus: 'Verified' };
  assert.deepEqual(verified, { ...NEW, ...active, ...none });

  await world.clock.advance(60_000);
  const next = { DKIMPendingHost: HOST.replace('120000pm', '120100pm'), DKIMPendingTextValue: 'k=rsa; p=KEY0002' };
  const renewed = (await call('POST', '/domains/1/rotatedkim')).body;
  assert.deepEqual(renewed, {
    ...{ ID: 1, Name: 'brand.test', WeakDKIM: false, ...active, ...next, DKIMUpdateStatus: 'Pending' },
    ...{ DKIMRevokedHost: '', DKIMRevokedTextValue: '', SafeToRemoveRevokedKeyFromDNS: false },
  });
  await publish(all);
  const rotated = (await call('PUT', '/domains/1/verifyDkim')).body;
  assert.deepEqual(rotated, {
    ...{ ...NEW, ...none, DKIMVerified: true },
    ...{ DKIMHost: next.DKIMPendingHost, DKIMTextValue: next.DKIMPendingTextValue },
    ...{ DKIMRevokedHost: HOST, DKIMRevokedTextValue: active.DKIMTextValue },
  });
  await world.clock.advance(5 * DAY_MS);
  assert.equal((await call('GET', '/domains/1')).body.SafeToRemoveRevokedKeyFromDNS, true);
});

test('a return path counts as long as its CNAME leads to us', async () => {
  const { call, world } = await senderDoor();
  await call('POST', '/domains', { Name: 'brand.test', ReturnPathDomain: 'rp.brand.test' });
  const verify = async () => (await call('PUT', '/domains/1/verifyReturnPath')).body;
  const early = await verify();
  assert.deepEqual([early.ReturnPathDomainVerified, early.DKIMVerified], [false, false]);
  assert.match(early.Problems[0], /The CNAME record rp\.brand\.test does not lead to rp\.bulkhead\.test/);
  world.resolver.answers = { 'CNAME rp.brand.test': ['rp.bulkhead.test'] };
  assert.deepEqual([(await verify()).ReturnPathDomainVerified, (await verify()).Problems], [true, []]);
  world.resolver.answers = {};
  assert.equal((await verify()).ReturnPathDomainVerified, false);
});

test('SPF counts as verified, and there is no custom tracking', async () => {
  const { call } = await senderDoor();
  await call('POST', '/domains', { Name: 'brand.test' });
  const { SPFHost, SPFVerified, SPFTextValue } = NEW;
  assert.deepEqual((await call('POST', '/domains/1/verifySPF')).body, { SPFHost, SPFVerified, SPFTextValue });
  assert.equal((await call('PUT', '/domains/1/verifyCustomTracking')).body.ErrorCode, 523);
});

test('those that may send are listed first', async () => {
  const all = await senderDoor();
  for (const name of ['z.test', 'a.test']) await all.call('POST', '/domains', { Name: name });
  await publish(all);
  await all.call('PUT', '/domains/1/verifyDkim');
  const { Domains } = (await all.call('GET', '/domains?count=10&offset=0')).body;
  assert.deepEqual(
    Domains.map(({ Name, DKIMVerified }: { Name: string; DKIMVerified: boolean }) => [Name, DKIMVerified]),
    [
      ['z.test', true],
      ['a.test', false],
    ],
  );
});

const REFUSALS: readonly [method: Method, url: string, body: unknown, code: number, status?: number][] = [
  ['GET', '/domains', undefined, 500],
  ['GET', '/domains?count=0&offset=0', undefined, 500],
  ['GET', '/domains?count=501&offset=0', undefined, 500],
  ['GET', '/domains?count=10&offset=-1', undefined, 500],
  ['GET', '/domains?count=x&offset=0', undefined, 500],
  ['POST', '/domains', {}, 514],
  ['POST', '/domains', null, 514],
  ['POST', '/domains', undefined, 514],
  ['POST', '/domains', { Name: '' }, 514],
  ['POST', '/domains', { Name: 5 }, 403],
  ['POST', '/domains', { Name: 'x'.repeat(256) }, 515],
  ['POST', '/domains', { Name: 'thisisntadomain' }, 516],
  ['POST', '/domains', { Name: 'yahoo.com' }, 503],
  ['POST', '/domains', { Name: 'BRAND.test' }, 512],
  ['POST', '/domains', { Name: 'new.test', ReturnPathDomain: 'rp.brand.test' }, 522],
  ['POST', '/domains', [], 403],
  ['PUT', '/domains/1', {}, 511],
  ['PUT', '/domains/1', { Name: 'other.test' }, 511],
  ['PUT', '/domains/1', undefined, 511],
  ['PUT', '/domains/1', { ReturnPathDomain: 'brand.test' }, 522],
  ['PUT', '/domains/1', { ReturnPathDomain: 7 }, 403],
  ['GET', '/domains/7', undefined, 510],
  ['GET', '/domains/x', undefined, 510],
  ['GET', '/domains/99999999999999999999', undefined, 510],
  ['DELETE', '/domains/7', undefined, 510],
  ['PUT', '/domains/7', { ReturnPathDomain: '' }, 510],
  ['PUT', '/domains/7/verifyDkim', undefined, 510],
  ['PUT', '/domains/7/verifyReturnPath', undefined, 510],
  ['PUT', '/domains/7/verifyCustomTracking', undefined, 510],
  ['POST', '/domains/7/verifyspf', undefined, 510],
  ['POST', '/domains/7/rotatedkim', undefined, 510],
];
for (const [method, url, body, code, status = 422] of REFUSALS) {
  test(`${method} ${url} with ${JSON.stringify(body)?.slice(0, 50)} is ${code}`, async () => {
    const { call } = await senderDoor();
    await call('POST', '/domains', { Name: 'brand.test' });
    const answer = await call(method, url, body);
    assert.deepEqual([answer.body.ErrorCode, answer.status], [code, status], answer.body.Message);
  });
}

const OF_ONE: readonly [method: Method, path: string, body?: unknown][] = [
  ['GET', ''],
  ['DELETE', ''],
  ['PUT', '', { ReturnPathDomain: 'rp.brand.test' }],
  ['PUT', '/verifyDkim'],
  ['PUT', '/verifyReturnPath'],
  ['PUT', '/verifyCustomTracking'],
  ['POST', '/verifyspf'],
  ['POST', '/rotatedkim'],
];
for (const [method, path, body] of OF_ONE) {
  test(`${method} /domains/{id}${path} does nothing to the domain of another account, nor without an account token`, async () => {
    const all = await senderDoor();
    await all.call('POST', '/domains', { Name: 'brand.test' });
    const before = await all.world.store.senders.domainById(1);
    const foreign = await all.call(method, `/domains/1${path}`, body, { token: OTHER });
    assert.deepEqual([foreign.status, foreign.body.ErrorCode], [422, 513]);
    const token = await all.call(method, `/domains/1${path}`, body, { token: TOKENS.server });
    assert.deepEqual([token.status, token.body.ErrorCode], [401, 10]);
    assert.deepEqual(await all.world.store.senders.domainById(1), before);
    assert.equal((await all.call('GET', '/domains?count=9&offset=0', undefined, { token: OTHER })).body.TotalCount, 0);
  });
}
