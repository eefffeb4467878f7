// `bulkhead domain` over a store in memory and DNS from a table: what it prints, and its exit codes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInTest } from '../support/cli-host.ts';
import { DAY_MS, senderWorld, type SenderWorld } from '../support/sender-world.ts';

async function commands(): Promise<{ world: SenderWorld; bulkhead: (words: string) => Promise<[number, string]> }> {
  const world = await senderWorld();
  const { store, clock, accountId, rules, resolver, generateKey } = world;
  const control = { store, clock, accountId, rules, resolver, ...(generateKey && { generateKey }) };
  return {
    world,
    async bulkhead(words) {
      const { code, out, err } = await runInTest(['domain', ...words.split(' ')], { control });
      return [code, out + err];
    },
  };
}

test('a domain is added, verified, renewed and removed on the command line', async () => {
  const { world, bulkhead } = await commands();
  const host = '20261105120000pm._domainkey.brand.test';
  assert.deepEqual(await bulkhead('add Brand.test --return-path rp.brand.test'), [
    0,
    [
      'brand.test: not verified',
      `  TXT ${host}`,
      '      k=rsa; p=KEY0001',
      '      rsa-sha256, not signing until the record is seen',
      '  CNAME rp.brand.test, for return paths: not verified',
    ].join('\n'),
  ]);
  const [early, failed] = await bulkhead('verify brand.test');
  assert.equal(early, 1);
  assert.match(failed, /^FAILED .*: the name does not exist in DNS\n +publish as TXT: k=rsa; p=KEY0001\n/);
  assert.match(failed, /FAILED rp\.brand\.test: for return paths\n +publish as CNAME: rp\.bulkhead\.test\n/);
  assert.match(failed, /\n {2}! The DKIM record .*\n(?:.*\n)*brand\.test is not verified yet$/);
  world.resolver.answers = { [`TXT ${host}`]: ['k=rsa; p=KEY0001'], 'CNAME rp.brand.test': ['rp.bulkhead.test'] };
  const verified = `ok     ${host}: the record is right\nok     rp.brand.test: for return paths\nbrand.test is verified`;
  assert.deepEqual(await bulkhead('verify brand.test'), [0, verified]);
  assert.match((await bulkhead('return-path brand.test none'))[1], /^brand\.test: verified by DNS\n(?!.*CNAME)/s);

  await world.clock.advance(60_000);
  assert.equal((await bulkhead('rotate brand.test'))[0], 0);
  assert.deepEqual(await bulkhead('rotate brand.test'), [1, 'This DKIM is already being renewed.']);
  const next = host.replace('120000pm', '120100pm');
  world.resolver.answers = { ...world.resolver.answers, [`TXT ${next}`]: ['k=rsa; p=KEY0002'] };
  assert.equal((await bulkhead('verify brand.test'))[0], 0);
  assert.match(
    (await bulkhead('show brand.test'))[1],
    /rsa-sha256, revoked: leave its record until 2026-11-10 12:01 UTC\n/,
  );
  await world.clock.advance(5 * DAY_MS);
  assert.match((await bulkhead('show'))[1], /rsa-sha256, revoked: its record may be removed\n/);
  assert.equal((await bulkhead('remove brand.test'))[0], 0);
  assert.match((await bulkhead('show'))[1], /there is no sending domain yet/);
});

test('a domain that may not send any more says so, with the reason', async () => {
  const { world, bulkhead } = await commands();
  const { domain } = await world.verified('brand.test');
  await world.store.senders.updateDomain(domain.id, () => ({ proof: undefined, dkimProblems: ['It is missing.'] }));
  assert.match(
    (await bulkhead('show brand.test'))[1],
    /^brand\.test: MAY NOT SEND any more\n[^]*\n {2}! It is missing\.$/,
  );
});

const REFUSED: readonly [words: string, code: number, why: RegExp][] = [
  ['add gmail.com', 1, /mailbox provider/],
  ['add taken.test', 1, /has the domain 'taken\.test' already/],
  ['add new.test --return-path rp.other.test', 1, /must be a subdomain/],
  ['add brand', 2, /a domain such as example\.com is needed/],
  ['verify none.test', 1, /there is no domain none\.test/],
  ['return-path taken.test', 2, /a host such as/],
];
for (const [words, expected, why] of REFUSED) {
  test(`refused: bulkhead domain ${words}`, async () => {
    const { bulkhead } = await commands();
    await bulkhead('add taken.test');
    const [code, said] = await bulkhead(words);
    assert.equal(code, expected);
    assert.match(said, why);
  });
}
