// Which chains satisfy which TLSA records, and what a trusted root and a name are worth.
import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { formatRecord, usableRecords, type TlsaRecord } from '../../src/mail/tls/tlsa.ts';
import { verifyDane, verifyPkix } from '../../src/mail/tls/verify-peer.ts';
import { skipWithout } from '../support/real-programs.ts';
import { certificatesOf, issue, makeRoot, tlsaFor, type Pair } from '../support/test-ca.ts';

const skip = skipWithout('openssl');

/** Made once, and only where the tests run. */
const made = (() => {
  if (skip !== false) return undefined;
  const root = makeRoot();
  const between = issue(root, { isCa: true });
  const good = issue(between, { names: ['mx.test', '*.wild.test'] });
  const expired = issue(between, { names: ['mx.test'], expired: true });
  const stranger = issue(makeRoot('another'), { names: ['mx.test'] });
  // Signed by a certificate that may not sign.
  const forged = issue(good, { names: ['mx.test'] });
  return { root, between, good, expired, stranger, forged };
})();
const pki = (): NonNullable<typeof made> => made ?? assert.fail('openssl is missing');

const at = (pair: Pair, index: number): X509Certificate => certificatesOf(pair)[index] ?? assert.fail('no certificate');
const dane = (chain: readonly X509Certificate[], records: readonly TlsaRecord[], otherNames: string[] = []): string => {
  const requirement = { kind: 'dane', records, baseName: 'mx.test', otherNames } as const;
  const verdict = verifyDane(requirement, { chain, rootError: 'UNABLE_TO_VERIFY', host: 'mx.test', now: Date.now() });
  return verdict === 'verified' ? verdict : verdict.failure;
};

describe('DANE', { skip }, () => {
  for (const parameters of ['3 0 0', '3 0 1', '3 0 2', '3 1 0', '3 1 1', '3 1 2']) {
    test(`${parameters} names the server's own certificate, and no other`, () => {
      const { good, stranger } = pki();
      const record = tlsaFor(at(good, 0), parameters);
      assert.deepEqual(usableRecords([record]), [record]);
      assert.equal(dane(certificatesOf(good), [record]), 'verified');
      assert.equal(dane(certificatesOf(stranger), [record]), 'validation-failure');
    });
  }

  test('under 3 x x neither the name nor the date counts', () => {
    const { expired, between } = pki();
    assert.equal(dane(certificatesOf(expired), [tlsaFor(at(expired, 0), '3 1 1')]), 'verified');
    const otherName = issue(between, { names: ['elsewhere.test'] });
    assert.equal(dane(certificatesOf(otherName), [tlsaFor(at(otherName, 0), '3 1 1')]), 'verified');
  });

  test('under 3 x x an issuer in the chain is not what the record names', () => {
    const { good } = pki();
    assert.equal(dane(certificatesOf(good), [tlsaFor(at(good, 1), '3 1 1')]), 'validation-failure');
  });

  for (const parameters of ['2 0 0', '2 0 1', '2 0 2', '2 1 0', '2 1 1', '2 1 2']) {
    test(`${parameters} names an issuer, the nearest or the root`, () => {
      const { good } = pki();
      for (const index of [1, 2]) {
        assert.equal(dane(certificatesOf(good), [tlsaFor(at(good, index), parameters)]), 'verified', String(index));
      }
    });
  }

  test('2 0 0 and 2 1 0 hold an issuer that the server does not send', () => {
    const { good } = pki();
    const withoutRoot = certificatesOf(good).slice(0, 2);
    for (const parameters of ['2 0 0', '2 1 0']) {
      assert.equal(dane(withoutRoot, [tlsaFor(at(good, 2), parameters)]), 'verified', parameters);
    }
    assert.equal(dane(withoutRoot, [tlsaFor(at(good, 2), '2 0 1')]), 'validation-failure');
  });

  test('under 2 x x the chain may come out of order', () => {
    const [own, between, root] = certificatesOf(pki().good);
    assert.ok(own && between && root);
    assert.equal(dane([own, root, between], [tlsaFor(root, '2 1 1')]), 'verified');
  });

  const REFUSED: readonly [string, string, () => [readonly X509Certificate[], TlsaRecord]][] = [
    ['another root', 'validation-failure', () => [certificatesOf(pki().stranger), tlsaFor(at(pki().root, 0), '2 0 1')]],
    [
      'an issuer that is shown and signed nothing here',
      'validation-failure',
      () => [[at(pki().stranger, 0), at(pki().between, 0)], tlsaFor(at(pki().between, 0), '2 0 1')],
    ],
    [
      'an expired certificate',
      'certificate-expired',
      () => [certificatesOf(pki().expired), tlsaFor(at(pki().expired, 1), '2 0 1')],
    ],
    [
      'a certificate that may not sign and did',
      'validation-failure',
      () => [certificatesOf(pki().forged), tlsaFor(at(pki().forged, 2), '2 0 1')],
    ],
    [
      "the server's own certificate as its issuer",
      'validation-failure',
      () => [certificatesOf(pki().good), tlsaFor(at(pki().good, 0), '2 0 1')],
    ],
    ['no certificate', 'validation-failure', () => [[], tlsaFor(at(pki().good, 1), '2 0 1')]],
  ];
  for (const [what, failure, given] of REFUSED) {
    test(`under 2 x x this is refused: ${what}`, () => {
      const [chain, record] = given();
      assert.equal(dane(chain, [record]), failure);
    });
  }

  test('under 2 x x the certificate bears one of the names', () => {
    const { between } = pki();
    const byDomain = issue(between, { names: ['example.test'] });
    const record = tlsaFor(at(byDomain, 1), '2 1 1');
    assert.equal(dane(certificatesOf(byDomain), [record]), 'certificate-host-mismatch');
    assert.equal(dane(certificatesOf(byDomain), [record], ['example.test']), 'verified');
  });

  test('one record that fits is enough', () => {
    const { good, stranger } = pki();
    const records = [tlsaFor(at(stranger, 0), '3 1 1'), tlsaFor(at(good, 0), '3 1 1')];
    assert.equal(dane(certificatesOf(good), records), 'verified');
  });
});

