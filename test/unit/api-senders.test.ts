// Sender signatures over HTTP: shapes, codes, who may ask, and the page that confirms (contract management 4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIRM_PATH } from '../../src/core/confirm-sender.ts';
import { TOKENS } from '../support/api-door.ts';
import { OTHER, senderDoor, type Method, type SenderDoor } from '../support/sender-door.ts';

const ANN = { FromEmail: 'ann@brand.test', Name: 'Ann' } as const;
const SUMMARY = {
  ...{ Domain: 'brand.test', EmailAddress: 'ann@brand.test', ReplyToEmailAddress: '' },
  ...{ Name: 'Ann', Confirmed: false, ID: 1 },
};
const HOST = '20261105120000pm._domainkey.brand.test';
const NEW = {
  ...SUMMARY,
  ...{ SPFVerified: true, SPFHost: 'brand.test', SPFTextValue: 'v=spf1 a mx include:rp.bulkhead.test ~all' },
  ...{ DKIMVerified: false, WeakDKIM: false, DKIMHost: '', DKIMTextValue: '' },
  ...{ DKIMPendingHost: HOST, DKIMPendingTextValue: 'k=rsa; p=KEY0001' },
  ...{ DKIMRevokedHost: '', DKIMRevokedTextValue: '', SafeToRemoveRevokedKeyFromDNS: false },
  ...{ DKIMUpdateStatus: 'Pending', ReturnPathDomain: '', ReturnPathDomainVerified: false },
  ...{ ReturnPathDomainCNAMEValue: 'rp.bulkhead.test', ConfirmationPersonalNote: '', Problems: [] },
};

function pathIn({ world }: SenderDoor): string {
  return new RegExp(`${CONFIRM_PATH}/\\S+`).exec(world.mails.at(-1)?.textBody ?? '')?.[0] ?? assert.fail('no link');
}

test('a signature is created, read, listed, edited and removed', async () => {
  const { call, world } = await senderDoor();
  const created = await call('POST', '/senders/', ANN);
  assert.deepEqual([created.status, created.body], [200, NEW]);
  assert.equal(world.mails.length, 1);
  assert.deepEqual((await call('GET', '/senders/1')).body, NEW);
  const more = { ReplyToEmail: 'r@brand.test', ReturnPathDomain: 'rp.brand.test', ConfirmationPersonalNote: 'Hi' };
  const edited = (await call('PUT', '/senders/1', { Name: 'Annie', ...more })).body;
  const changed = { Name: 'Annie', ReplyToEmailAddress: 'r@brand.test', ReturnPathDomain: 'rp.brand.test' };
  assert.deepEqual(edited, { ...NEW, ...changed, ConfirmationPersonalNote: 'Hi' });
  const nulls = { ReplyToEmail: null, ReturnPathDomain: null, ConfirmationPersonalNote: null };
  assert.deepEqual((await call('PUT', '/senders/1', { Name: 'Annie', ...nulls })).body, edited, 'null leaves it');
  const listed = await call('GET', '/senders?count=10&offset=0');
  const summary = { ...SUMMARY, Name: 'Annie', ReplyToEmailAddress: 'r@brand.test' };
  assert.deepEqual(listed.body, { TotalCount: 1, SenderSignatures: [summary] });
  const removed = await call('DELETE', '/senders/1');
  assert.deepEqual(removed.body, { ErrorCode: 0, Message: 'Signature ann@brand.test removed.' });
  assert.equal((await call('GET', '/senders/1')).body.ErrorCode, 501);
});

test('its domain is among the domains, and what is done there is seen here', async () => {
  const { call } = await senderDoor();
  await call('POST', '/senders', ANN);
  const { Domains } = (await call('GET', '/domains?count=10&offset=0')).body;
  assert.equal(Domains[0].Name, 'brand.test');
  await call('PUT', `/domains/${Domains[0].ID}`, { ReturnPathDomain: 'rp.brand.test' });
  assert.equal((await call('GET', '/senders/1')).body.ReturnPathDomain, 'rp.brand.test');
});

test('a confirmation is sent again, until it is confirmed', async () => {
  const all = await senderDoor();
  const { call, door, world } = all;
  await call('POST', '/senders', ANN);
  const again = await call('POST', '/senders/1/resend', 'null', { raw: true });
  const message = 'Confirmation email for Sender Signature ann@brand.test was re-sent.';
  assert.deepEqual(again.body, { ErrorCode: 0, Message: message });
  assert.equal(world.mails.length, 2);
  const path = pathIn(all);
  const page = await door.app.inject({ method: 'GET', url: path });
  assert.equal(page.statusCode, 200);
  assert.match(page.body, /<form method="post">/);
  assert.match(page.headers['content-security-policy'] as string, /default-src 'none'.*form-action 'self'/);
  assert.equal((await call('GET', '/senders/1')).body.Confirmed, false, 'opening it changes nothing');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const done = await door.app.inject({ method: 'POST', url: path, headers, payload: '' });
  assert.match(done.body, /Email may be sent as <b>ann@brand\.test<\/b>/);
  assert.equal((await call('GET', '/senders/1')).body.Confirmed, true);
  assert.match((await door.app.inject({ method: 'GET', url: path })).body, /<h1>Confirmed<\/h1>/);
  const confirmed = await call('POST', '/senders/1/resend');
  assert.deepEqual([confirmed.status, confirmed.body.ErrorCode], [422, 506]);
});

