// MTA-STS from the TXT record to the session: what is fetched and kept, and what a host must show for it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { detailOf, summary } from '../support/egress-fixture.ts';
import type { Script } from '../support/scripted-mx.ts';
import { skipWithout } from '../support/real-programs.ts';
import type { WebAnswer } from '../support/policy-web.ts';
import { ENFORCE, stsWorld, type StsWorldOptions } from '../support/sts-world.ts';

const skip = skipWithout('openssl');
const TESTING = ENFORCE.replace('enforce', 'testing');
const DAY_MS = 86_400_000;
const MINUTES_6 = 360_000;

describe('mode enforce', { skip }, () => {
  test('a host with a trusted certificate for its name gets the mail', async (t) => {
    const world = await stsWorld(t);
    const outcome = await world.send('example.test');
    assert.equal(summary(outcome), 'delivered final 250');
    assert.deepEqual(outcome?.peer, { host: 'mx.test', ip: '127.0.0.1', tls: true, tlsPolicy: 'mta-sts' });
    assert.equal(world.results[0]?.flaw, undefined);
  });

  const WAITING: readonly [string, StsWorldOptions, RegExp, string][] = [
    ['a certificate of no trusted root', { stranger: true }, /no trusted issuer/, 'certificate-not-trusted'],
    ['a certificate for another name', { certificateFor: 'a.test' }, /not for mx\.test/, 'certificate-host-mismatch'],
    [
      'no STARTTLS',
      { script: { extensions: ['PIPELINING'] } },
      /does not offer STARTTLS, but the MTA-STS policy of the domain asks for TLS/,
      'starttls-not-supported',
    ],
    [
      'a handshake that breaks',
      { script: { startTls: () => ({ reply: '220 2.0.0 go', then: 'end' }) } satisfies Script },
      /TLS with mx\.test/,
      'validation-failure',
    ],
    [
      'a name that the policy does not hold',
      { policy: ENFORCE.replace('mx.test', '*.mx.test') },
      /the MTA-STS policy of example\.test does not name it/,
      'validation-failure',
    ],
  ];
  for (const [what, options, detail, failure] of WAITING) {
    test(`a host with ${what} makes the mail wait`, async (t) => {
      const world = await stsWorld(t, options);
      const outcome = await world.send('example.test');
      assert.equal(summary(outcome), 'deferred tls');
      assert.match(detailOf(outcome), detail);
      assert.equal(world.results[0]?.flaw?.failure, failure);
      assert.ok(!world.mx.commands.some((command) => command.startsWith('MAIL')));
    });
  }
});

describe('mode testing', { skip }, () => {
  const TOLD: readonly [string, StsWorldOptions, string][] = [
    ['a certificate of no trusted root', { stranger: true }, 'certificate-not-trusted'],
    ['no STARTTLS', { script: { extensions: [] } }, 'starttls-not-supported'],
    ['a name that the policy does not hold', { policy: TESTING.replace('mx.test', 'mx2.test') }, 'validation-failure'],
  ];
  for (const [what, options, failure] of TOLD) {
    test(`a host with ${what} gets the mail, and the failure is told`, async (t) => {
      const world = await stsWorld(t, { policy: TESTING, ...options });
      assert.equal(summary(await world.send('example.test')), 'delivered final 250');
      assert.equal(world.results[0]?.flaw?.failure, failure);
    });
  }
});

test('mode none asks for nothing', { skip }, async (t) => {
  const world = await stsWorld(t, { policy: 'version: STSv1\nmode: none\nmax_age: 86400\n', stranger: true });
  const outcome = await world.send('example.test');
  assert.equal(summary(outcome), 'delivered final 250');
  assert.equal(outcome?.peer?.tlsPolicy, undefined);
});

describe('a policy that cannot be had asks for nothing, and is told', { skip }, () => {
  const WAYS: readonly [string, StsWorldOptions, WebAnswer | undefined, string][] = [
    ['a web server for another name', { webCertificateFor: 'www.test' }, { body: ENFORCE }, 'sts-webpki-invalid'],
    ['404', {}, { status: 404, body: ENFORCE }, 'sts-policy-fetch-error'],
    ['a redirect', {}, { status: 301, headers: { Location: 'https://a.test/' } }, 'sts-policy-fetch-error'],
    ['HTML', {}, { type: 'text/html', body: ENFORCE }, 'sts-policy-fetch-error'],
    ['too much', {}, { body: `${ENFORCE}${'x: y\n'.repeat(20_000)}` }, 'sts-policy-fetch-error'],
    ['nonsense', {}, { body: 'hello' }, 'sts-policy-invalid'],
    ['a connection that is closed', {}, undefined, 'sts-policy-fetch-error'],
    [
      'an address that is not allowed',
      { refusal: (ip) => `${ip} is a loopback address` },
      {},
      'sts-policy-fetch-error',
    ],
  ];
  for (const [what, options, answer, failure] of WAYS) {
    test(what, async (t) => {
      const world = await stsWorld(t, { stranger: true, ...options });
      world.serve(answer);
      assert.equal(summary(await world.send('example.test')), 'delivered final 250');
      assert.deepEqual(
        world.failures.map((flaw) => flaw.failure),
        [failure],
      );
    });
  }
});

