// DANE from DNS to the session: what is proved must be shown, and there is no way back to plain text.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { detailOf, impatientIn, summary } from '../support/egress-fixture.ts';
import type { Entry } from '../support/dns-server.ts';
import type { Script } from '../support/scripted-mx.ts';
import { TEST_CERTIFICATE } from '../support/test-certificate.ts';
import { tlsaFor } from '../support/test-ca.ts';
import { tlsWorld, type TlsWorld } from '../support/tls-world.ts';

const SECURE = { 'example.test': { MX: [[10, 'mx.test']], secure: true } } satisfies Record<string, Entry>;
const RIGHT = tlsaFor(new X509Certificate(TEST_CERTIFICATE), '3 1 1');
const WRONG = { ...RIGHT, data: Buffer.alloc(32) };
const PKIX_ONLY = { ...RIGHT, usage: 1 };

function publish(world: TlsWorld, host: string, entry: Entry): void {
  world.dns.set(world.tlsaName(host), entry);
}

const saidMail = ({ mx }: TlsWorld): boolean => mx.commands.some((command) => command.startsWith('MAIL'));

test('a host with the certificate that its record names gets the mail, known as verified', async (t) => {
  const world = await tlsWorld(t, { zone: SECURE });
  publish(world, 'mx.test', { TLSA: [RIGHT], secure: true });
  const outcome = await world.send('example.test');
  assert.equal(summary(outcome), 'delivered final 250');
  assert.deepEqual(outcome?.peer, { host: 'mx.test', ip: '127.0.0.1', tls: true, tlsPolicy: 'dane' });
  assert.equal(world.results[0]?.session?.verifiedBy, 'dane');
  assert.equal(world.results[0]?.domain, 'example.test');
});

test('a host with another certificate is not used, and never in plain text', async (t) => {
  const world = await tlsWorld(t, { zone: SECURE });
  publish(world, 'mx.test', { TLSA: [WRONG], secure: true });
  for (const _ of [1, 2]) {
    const outcome = await world.send('example.test');
    assert.equal(summary(outcome), 'deferred tls');
    assert.match(detailOf(outcome), /^mx\.test \(127\.0\.0\.1\) cannot be used: none of its TLSA records fits/);
  }
  assert.equal(saidMail(world), false);
  assert.equal(world.results[0]?.flaw?.failure, 'validation-failure');
});

const WITHOUT_TLS: readonly [string, Script, RegExp][] = [
  ['does not offer STARTTLS', { extensions: ['PIPELINING'] }, /does not offer STARTTLS, but its TLSA records/],
  ['declines STARTTLS for now', { startTls: () => '454 4.7.0 not now' }, /answers 454 not now, but its TLSA/],
  ['declines STARTTLS for good', { startTls: () => '502 5.5.1 what?' }, /answers 502 what\?, but its TLSA/],
  [
    'closes instead of a handshake',
    { startTls: () => ({ reply: '220 2.0.0 go', then: 'end' }) },
    /TLS with mx\.test .* failed/,
  ],
  ['falls silent in the handshake', { startTls: () => '220-2.0.0 go\r\n220 2.0.0 on' }, /mx\.test/],
  ['injects something in the clear', { startTls: () => '220 2.0.0 go\r\n250 2.0.0 injected' }, /in the clear/],
];
for (const [what, script, detail] of WITHOUT_TLS) {
  test(`a host under DANE that ${what} makes the mail wait`, async (t) => {
    const world = await tlsWorld(t, { zone: SECURE, script, deadlines: impatientIn('tls') });
    publish(world, 'mx.test', { TLSA: [RIGHT], secure: true });
    const outcome = await world.send('example.test');
    assert.equal(summary(outcome), 'deferred tls');
    assert.match(detailOf(outcome), detail);
    assert.equal(saidMail(world), false);
  });
}

test('records that mail cannot use require TLS, with any certificate', async (t) => {
  const world = await tlsWorld(t, { zone: SECURE });
  publish(world, 'mx.test', { TLSA: [PKIX_ONLY], secure: true });
  assert.equal(summary(await world.send('example.test')), 'delivered final 250');
  const plain = await tlsWorld(t, { zone: SECURE, script: { extensions: [] } });
  publish(plain, 'mx.test', { TLSA: [PKIX_ONLY], secure: true });
  assert.equal(summary(await plain.send('example.test')), 'deferred tls');
});

