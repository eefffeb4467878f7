// `bulkhead server` and the limits of `bulkhead token`: what a person does with them, and what is said when it does not work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import type { ControlAccess } from '../../src/doors/cli/command.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { runInTest } from '../support/cli-host.ts';
import { manualClock } from '../support/manual-clock.ts';

const NOW = Date.UTC(2026, 10, 5);
const FIRST = 1 as ServerId;

async function world() {
  const clock = manualClock(NOW);
  const store = new MemoryControlStore(clock);
  const accountId = await store.createAccount('One');
  const control: Partial<ControlAccess> = {
    store,
    accountId,
    clock,
    hashToken: (token) => `hash of ${token}`,
    servers: {
      deletion: false,
      inboundDomain: 'inbound.example.com',
      ownNames: ['mail.example.com'],
      urlProblem: async (url) => (url.includes('10.') ? '10.0.0.1 is a private address' : undefined),
      mxProblem: async (domain) => (domain === 'in.example.net' ? undefined : 'it has none'),
    },
  };
  const run = (...args: string[]) => runInTest(args, { control });
  await run('server', 'create', 'Shop');
  return { store, accountId, run };
}

test('a server is made whole in one command, and shown with all that was set', async () => {
  const { store, run } = await world();
  const made = await run('server', 'create', 'My blog', '--sandbox', '--color', 'RED', '--track-opens', 'on');
  assert.equal(made.code, 0, made.err);
  const token = /^server token: ([0-9a-f-]{36})$/m.exec(made.out)?.[1];
  assert.equal((await store.tokenByHash(`hash of ${token}`))?.serverId, 2);
  const hook = ['--inbound-hook', 'https://hooks.example.com/in', '--inbound-domain', 'in.example.net'];
  const set = await run('server', 'set', 'My blog', '--name', 'Blog', '--smtp-refusals', 'bounce', ...hook);
  assert.equal(set.code, 0, set.err);
  const shown = await run('server', 'show', '2', '--tokens');
  for (const line of [
    /^2 {2}Blog: Sandbox, SMTP on, SMTP refusals Bounce, track opens on/m,
    /^ {2}color +red$/m,
    /^ {2}inbound hook +https:\/\/hooks\.example\.com\/in$/m,
    /^ {2}inbound domain +in\.example\.net$/m,
    /^ {2}bounce hook +-$/m,
    /^ {2}inbound address +[0-9a-f]{32}@inbound\.example\.com$/m,
    new RegExp(`^ {2}server token +${token}$`, 'm'),
  ])
    assert.match(shown.out, line);
  assert.doesNotMatch((await run('server', 'show', 'Blog')).out, new RegExp(token ?? '-'));
  assert.match((await run('server', 'list', '--name', 'LO')).out, /^2 {2}Blog: .*$/);
});

const REFUSED: readonly [words: readonly string[], code: number, why: RegExp][] = [
  [['server', 'create', 'Shop'], 1, /^A server with the name 'Shop' exists already\.$/],
  [['server', 'create', ' '], 2, /'create' needs a name/],
  [['server', 'set', 'Shop'], 2, /'set' needs a setting/],
  [['server', 'set', 'Shop', '--color', 'mauve'], 1, /^The Color must be one of/],
  [['server', 'set', 'Shop', '--smtp', 'maybe'], 2, /--smtp must be one of on, off/],
  [['server', 'set', 'Shop', '--inbound-spam-threshold', 'x'], 1, /InboundSpamThreshold/],
  [['server', 'set', 'Shop', '--bounce-hook', 'http://10.0.0.1/'], 1, /BounceHookUrl.*private/],
  [['server', 'set', 'Shop', '--inbound-domain', 'mail.example.com'], 1, /belongs to this installation/],
  [['server', 'set', 'Shop', '--inbound-domain', 'other.example'], 1, /MX.*it has none/],
  [['server', 'show', 'Nobody'], 1, /there is no server 'Nobody'/],
  [['server', 'delete', 'Shop'], 2, /say --yes/],
  [['token', 'create', '--server', 'Shop', '--networks', '10.0.0.0/40'], 2, /no network/],
  [['token', 'create', '--server', 'Shop', '--streams', 'nope'], 2, /no stream 'nope'/],
  [['token', 'create', '--server', 'Shop', '--expires', '2020-01-01'], 2, /a time to come/],
];
for (const [words, code, why] of REFUSED) {
  test(`refused: bulkhead ${words.join(' ')}`, async () => {
    const { store, run } = await world();
    const before = [await store.server(FIRST), (await store.tokens((await store.firstAccount())!)).length];
    const done = await run(...words);
    assert.equal(done.code, code, done.err);
    assert.match(done.err, why);
    assert.deepEqual([await store.server(FIRST), (await store.tokens((await store.firstAccount())!)).length], before);
  });
}

test('a server is deleted by the operator whatever the API may, but not while a stream of it is paused', async () => {
  const { store, run } = await world();
  const hold = { serverId: FIRST, streamId: 'outbound' as StreamId, by: 'operator', reason: 'x', at: NOW } as const;
  await store.pools.hold(hold);
  const paused = await run('server', 'delete', 'Shop', '--yes');
  assert.equal(paused.code, 1);
  assert.match(paused.err, /cannot be removed while its stream 'outbound' is paused/);
  assert.notEqual(await store.server(FIRST), undefined);
  await store.pools.resume(FIRST, 'outbound' as StreamId);
  const done = await run('server', 'delete', 'Shop', '--yes');
  assert.equal(done.code, 0, done.err);
  assert.equal(await store.server(FIRST), undefined);
  assert.equal((await run('server', 'list')).out, '');
  assert.match((await run('token', 'list')).out, /revoked 2026-11-05/);
});

test('a token is made with limits, and listed with them', async () => {
  const { store, accountId, run } = await world();
  const limits = ['--streams', 'outbound,broadcast', '--from-domains', 'Bücher.example', '--networks', '192.0.2.0/24'];
  const made = await run('token', 'create', '--server', '1', ...limits, '--expires', '2027-01-31T12:00:00Z');
  assert.equal(made.code, 0, made.err);
  assert.deepEqual((await store.tokens(accountId)).at(-1)?.limits, {
    streams: ['outbound', 'broadcast'],
    fromDomains: ['xn--bcher-kva.example'],
    networks: ['192.0.2.0/24'],
    expiresAt: Date.UTC(2027, 0, 31, 12),
  });
  const { out } = await run('token', 'list');
  assert.match(
    out.split('\n').at(-1) ?? '',
    /only through outbound broadcast, only from xn--bcher-kva\.example, only used in 192\.0\.2\.0\/24, until 2027-01-31/,
  );
});
