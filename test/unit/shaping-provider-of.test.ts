// Which provider runs the hosts of a site, and which sites share a pace.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limitsOf, paceKeyOf, paceOf, providerOf, providerOfHost } from '../../src/domain/shaping/provider-of.ts';
import { PROVIDERS } from '../../src/domain/shaping/providers.ts';

describe('a provider is known by its hosts', () => {
  const cases: readonly (readonly [host: string, provider: string | undefined])[] = [
    ['gmail-smtp-in.l.google.com', 'google'],
    ['aspmx2.googlemail.com', 'google'],
    ['smtp.google.com', 'google'],
    ['hotmail-com.olc.protection.outlook.com', 'microsoft'],
    ['contoso-com.mail.protection.outlook.com', 'microsoft-365'],
    ['contoso-com.o-v1.mx.microsoft', 'microsoft-365'],
    ['mta5.am0.yahoodns.net', 'yahoo'],
    ['mx-aol.mail.gm0.yahoodns.net', 'yahoo'],
    ['mx01.mail.icloud.com', 'apple'],
    ['mx1a1.comcast.net', 'comcast'],
    ['mx00.emig.gmx.net', 'united-internet'],
    ['mx-ha02.web.de', 'united-internet'],
    ['mx00.t-online.de', 't-online'],
    ['smtp-in.orange.fr', 'orange'],
    ['mx1.free.fr', 'free'],
    ['smtpz4.laposte.net', 'laposte'],
    ['mxs.mail.ru', 'mail-ru'],
    ['mx.yandex.ru', 'yandex'],
    ['mx3.qq.com', 'qq'],
    ['163mx01.mxmail.netease.com', 'netease'],
    ['mx0a-00123456.pphosted.com', 'proofpoint'],
    ['eu-smtp-inbound-1.mimecast.com', 'mimecast'],
    ['d12345a.ess.barracudanetworks.com', 'barracuda'],
    ['mx2.zoho.eu', 'zoho'],
    ['in1-smtp.messagingengine.com', 'fastmail'],
    ['mailsec.protonmail.ch', 'proton'],
    ['mx.example.com', undefined],
    ['notgoogle.com', undefined],
    ['google.com.example.net', undefined],
    ['outlook.com', undefined],
    ['', undefined],
  ];
  for (const [host, provider] of cases) test(host, () => assert.equal(providerOfHost(host), provider));
});

const site = (...names: string[]): readonly { host: string }[] => names.map((host) => ({ host }));

test('all hosts must be of one provider', () => {
  assert.equal(providerOf(['alt1.aspmx.l.google.com', 'aspmx3.googlemail.com']), 'google');
  assert.equal(providerOf(['aspmx.l.google.com', 'backup.example.com']), undefined);
  assert.equal(providerOf(['aspmx.l.google.com', 'mx01.mail.icloud.com']), undefined);
  assert.equal(providerOf([]), undefined);
});

test('domains of one provider share a pace, whatever their host names', () => {
  const one = paceOf({ key: 'a', hosts: site('one-com.mail.protection.outlook.com') });
  const two = paceOf({ key: 'b', hosts: site('two-org.mail.protection.outlook.com') });
  assert.equal(one.key, two.key);
  assert.equal(one.provider?.id, 'microsoft-365');
  assert.notEqual(one.key, paceOf({ key: 'c', hosts: site('hotmail-com.olc.protection.outlook.com') }).key);
});

test('customers of a filter have its limits and a pace of their own', () => {
  const one = paceOf({ key: 'mx0a-1.pphosted.com', hosts: site('mx0a-1.pphosted.com') });
  const two = paceOf({ key: 'mx0a-2.pphosted.com', hosts: site('mx0a-2.pphosted.com') });
  assert.notEqual(one.key, two.key);
  assert.deepEqual([one.limits.connections, two.provider?.id], [10, 'proofpoint']);
});

test('an unknown site is paced under its own key, without limits but those of the lane', () => {
  const { key, provider, limits } = paceOf({ key: 'mx.example.com', hosts: site('mx.example.com') });
  assert.deepEqual([key, provider, limits.connections], ['mx.example.com', undefined, Infinity]);
});

test('what is required of TLS does not give the same hosts a second pace', () => {
  const hosts = site('mx.example.com');
  const dane = paceKeyOf({ key: 'mx.example.com tls mx.example.com=dane:1', mxKey: 'mx.example.com', hosts });
  assert.equal(dane, paceKeyOf({ key: 'mx.example.com', hosts }));
});

test('a site with one host of somebody else goes under its own key', () => {
  assert.equal(paceKeyOf({ key: 'key', hosts: site('mx.orange.fr', 'mx.example.com') }), 'key');
  assert.equal(paceKeyOf({ key: 'key', hosts: site('mx.orange.fr', 'mx.free.fr') }), 'key');
  assert.equal(paceKeyOf({ key: 'key', hosts: [] }), 'key');
  assert.equal(limitsOf(site('smtp-in.orange.fr')).connections, 3);
  assert.equal(limitsOf(site('smtp-in.orange.fr', 'mx.example.com')).connections, Infinity);
});

describe('the table of providers is well-formed', () => {
  test('ids and suffixes are unique, suffixes in lower case', () => {
    const suffixes = PROVIDERS.flatMap(({ hosts }) => hosts);
    assert.equal(new Set(suffixes).size, suffixes.length);
    assert.equal(new Set(PROVIDERS.map(({ id }) => id)).size, PROVIDERS.length);
    for (const suffix of suffixes) assert.match(suffix, /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/);
  });

  test('limits are positive, and it begins with no more than the limit', () => {
    for (const { id, limits } of PROVIDERS) {
      for (const value of Object.values(limits)) assert.ok(value === undefined || value >= 1, id);
      assert.ok((limits.first ?? 1) <= (limits.connections ?? Infinity), id);
    }
  });
});