describe('what is kept', { skip }, () => {
  test('a policy is fetched once, and known after a restart without the web server', async (t) => {
    const world = await stsWorld(t, { stranger: true });
    await world.send('example.test');
    await world.send('example.test');
    world.serve(undefined);
    world.forget();
    assert.equal(summary(await world.send('example.test')), 'deferred tls');
    assert.equal(world.requests(), 1);
  });

  test('a policy without any age is not fetched for each message', async (t) => {
    const world = await stsWorld(t, { policy: ENFORCE.replace('86400', '0') });
    await world.send('example.test');
    await world.send('example.test');
    assert.equal(world.requests(), 1);
  });

  test('it stays while neither record nor web server can be had, until its age is over', async (t) => {
    const world = await stsWorld(t, { stranger: true });
    await world.send('example.test');
    world.serve(undefined);
    world.announce(undefined);
    world.clock.time += DAY_MS - MINUTES_6;
    assert.equal(summary(await world.send('example.test')), 'deferred tls');
    world.clock.time += MINUTES_6 + 1;
    assert.equal(summary(await world.send('example.test')), 'delivered final 250');
  });

  test('it stays while a new one is announced and cannot be fetched', async (t) => {
    const world = await stsWorld(t, { stranger: true });
    await world.send('example.test');
    world.serve({ status: 500 });
    world.announce('2');
    world.clock.time += MINUTES_6;
    assert.equal(summary(await world.send('example.test')), 'deferred tls');
    assert.equal(world.requests(), 2);
  });

  test('a new id brings the new policy', async (t) => {
    const world = await stsWorld(t, { stranger: true });
    await world.send('example.test');
    world.serve({ body: TESTING });
    world.announce('2');
    world.clock.time += MINUTES_6;
    assert.equal(summary(await world.send('example.test')), 'delivered final 250');
    assert.equal(world.store.policy('example.test')?.id, '2');
  });

  test('a failed fetch is not tried again for five minutes', async (t) => {
    const world = await stsWorld(t);
    world.serve(undefined);
    await world.send('example.test');
    world.forget();
    await world.send('example.test');
    assert.equal(world.requests(), 1);
    world.serve({ body: ENFORCE });
    world.clock.time += MINUTES_6;
    assert.equal((await world.send('example.test'))?.peer?.tlsPolicy, 'mta-sts');
  });

  test('it is read again each day while it is used, and so does not expire', async (t) => {
    const world = await stsWorld(t);
    await world.send('example.test');
    const before = world.store.policy('example.test')?.expiresAt ?? 0;
    await world.keeper.refresh();
    assert.equal(world.requests(), 1, 'not before a day is over');
    world.serve({ body: ENFORCE.replace('86400', '172800') });
    world.clock.time += DAY_MS - 1;
    await world.keeper.refresh();
    world.clock.time += 1;
    world.store.keepPolicy({ ...(world.store.policy('example.test') ?? assert.fail()), expiresAt: before + DAY_MS });
    world.clock.time += 1;
    await world.keeper.refresh();
    assert.equal(world.requests(), 2);
    assert.ok((world.store.policy('example.test')?.expiresAt ?? 0) > before + DAY_MS);
  });

  test('the record is asked for once in some minutes, and a domain without one costs no more', async (t) => {
    const world = await stsWorld(t, { zone: { 'other.test': { MX: [[10, 'mx.test']] } } });
    for (const _ of [1, 2, 3]) assert.equal((await world.send('other.test'))?.peer?.tlsPolicy, undefined);
    assert.equal(world.requests(), 0);
  });
});

test('DANE goes before MTA-STS', { skip }, async (t) => {
  const wrong = { usage: 3, selector: 1, matchingType: 1, data: Buffer.alloc(32) };
  const world = await stsWorld(t, { zone: { 'example.test': { MX: [[10, 'mx.test']], secure: true } } });
  world.dns.set(world.tlsaName('mx.test'), { TLSA: [wrong], secure: true });
  const outcome = await world.send('example.test');
  assert.equal(summary(outcome), 'deferred tls');
  assert.match(detailOf(outcome), /TLSA/);
});

test('domains without a policy do not share connections with those that have one', { skip }, async (t) => {
  const world = await stsWorld(t, { zone: { 'other.test': { MX: [[10, 'mx.test']] } } });
  await world.send('other.test');
  await world.send('example.test');
  assert.equal(world.mx.connections, 2);
});
