// Every way of showing a token, right and wrong: what is told, and what is not told to who guesses.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { createAuthenticator, type Authenticated } from '../../src/core/authenticate.ts';
import {
  authenticatorOf,
  coreWorld,
  hashToken,
  issueTokens,
  type CoreWorld,
  type Tokens,
} from '../support/core-fixture.ts';

const told = (result: Authenticated<unknown>): string => (result.kind === 'ok' ? 'ok' : result.failure.kind);

async function ready(): Promise<{ world: CoreWorld; tokens: Tokens; auth: ReturnType<typeof authenticatorOf> }> {
  const world = await coreWorld();
  const tokens = await issueTokens(world);
  return { world, tokens, auth: authenticatorOf(world) };
}

const PAIRS: readonly [name: string, pair: (t: Tokens) => readonly [string, string], expected: string][] = [
  ['the same server token twice', (t) => [t.server, t.server], 'ok'],
  ['the token in capitals', (t) => [t.server.toUpperCase(), t.server], 'ok'],
  ['access key and secret key', (t) => [t.accessKey, t.secretKey], 'ok'],
  ['an account token twice', (t) => [t.account, t.account], 'account-token'],
  ['an account token as user name', (t) => [t.account, 'x'], 'account-token'],
  ['an account token as password', (t) => [t.server, t.account], 'account-token'],
  ['a token as user name only', (t) => [t.server, 'x'], 'one-field-only'],
  ['a token as password only', (t) => ['ann', t.server], 'one-field-only'],
  ['tokens of two servers', (t) => [t.server, t.other], 'different-servers'],
  ['two tokens of one server', (t) => [t.server, t.second], 'different-tokens'],
  ['a secret key without its access key', (t) => ['ann', t.secretKey], 'secret-without-access-key'],
  ['a secret key twice', (t) => [t.secretKey, t.secretKey], 'secret-without-access-key'],
  ['an access key with another password', (t) => [t.accessKey, 'x'], 'wrong-secret-for-access-key'],
  ['an access key twice', (t) => [t.accessKey, t.accessKey], 'wrong-secret-for-access-key'],
  ['white space around the token', (t) => [` ${t.server}`, t.server], 'white-space'],
  ['a line break after the password', (t) => [t.server, `${t.server}\n`], 'white-space'],
  ['white space around an access key', (t) => [`${t.accessKey} `, t.secretKey], 'white-space'],
  ['nothing known', () => ['ann', 'secret'], 'unknown'],
  ['nothing at all', () => ['', ''], 'unknown'],
  ['very long fields', () => ['x'.repeat(5000), 'y'.repeat(5000)], 'unknown'],
];
for (const [name, pair, expected] of PAIRS) {
  test(`over SMTP, ${name}: ${expected}`, async () => {
    const { tokens, auth } = await ready();
    assert.equal(told(await auth.smtp(...pair(tokens))), expected);
  });
}

test('who guesses is told the same whatever he guesses, and no text ever holds a token', async () => {
  const { tokens, auth } = await ready();
  const guesses = await Promise.all([auth.smtp('ann', 'x'), auth.smtp('', ''), auth.smtp('admin@sender.test', 'y')]);
  const texts = guesses.map((guess) => (guess.kind === 'failed' ? guess.failure.text : 'ok'));
  assert.equal(new Set(texts).size, 1);
  for (const [, pair] of PAIRS) {
    const result = await auth.smtp(...pair(tokens));
    if (result.kind === 'ok') continue;
    for (const token of Object.values(tokens)) assert.ok(!result.failure.text.includes(token), result.failure.text);
  }
});

test('an SMTP token is bound to its stream, a server token to none', async () => {
  const { tokens, auth, world } = await ready();
  const bound = await auth.smtp(tokens.accessKey, tokens.secretKey);
  const free = await auth.smtp(tokens.server, tokens.server);
  assert.ok(bound.kind === 'ok' && free.kind === 'ok');
  assert.equal(bound.principal.boundStream, 'broadcast');
  assert.equal(free.principal.boundStream, undefined);
  assert.equal(free.principal.server.id, world.server.id);
});

const CRAM: readonly [name: string, pair: (t: Tokens) => readonly [string, string], expected: string][] = [
  ['a server token', (t) => [t.server, t.server], 'ok'],
  ['a server token in capitals in both places', (t) => [t.server.toUpperCase(), t.server.toUpperCase()], 'ok'],
  ['an access key with its secret key', (t) => [t.accessKey, t.secretKey], 'ok'],
  ['a server token with another secret', (t) => [t.server, 'x'], 'one-field-only'],
  ['an access key with another secret', (t) => [t.accessKey, 'x'], 'wrong-secret-for-access-key'],
  ['an account token', (t) => [t.account, t.account], 'account-token'],
  ['an unknown name', () => ['ann', 'x'], 'unknown'],
  ['white space around the user name', (t) => [`${t.server} `, t.server], 'white-space'],
];
for (const [name, pair, expected] of CRAM) {
  test(`with CRAM-MD5, ${name}: ${expected}`, async () => {
    const { tokens, auth } = await ready();
    const [username, secret] = pair(tokens);
    const challenge = '<1.2@mail.bulkhead.test>';
    const digest = createHmac('md5', secret).update(challenge).digest('hex');
    assert.equal(told(await auth.smtpCram(username, { challenge, digest })), expected);
  });
}