test('a host whose records cannot be looked up safely is not connected to', async (t) => {
  const world = await tlsWorld(t, { zone: SECURE });
  publish(world, 'mx.test', 'servfail');
  const outcome = await world.send('example.test');
  assert.equal(summary(outcome), 'deferred tls');
  assert.match(detailOf(outcome), /cannot be looked up safely.*SERVFAIL/);
  assert.equal(world.mx.connections, 0);
  assert.equal(world.results[0]?.flaw?.failure, 'dnssec-invalid');
});

test('a barred host does not keep the mail from the next one', async (t) => {
  const zone: Record<string, Entry> = {
    'example.test': {
      MX: [
        [10, 'first.test'],
        [20, 'mx.test'],
      ],
      secure: true,
    },
    'first.test': { A: ['127.0.0.2'], secure: true },
  };
  const world = await tlsWorld(t, { zone });
  publish(world, 'first.test', 'servfail');
  const outcome = await world.send('example.test');
  assert.equal(summary(outcome), 'delivered final 250');
  assert.equal(outcome?.peer?.host, 'mx.test');
});

describe('what DNSSEC did not prove does not count', () => {
  const ways: readonly [string, Record<string, Entry>, Entry][] = [
    ['the MX records', { 'example.test': { MX: [[10, 'mx.test']] } }, { TLSA: [WRONG], secure: true }],
    ['the addresses', { ...SECURE, 'mx.test': { A: ['127.0.0.1'] } }, { TLSA: [WRONG], secure: true }],
    ['the TLSA records', SECURE, { TLSA: [WRONG] }],
  ];
  for (const [what, zone, entry] of ways) {
    test(`without proof of ${what} TLS is opportunistic`, async (t) => {
      const world = await tlsWorld(t, { zone });
      publish(world, 'mx.test', entry);
      const outcome = await world.send('example.test');
      assert.equal(summary(outcome), 'delivered final 250');
      assert.equal(outcome?.peer?.tlsPolicy, undefined);
    });
  }

  test('a resolver that is not trusted proves nothing, and is not asked for TLSA records', async (t) => {
    const world = await tlsWorld(t, { zone: SECURE, dnssec: 'off' });
    publish(world, 'mx.test', { TLSA: [WRONG], secure: true });
    assert.equal(summary(await world.send('example.test')), 'delivered final 250');
    assert.ok(!world.dns.questions.some((question) => question.startsWith('TLSA')));
  });
});

test('the records of the name behind an alias come first, then those of the alias', async (t) => {
  const zone: Record<string, Entry> = {
    'example.test': { MX: [[10, 'alias.test']], secure: true },
    'alias.test': { CNAME: 'mx.test', secure: true },
  };
  const behind = await tlsWorld(t, { zone });
  publish(behind, 'mx.test', { TLSA: [RIGHT], secure: true });
  publish(behind, 'alias.test', { TLSA: [WRONG], secure: true });
  assert.equal((await behind.send('example.test'))?.peer?.tlsPolicy, 'dane');
  const own = await tlsWorld(t, { zone });
  publish(own, 'alias.test', { TLSA: [WRONG], secure: true });
  assert.equal(summary(await own.send('example.test')), 'deferred tls');
});

test('an alias that leads out of the signed zones counts by its own name', async (t) => {
  const zone: Record<string, Entry> = {
    'example.test': { MX: [[10, 'alias.test']], secure: true },
    'alias.test': { CNAME: 'mx.test', secure: true },
    'mx.test': { A: ['127.0.0.1'] },
  };
  const world = await tlsWorld(t, { zone });
  publish(world, 'alias.test', { TLSA: [WRONG], secure: true });
  assert.equal(summary(await world.send('example.test')), 'deferred tls');
});

test('domains share a connection only where they require the same', async (t) => {
  const zone: Record<string, Entry> = {
    ...SECURE,
    'same.test': { MX: [[5, 'mx.test']], secure: true },
    'unsigned.test': { MX: [[10, 'mx.test']] },
  };
  const world = await tlsWorld(t, { zone });
  publish(world, 'mx.test', { TLSA: [RIGHT], secure: true });
  await world.send('unsigned.test');
  await world.send('example.test');
  await world.send('same.test');
  assert.equal(world.mx.connections, 2);
  assert.deepEqual(
    world.mx.messages.map(({ connection }) => connection),
    [1, 2, 2],
  );
});
