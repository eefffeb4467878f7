// Which provider an event counts for: by domain, by host, by what was seen of the domain before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecipientProvider } from '../../src/core/consume/recipient-provider.ts';
import { providerOfDomain } from '../../src/domain/mailbox-provider.ts';
import { providerOfHost } from '../../src/domain/shaping/provider-of.ts';
import { PROVIDERS } from '../../src/domain/shaping/providers.ts';

const peer = (host: string) => ({ host, ip: '192.0.2.1', tls: true });

test('a domain of a provider is enough; a company is known by its host, also later without one', () => {
  const providerOf = createRecipientProvider({ now: () => 0 });
  assert.equal(providerOf({ address: 'a@GMail.com', peer: undefined }), 'google');
  assert.equal(providerOf({ address: 'a@company.test', peer: undefined }), 'other');
  assert.equal(providerOf({ address: 'a@company.test', peer: peer('ASPMX.L.Google.com') }), 'google');
  assert.equal(providerOf({ address: 'b@company.test', peer: undefined }), 'google');
  assert.equal(providerOf({ address: 'a@small.test', peer: peer('mx.small.test') }), 'other');
});

test('only so many domains are remembered', () => {
  const providerOf = createRecipientProvider({ now: () => 0 }, 1);
  providerOf({ address: 'a@one.test', peer: peer('aspmx.l.google.com') });
  providerOf({ address: 'a@two.test', peer: peer('mx1.mail.yahoodns.net') });
  assert.equal(providerOf({ address: 'a@one.test', peer: undefined }), 'other');
  assert.equal(providerOf({ address: 'a@two.test', peer: undefined }), 'yahoo');
});

test('domains and hosts lead to the same providers', () => {
  for (const [domain, host] of [
    ['gmail.com', 'gmail-smtp-in.l.google.com'],
    ['hotmail.com', 'hotmail-com.olc.protection.outlook.com'],
    ['aol.com', 'mx-aol.mail.gm0.yahoodns.net'],
    ['web.de', 'mx-ha02.web.de'],
    ['proton.me', 'mail.protonmail.ch'],
  ] as const) {
    const provider = providerOfDomain(domain);
    assert.equal(provider, providerOfHost(host), domain);
    assert.ok(
      PROVIDERS.some(({ id }) => id === provider),
      domain,
    );
  }
});