test('a page without a valid link says so, and shows nothing of what others wrote unescaped', async () => {
  const all = await senderDoor();
  for (const method of ['GET', 'POST'] as const) {
    const answer = await all.door.app.inject({ method, url: `${CONFIRM_PATH}/1-2-x` });
    assert.deepEqual([answer.statusCode, answer.headers['content-type']], [404, 'text/html; charset=utf-8']);
    assert.match(answer.body, /This link does not work/);
  }
  await all.call('POST', '/senders', { ...ANN, Name: '<script>alert(1)</script>' });
  const { body } = await all.door.app.inject({ method: 'GET', url: pathIn(all) });
  assert.ok(body.includes('&lt;script&gt;') && !body.includes('<script>'));
});

test('what could not be sent is told with the signature', async () => {
  const all = await senderDoor();
  all.world.answer = { kind: 'unavailable', reason: 'the disk is full' };
  const { status, body } = await all.call('POST', '/senders', ANN);
  assert.deepEqual([status, body.ID], [200, 1]);
  assert.match(body.Problems[0], /could not be sent now: the disk is full/);
  const again = await all.call('POST', '/senders/1/resend');
  assert.deepEqual([again.status, again.body.ErrorCode], [503, 100]);
});

test('the deprecated calls answer for both shapes of clients', async () => {
  const { call, world } = await senderDoor();
  await call('POST', '/senders', ANN);
  assert.deepEqual((await call('POST', '/senders/1/verifySpf')).body, NEW);
  const early = await call('POST', '/senders/1/requestNewDkim');
  assert.deepEqual([early.body.ErrorCode, early.body.Message], [505, 'This DKIM is already being renewed.']);
  await world.store.senders.activateKey({
    accountId: world.accountId,
    domain: 'brand.test',
    selector: HOST.slice(0, 16),
  });
  await world.clock.advance(60_000);
  const renewed = (await call('POST', '/senders/1/requestnewdkim')).body;
  assert.deepEqual([renewed.ErrorCode, renewed.ID, renewed.DKIMPendingTextValue], [0, 1, 'k=rsa; p=KEY0002']);
  const domain = await world.store.senders.domain(world.accountId, 'brand.test');
  await call('DELETE', `/domains/${domain?.id}`);
  const without = await call('POST', '/senders/1/requestnewdkim');
  assert.deepEqual([without.status, without.body.ErrorCode], [500, 501]);
  assert.equal((await call('GET', '/senders/1')).body.DKIMUpdateStatus, 'Pending');
});

const REFUSALS: readonly [method: Method, url: string, body: unknown, code: number][] = [
  ['GET', '/senders?count=10', undefined, 500],
  ['GET', '/senders?count=-1&offset=0', undefined, 500],
  ['POST', '/senders', undefined, 502],
  ['POST', '/senders', {}, 502],
  ['POST', '/senders', null, 502],
  ['POST', '/senders', { Domain: 'brand.test' }, 502],
  ['POST', '/senders', { Name: 'Ann' }, 520],
  ['POST', '/senders', { FromEmail: 'x@brand.test' }, 520],
  ['POST', '/senders', { FromEmail: 7, Name: 'Ann' }, 403],
  ['POST', '/senders', { FromEmail: 'x@brand.test', Name: 'Ann', ConfirmationPersonalNote: 'x'.repeat(401) }, 521],
  ['POST', '/senders', { FromEmail: 'x', Name: 'Ann' }, 522],
  ['POST', '/senders', { FromEmail: 'x@gmail.com', Name: 'Ann' }, 503],
  ['POST', '/senders', { FromEmail: 'ANN@brand.test', Name: 'Ann' }, 504],
  ['PUT', '/senders/1', {}, 502],
  ['PUT', '/senders/1', { ReplyToEmail: 'r@brand.test' }, 520],
  ['PUT', '/senders/1', { Name: 'Ann', ReplyToEmail: 'r' }, 522],
  ['PUT', '/senders/1', { Name: 'Ann', ReturnPathDomain: 'rp.other.test' }, 522],
  ['GET', '/senders/7', undefined, 501],
  ['GET', '/senders/x', undefined, 501],
  ['DELETE', '/senders/7', undefined, 501],
  ['PUT', '/senders/7', { Name: 'Ann' }, 501],
  ['POST', '/senders/7/resend', undefined, 501],
  ['POST', '/senders/7/verifyspf', undefined, 501],
  ['POST', '/senders/7/requestnewdkim', undefined, 501],
];
for (const [method, url, body, code] of REFUSALS) {
  test(`${method} ${url} with ${JSON.stringify(body)?.slice(0, 50)} is ${code}`, async () => {
    const { call, world } = await senderDoor();
    await call('POST', '/senders', ANN);
    const answer = await call(method, url, body);
    assert.deepEqual([answer.body.ErrorCode, answer.status], [code, 422], answer.body.Message);
    assert.equal(world.mails.length, 1);
  });
}

const OF_ONE: readonly [method: Method, path: string, body?: unknown][] = [
  ['GET', ''],
  ['DELETE', ''],
  ['PUT', '', { Name: 'Eve' }],
  ['POST', '/resend'],
  ['POST', '/verifyspf'],
  ['POST', '/requestnewdkim'],
];
for (const [method, path, body] of OF_ONE) {
  test(`${method} /senders/{id}${path} does nothing to the signature of another account, nor without an account token`, async () => {
    const { call, world } = await senderDoor();
    await call('POST', '/senders', ANN);
    const before = await world.store.senders.signatureById(1);
    const foreign = await call(method, `/senders/1${path}`, body, { token: OTHER });
    assert.deepEqual([foreign.status, foreign.body.ErrorCode], [422, 507]);
    const token = await call(method, `/senders/1${path}`, body, { token: TOKENS.server });
    assert.deepEqual([token.status, token.body.ErrorCode], [401, 10]);
    assert.deepEqual([await world.store.senders.signatureById(1), world.mails.length], [before, 1]);
    assert.equal((await call('GET', '/senders?count=9&offset=0', undefined, { token: OTHER })).body.TotalCount, 0);
  });
}
