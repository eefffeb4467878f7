// A sending domain with real DNS answers: verified, signed for, with its own return path, renewed without a gap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authenticate } from 'mailauth';
import { commandLine } from '../support/command-line.ts';
import { has, startDeliveryWorld } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';
import type { ScriptedMx } from '../support/scripted-mx.ts';

const FROM = { From: 'ann@brand.test' } as const;

/** The longest that one string of a TXT record may be (RFC 1035 3.3.14). */
const inStrings = (value: string): string[] => value.match(/.{1,255}/g) ?? [];

/** Selector and verdict of the last message's signature, by the records that are given. */
async function signatureOf(mx: ScriptedMx, records: ReadonlyMap<string, string>): Promise<string> {
  const result = await authenticate(Buffer.from(mx.messages.at(-1)?.content ?? '', 'latin1'), {
    ...{ ip: '127.0.0.1', helo: 'mail.bulkhead.test', sender: mx.messages.at(-1)?.mailFrom ?? '' },
    resolver: async (name: string, type: string) => {
      const value = type === 'TXT' ? records.get(name) : undefined;
      return value === undefined ? [] : [[value]];
    },
  });
  const [first] = result.dkim.results;
  return `${first?.selector}._domainkey.${first?.signingDomain} ${first?.status.result}`;
}

test('a domain is verified by DNS, signs with its own keys one after the other, and gets bounces back at its own name', async (t) => {
  const world = await startDeliveryWorld({ BULKHEAD_RETURN_PATH_DOMAIN: 'rp.bulkhead.test' });
  t.after(() => world.stop());
  const { dns, installation } = world;
  const mx = await world.host({}, 'far.test');
  const records = new Map<string, string>();
  const publish = (host: string, value: string): void => {
    records.set(host, value);
    dns.set(host, { TXT: [inStrings(value)] });
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const ask = async (method: string, path: string, body?: unknown): Promise<any> =>
    (await installation.api(method, path, { account: true, ...(body !== undefined && { body }) })).body;
  const deliver = async (to: string): Promise<string> => {
    await world.events(await world.send(to, FROM), has('Delivered', to));
    return signatureOf(mx, records);
  };

  const added = await ask('POST', '/domains', { Name: 'brand.test', ReturnPathDomain: 'pm-bounces.brand.test' });
  const first = added.DKIMPendingHost as string;
  const early = await ask('PUT', `/domains/${added.ID}/verifyDkim`);
  assert.deepEqual([early.DKIMVerified, early.DKIMPendingHost], [false, first]);
  assert.match(early.Problems.join(), /the name does not exist in DNS/);
  dns.set(first, 'servfail');
  assert.match((await ask('PUT', `/domains/${added.ID}/verifyDkim`)).Problems.join(), /SERVFAIL/);
  const refused = await installation.send({ ...FROM, To: 'a@far.test', TextBody: 'x' });
  assert.equal(refused.body.ErrorCode, 401);

  publish(first, added.DKIMPendingTextValue);
  const verified = await ask('PUT', `/domains/${added.ID}/verifyDkim`);
  assert.deepEqual([verified.DKIMVerified, verified.DKIMHost, verified.DKIMPendingHost], [true, first, '']);
  assert.equal(await deliver('a@far.test'), `${first} pass`);
  assert.match(mx.messages.at(-1)?.mailFrom ?? '', /^rp-\w+@rp\.bulkhead\.test$/);

  dns.set('pm-bounces.brand.test', { CNAME: 'rp.bulkhead.test' });
  const path = await ask('PUT', `/domains/${added.ID}/verifyReturnPath`);
  assert.deepEqual([path.ReturnPathDomainVerified, path.ReturnPathDomainCNAMEValue], [true, 'rp.bulkhead.test']);
  await eventually('the return path of its own', async () => {
    await deliver('b@far.test');
    return /@pm-bounces\.brand\.test$/.test(mx.messages.at(-1)?.mailFrom ?? '') ? true : undefined;
  });

  const renewed = await ask('POST', `/domains/${added.ID}/rotatedkim`);
  const second = renewed.DKIMPendingHost as string;
  assert.notEqual(second, first);
  assert.equal((await ask('POST', `/domains/${added.ID}/rotatedkim`)).ErrorCode, 505);
  assert.equal(await deliver('c@far.test'), `${first} pass`, 'until the record of the next one is seen');
  publish(second, renewed.DKIMPendingTextValue);
  const bulkhead = commandLine(world, { BULKHEAD_RETURN_PATH_DOMAIN: 'rp.bulkhead.test' });
  const told = await bulkhead('domain', 'verify', 'brand.test');
  assert.equal(told.code, 0, told.out + told.err);
  const rotated = await ask('GET', `/domains/${added.ID}`);
  assert.deepEqual([rotated.DKIMHost, rotated.DKIMRevokedHost], [second, first]);
  assert.equal(rotated.SafeToRemoveRevokedKeyFromDNS, false);
  await eventually('the next key to sign', async () =>
    (await deliver('d@far.test')) === `${second} pass` ? true : undefined,
  );
  const shown = await bulkhead('domain', 'show', 'brand.test');
  assert.match(shown.out, /rsa-sha256, revoked: leave its record until 20\d\d-/);
  assert.match(shown.out, /CNAME pm-bounces\.brand\.test, for return paths: verified, in use/);
});