test('a digest of another challenge does not sign in, nor does an empty one', async () => {
  const { tokens, auth } = await ready();
  const old = createHmac('md5', tokens.server).update('<old@x>').digest('hex');
  assert.equal(told(await auth.smtpCram(tokens.server, { challenge: '<new@x>', digest: old })), 'one-field-only');
  assert.equal(told(await auth.smtpCram(tokens.server, { challenge: '<new@x>', digest: '' })), 'one-field-only');
});

test('with SMTP switched off, no mechanism signs in, and the API goes on', async () => {
  const { tokens, auth, world } = await ready();
  await world.store.updateServer(world.server.id, { smtpApiActivated: false });
  const digest = createHmac('md5', tokens.server).update('<a@x>').digest('hex');
  assert.equal(told(await auth.smtp(tokens.server, tokens.server)), 'smtp-off');
  assert.equal(told(await auth.smtp(tokens.accessKey, tokens.secretKey)), 'smtp-off');
  assert.equal(told(await auth.smtpCram(tokens.server, { challenge: '<a@x>', digest })), 'smtp-off');
  assert.equal(told(await auth.serverToken(tokens.server)), 'ok');
});

test('the API takes tokens of the right kind only, whatever their case and the white space around them', async () => {
  const { tokens, auth } = await ready();
  assert.equal(told(await auth.serverToken(` ${tokens.server.toUpperCase()}\t`)), 'ok');
  assert.equal(told(await auth.serverToken(tokens.account)), 'account-token');
  assert.equal(told(await auth.serverToken(tokens.accessKey)), 'smtp-token-on-api');
  assert.equal(told(await auth.serverToken(tokens.secretKey)), 'unknown');
  assert.equal(told(await auth.serverToken('')), 'unknown');
  assert.equal(told(await auth.accountToken(tokens.account)), 'ok');
  assert.equal(told(await auth.accountToken(tokens.server)), 'unknown');
});

test('a revoked token is unknown everywhere', async () => {
  const { tokens, auth, world } = await ready();
  for (const { id } of await world.store.tokens(world.accountId)) await world.store.revokeToken(id, 1);
  assert.equal(told(await auth.smtp(tokens.server, tokens.server)), 'unknown');
  assert.equal(told(await auth.smtp(tokens.accessKey, tokens.secretKey)), 'unknown');
  assert.equal(told(await auth.serverToken(tokens.server)), 'unknown');
  assert.equal(told(await auth.accountToken(tokens.account)), 'unknown');
});

test('who has signed in may send until his token is revoked or expires, or SMTP is switched off', async () => {
  const { tokens, world } = await ready();
  const { store, server, accountId } = world;
  const made = { kind: 'server', accountId, serverId: server.id, hash: hashToken('short'), hint: 'hort' } as const;
  await store.createToken({ ...made, limits: { expiresAt: 1000, networks: ['192.0.2.0/24'] } });
  let now = 999;
  const used: number[] = [];
  const auth = createAuthenticator({ store, hashToken, now: () => now, onUsed: (id) => used.push(id) });
  const signedIn = async (token: string) => {
    const result = await auth.smtp(token, token, '192.0.2.1');
    assert.ok(result.kind === 'ok');
    return result.principal;
  };
  const [plain, short] = [await signedIn(tokens.server), await signedIn('short')];
  const still = (client = '192.0.2.1') => [plain, short].map((who) => auth.stillSmtp(who, client)?.kind);
  assert.deepEqual(still(), [undefined, undefined]);
  assert.equal(used.length, 4, 'a use is a use');
  assert.deepEqual(still('198.51.100.1'), [undefined, 'wrong-network']);
  now = 1000;
  assert.deepEqual(still(), [undefined, 'expired']);
  await store.updateServer(server.id, { smtpApiActivated: false });
  assert.deepEqual(still(), ['smtp-off', 'smtp-off']);
  await store.updateServer(server.id, { smtpApiActivated: true });
  await store.revokeToken(plain.tokenId, 1);
  assert.deepEqual(still(), ['revoked', 'expired']);
  await store.deleteServer(server.id, 1);
  assert.deepEqual(still(), ['revoked', 'revoked']);
});
