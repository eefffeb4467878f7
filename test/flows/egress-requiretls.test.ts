// REQUIRETLS and TLS-Required: No, from the route to the session (RFC 8689).
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { detailOf, summary } from '../support/egress-fixture.ts';
import type { Entry } from '../support/dns-server.ts';
import { skipWithout } from '../support/real-programs.ts';
import { EXTENSIONS, type Script } from '../support/scripted-mx.ts';
import { stsWorld } from '../support/sts-world.ts';
import { issue, makeRoot, tlsaFor } from '../support/test-ca.ts';
import { TEST_CERTIFICATE } from '../support/test-certificate.ts';
import { tlsWorld } from '../support/tls-world.ts';

const skip = skipWithout('openssl');
const SECURE = { 'example.test': { MX: [[10, 'mx.test']], secure: true } } satisfies Record<string, Entry>;
const UNSIGNED = { 'example.test': { MX: [[10, 'mx.test']] } } satisfies Record<string, Entry>;
const RIGHT = tlsaFor(new X509Certificate(TEST_CERTIFICATE), '3 1 1');
const WRONG = { ...RIGHT, data: Buffer.alloc(32) };
const OFFERS = [...EXTENSIONS, 'REQUIRETLS'];
const required = { tls: 'required' } as const;
const optional = { tls: 'optional' } as const;

describe('a message that requires TLS', () => {
  test('goes to a host that proves itself by DANE and offers REQUIRETLS, which is told so', async (t) => {
    const world = await tlsWorld(t, { zone: SECURE, script: { extensions: OFFERS } });
    world.dns.set(world.tlsaName('mx.test'), { TLSA: [RIGHT], secure: true });
    const outcome = await world.send('example.test', required);
    assert.equal(summary(outcome), 'delivered final 250');
    assert.equal(outcome?.peer?.tlsPolicy, 'dane');
    assert.match(world.mx.messages[0]?.parameters ?? '', / REQUIRETLS$/);
  });

  test('bounces where the host does not offer REQUIRETLS', async (t) => {
    const world = await tlsWorld(t, { zone: SECURE });
    world.dns.set(world.tlsaName('mx.test'), { TLSA: [RIGHT], secure: true });
    const outcome = await world.send('example.test', required);
    assert.equal(summary(outcome), 'bounced tls');
    assert.match(detailOf(outcome), /^5\.7\.30 mx\.test \(127\.0\.0\.1\) does not offer REQUIRETLS/);
    assert.equal(world.mx.messages.length, 0);
    assert.deepEqual(world.results, [], 'which says nothing of its TLS');
  });

  test('bounces without a connection where nothing proves whose host it is', async (t) => {
    const world = await tlsWorld(t, { zone: UNSIGNED, script: { extensions: OFFERS } });
    const outcome = await world.send('example.test', required);
    assert.equal(summary(outcome), 'bounced tls');
    assert.match(detailOf(outcome), /^5\.7\.10 mx\.test .*neither DNSSEC nor MTA-STS/);
    assert.equal(world.mx.connections, 0);
  });

  test('waits where a handshake breaks, which may be over soon', async (t) => {
    const script: Script = { extensions: OFFERS, startTls: () => ({ reply: '220 2.0.0 go', then: 'end' }) };
    const world = await tlsWorld(t, { zone: SECURE, script });
    world.dns.set(world.tlsaName('mx.test'), { TLSA: [RIGHT], secure: true });
    assert.equal(summary(await world.send('example.test', required)), 'deferred tls');
  });

  test('is not sent over a connection that another message opened', async (t) => {
    const world = await tlsWorld(t, { zone: SECURE, script: { extensions: OFFERS } });
    world.dns.set(world.tlsaName('mx.test'), { TLSA: [RIGHT], secure: true });
    await world.send('example.test');
    await world.send('example.test', required);
    await world.send('example.test', required);
    assert.deepEqual(
      world.mx.messages.map(({ connection, parameters }) => [connection, parameters.includes('REQUIRETLS')]),
      [
        [1, false],
        [2, true],
        [2, true],
      ],
    );
  });
});

describe('without TLSA records a message that requires TLS', { skip }, () => {
  const worldWith = async (t: Parameters<typeof tlsWorld>[0], zone: Record<string, Entry>, names: string[]) => {
    const root = makeRoot();
    const certificate = issue(root, { names });
    return tlsWorld(t, { zone, roots: [root.cert], script: { extensions: OFFERS, certificate } });
  };

  test('needs a trusted certificate where DNSSEC proves the MX records', async (t) => {
    const good = await worldWith(t, SECURE, ['mx.test']);
    assert.equal((await good.send('example.test', required))?.peer?.tlsPolicy, 'pkix');
    const bad = await worldWith(t, SECURE, ['other.test']);
    const outcome = await bad.send('example.test', required);
    assert.equal(summary(outcome), 'bounced tls');
    assert.match(detailOf(outcome), /^5\.7\.10 .*not for mx\.test/);
  });

  test('needs no proof of MX records where there are none', async (t) => {
    const world = await worldWith(t, {}, ['mx.test']);
    assert.equal((await world.send('mx.test', required))?.peer?.tlsPolicy, 'pkix');
  });

  test('goes by an MTA-STS policy, which it enforces also in mode testing', async (t) => {
    const policy = 'version: STSv1\nmode: testing\nmx: mx.test\nmax_age: 86400\n';
    const good = await stsWorld(t, { policy, script: { extensions: OFFERS } });
    assert.equal((await good.send('example.test', required))?.peer?.tlsPolicy, 'mta-sts');
    const bad = await stsWorld(t, { policy, stranger: true, script: { extensions: OFFERS } });
    assert.equal(summary(await bad.send('example.test', required)), 'bounced tls');
    assert.equal(summary(await bad.send('example.test')), 'delivered final 250');
  });
});

describe('a message that says TLS-Required: No', () => {
  test('goes where DANE would make it wait, over TLS as it comes', async (t) => {
    const world = await tlsWorld(t, { zone: SECURE });
    world.dns.set(world.tlsaName('mx.test'), { TLSA: [WRONG], secure: true });
    assert.equal(summary(await world.send('example.test')), 'deferred tls');
    const outcome = await world.send('example.test', optional);
    assert.equal(summary(outcome), 'delivered final 250');
    assert.equal(outcome?.peer?.tls, true);
  });

  test('goes where MTA-STS would make it wait', { skip }, async (t) => {
    const world = await stsWorld(t, { script: { extensions: [] } });
    assert.equal(summary(await world.send('example.test')), 'deferred tls');
    assert.equal(summary(await world.send('example.test', optional)), 'delivered final 250');
  });
});