describe('usable records', () => {
  const record = (parameters: string, data: Uint8Array): TlsaRecord => {
    const [usage = 0, selector = 0, matchingType = 0] = parameters.split(' ').map(Number);
    return { usage, selector, matchingType, data };
  };
  const UNUSABLE: readonly [string, number][] = [
    ['0 1 1', 32],
    ['1 1 1', 32],
    ['4 1 1', 32],
    ['3 2 1', 32],
    ['3 1 3', 32],
    ['3 1 1', 31],
    ['3 1 2', 32],
    ['3 0 0', 32],
    ['2 1 0', 0],
  ];
  for (const [parameters, bytes] of UNUSABLE) {
    test(`${parameters} with ${bytes} bytes cannot be used`, () => {
      assert.deepEqual(usableRecords([record(parameters, Buffer.alloc(bytes))]), []);
    });
  }

  test('of two digests of one usage and selector the stronger counts', () => {
    const records = [
      record('3 1 1', Buffer.alloc(32)),
      record('3 1 2', Buffer.alloc(64)),
      record('2 1 1', Buffer.alloc(32)),
    ];
    assert.deepEqual(
      usableRecords(records).map((each) => formatRecord(each).slice(0, 5)),
      ['3 1 2', '2 1 1'],
    );
  });
});

describe('a trusted root', { skip }, () => {
  const pkix = (chain: readonly X509Certificate[], rootError?: string, host = 'mx.test'): string => {
    const verdict = verifyPkix({ chain, rootError, host, now: Date.now() });
    return verdict === 'verified' ? verdict : verdict.failure;
  };
  test('is what OpenSSL says, and the name is looked at by us', () => {
    const chain = certificatesOf(pki().good);
    assert.equal(pkix(chain), 'verified');
    assert.equal(pkix(chain, undefined, 'a.wild.test'), 'verified');
    assert.equal(pkix(chain, undefined, 'a.b.wild.test'), 'certificate-host-mismatch');
    assert.equal(pkix(chain, undefined, 'mx2.test'), 'certificate-host-mismatch');
    assert.equal(pkix(chain, 'CERT_HAS_EXPIRED'), 'certificate-expired');
    assert.equal(pkix(chain, 'SELF_SIGNED_CERT_IN_CHAIN'), 'certificate-not-trusted');
    assert.equal(pkix([]), 'validation-failure');
  });
});
