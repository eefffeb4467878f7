// DANE with real DNSSEC: a zone that Knot signs, unbound that validates it, a whole installation that believes unbound, and
// hosts that show one certificate.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createResolver } from '../../src/backends/net/resolver.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { formatRecord } from '../../src/mail/tls/tlsa.ts';
import { eventually, SENDER_DOMAIN, startInstallation, type Installation } from '../support/installation.ts';
import { skipWithout } from '../support/real-programs.ts';
import { startScriptedMx, type ScriptedMx } from '../support/scripted-mx.ts';
import { startSignedDns, type SignedDns } from '../support/signed-dns.ts';
import { tlsaFor } from '../support/test-ca.ts';
import { TEST_CERTIFICATE } from '../support/test-certificate.ts';

const skip = skipWithout('knotd', 'keymgr', 'unbound');
const RIGHT = formatRecord(tlsaFor(new X509Certificate(TEST_CERTIFICATE), '3 1 1'));
const WRONG = `3 1 1 ${'00'.repeat(32)}`;

interface MessageEvent {
  readonly Type: string;
  readonly Details: Readonly<Record<string, string>>;
}

describe('a signed zone, a validating resolver and an installation', { skip }, () => {
  let mx: ScriptedMx;
  let dns: SignedDns;
  let installation: Installation;

  before(async () => {
    mx = await startScriptedMx();
    const at = `_${mx.port}._tcp`;
    dns = await startSignedDns({
      signed: [
        ...['good', 'wrong', 'forged', 'none'].flatMap((name) => [
          `${name} MX 10 mx-${name}.test.`,
          `mx-${name} A 127.0.0.1`,
        ]),
        `${at}.mx-good TLSA ${RIGHT}`,
        `${at}.mx-wrong TLSA ${WRONG}`,
        'away MX 10 mx.plain.test.',
      ],
      unsigned: {
        plain: ['@ MX 10 mx.plain.test.', 'mx A 127.0.0.1', `${at}.mx TLSA ${WRONG}`],
      },
      bogus: {
        '_tcp.mx-forged': [`_${mx.port} TLSA ${RIGHT}`],
        liar: ['@ MX 10 mx.liar.test.', 'mx A 127.0.0.1'],
      },
    });
    installation = await startInstallation({
      env: {
        BULKHEAD_DELIVERY: 'direct',
        BULKHEAD_DNS: dns.resolver,
        BULKHEAD_MX_PORT: String(mx.port),
        BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8',
        BULKHEAD_RETRY_FIRST: '60',
      },
    });
  });
  after(async () => {
    await installation?.stop();
    await dns?.stop();
    await mx?.close();
  });

  async function send(domain: string): Promise<MessageEvent> {
    const to = `ann@${domain}`;
    const sent = await installation.send({ From: `a@${SENDER_DOMAIN}`, To: to, Subject: 'x', TextBody: 'x' });
    assert.equal(sent.body.Message, 'OK', JSON.stringify(sent.body));
    return eventually(`what became of the message to ${domain}`, async () => {
      const answer = await installation.api('GET', `/messages/outbound/${sent.body.MessageID}/details`);
      return (answer.body.MessageEvents as MessageEvent[] | undefined)?.[0];
    });
  }

  const taken = (domain: string): boolean | undefined =>
    mx.messages.find(({ rcptTo }) => rcptTo.includes(`ann@${domain}`))?.tls;

  test('the resolver tells what was proved, and what was proved not to be', async () => {
    const clock = systemClock;
    const resolver = createResolver({
      servers: [dns.resolver],
      dnssec: 'auto',
      cacheSize: 100,
      timeoutMs: 5000,
      clock,
    });
    assert.equal(resolver.validates, true);
    const at = `_${mx.port}._tcp`;
    const secure = async (answer: Promise<{ kind: string; secure?: true }>): Promise<string> => {
      const { kind, secure: proved } = await answer;
      return proved === true ? `${kind}, secure` : kind;
    };
    assert.equal(await secure(resolver.mx('good.test')), 'found, secure');
    assert.equal(await secure(resolver.tlsa(`${at}.mx-good.test`)), 'found, secure');
    assert.equal(await secure(resolver.tlsa(`${at}.mx-none.test`)), 'nxdomain, secure');
    assert.equal(await secure(resolver.aaaa('mx-none.test')), 'none, secure');
    assert.equal(await secure(resolver.mx('plain.test')), 'found');
    assert.equal(await secure(resolver.tlsa(`${at}.mx.plain.test`)), 'found');
    assert.equal(await secure(resolver.tlsa(`${at}.mx-forged.test`)), 'temporary');
    assert.equal(await secure(resolver.mx('liar.test')), 'temporary');
    resolver.close();
  });

  test('a host with the certificate of its record gets the mail', async () => {
    assert.equal((await send('good.test')).Type, 'Delivered');
    assert.equal(taken('good.test'), true);
  });

  const WAITING: readonly [string, string, RegExp][] = [
    ['a record that names another certificate', 'wrong.test', /none of its TLSA records fits its certificate/],
    ['a record whose signature is forged', 'forged.test', /cannot be looked up safely.*SERVFAIL/],
    ['a domain whose signatures are forged', 'liar.test', /SERVFAIL/],
  ];
  for (const [what, domain, detail] of WAITING) {
    test(`${what} makes the mail wait`, async () => {
      const event = await send(domain);
      assert.equal(event.Type, 'Transient');
      assert.match(event.Details['DeliveryMessage'] ?? '', detail);
      assert.equal(taken(domain), undefined);
    });
  }

  const OPPORTUNISTIC: readonly [string, string][] = [
    ['a signed domain whose host has no record', 'none.test'],
    ['a domain that is not signed, whatever its records say', 'plain.test'],
    ['a signed domain with a host in one that is not', 'away.test'],
  ];
  for (const [what, domain] of OPPORTUNISTIC) {
    test(`${what} gets its mail over TLS as it comes`, async () => {
      assert.equal((await send(domain)).Type, 'Delivered');
      assert.equal(taken(domain), true);
    });
  }
});
