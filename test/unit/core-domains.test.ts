// Sending domains over a store in memory: added, verified by what DNS says, renewed, given a return path, watched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addDomain,
  addEd25519Key,
  findDomain,
  renewKey,
  setReturnPath,
  type DomainResult,
} from '../../src/core/manage-domains.ts';
import { verifyDkim, verifyReturnPath } from '../../src/core/verify-domain.ts';
import { watchDomains, type WatchDeps } from '../../src/core/watch-domains.ts';
import { dkimHost } from '../../src/domain/dkim-key.ts';
import type { AccountId } from '../../src/lib/ids.ts';
import { silentLog } from '../../src/lib/log.ts';
import { DAY_MS, senderWorld, type SenderWorld } from '../support/sender-world.ts';

const code = (result: DomainResult): number => (result.kind === 'refused' ? result.error.code : 0);
const states = async (world: SenderWorld, domain = 'brand.test'): Promise<string[]> =>
  (await world.store.senders.keys(world.accountId, domain)).map(({ state }) => state);

const NAMES: readonly [name: string | undefined, returnPath: string | undefined, code: number][] = [
  ['brand.test', undefined, 0],
  [' Brand.TEST ', 'PM-Bounces.brand.test', 0],
  ['bücher.test', undefined, 0],
  [undefined, undefined, 514],
  ['  ', undefined, 514],
  [`${'x'.repeat(251)}.test`, undefined, 515],
  ['thisisntadomain', undefined, 516],
  ['a..test', undefined, 516],
  ['192.0.2.1', undefined, 516],
  ['gmail.com', undefined, 503],
  ['taken.test', undefined, 512],
  ['brand.test', 'bounces.other.test', 522],
  ['brand.test', 'brand.test', 522],
  ['brand.test', 'not a name.brand.test', 522],
  ['brand.test', `${'x'.repeat(251)}.brand.test`, 521],
];
for (const [name, returnPathDomain, expected] of NAMES) {
  test(`adding ${name?.slice(0, 20)} with ${returnPathDomain?.slice(0, 20) ?? 'no return path'}: ${expected}`, async () => {
    const world = await senderWorld();
    await world.add('taken.test');
    assert.equal(code(await addDomain(world, world.accountId, { name, returnPathDomain })), expected);
    const { total } = await world.store.senders.domains(world.accountId, { count: 9, offset: 0 });
    assert.equal(total, expected === 0 ? 2 : 1);
  });
}

test('a new domain has one key that waits, and is looked at after a while and not at once', async () => {
  const world = await senderWorld();
  const { domain, keys } = await world.add('Brand.test', 'PM-Bounces.Brand.test');
  assert.deepEqual(
    [domain.name, domain.proof, domain.returnPathDomain],
    ['brand.test', undefined, 'pm-bounces.brand.test'],
  );
  assert.deepEqual(
    keys.map((key) => [dkimHost(key), key.state]),
    [['20261105120000pm._domainkey.brand.test', 'pending']],
  );
  assert.equal(domain.watch.checkAt, world.clock.now() + 15 * 60_000);
});

test('two accounts have keys of their own for one domain, and the record of one proves nothing for the other', async () => {
  const world = await senderWorld();
  const mine = await world.verified('brand.test');
  const other = (await world.store.createAccount('Other')) satisfies AccountId;
  const added = await addDomain(world, other, { name: 'brand.test' });
  assert.ok(added.kind === 'done');
  assert.notEqual(added.view.keys[0]?.selector, mine.keys[0]?.selector, 'although both were made in one second');
  assert.equal((await verifyDkim(world, added.view.domain)).domain.proof, undefined);
  assert.equal(code(await findDomain(world, other, mine.domain.id)), 513);
  assert.equal(code(await findDomain(world, other, 999)), 510);
});

test('a domain is verified when its record is seen, and not by what is wrong or cannot be found out', async () => {
  const world = await senderWorld();
  const view = await world.add('brand.test');
  for (const [record, problem] of [
    [undefined, /does not exist in DNS/],
    [[], /no TXT record/],
    [['k=rsa; p=AAAA'], /another key/],
    ['trouble', /could not be looked up: .*SERVFAIL/],
  ] as const) {
    if (record !== undefined) world.publish(view, 'pending', record);
    const { domain } = await verifyDkim(world, view.domain);
    assert.equal(domain.proof, undefined);
    assert.match(domain.watch.dkimProblems.join(), problem);
    assert.deepEqual(await states(world), ['pending']);
  }
  world.publish(view);
  const { domain } = await verifyDkim(world, view.domain);
  assert.deepEqual([domain.proof, domain.dkimVerifiedAt, domain.watch.dkimProblems], ['dns', world.clock.now(), []]);
  assert.deepEqual(await states(world), ['active']);
});

test('a renewed key signs when its record is seen, the one before it until then and never after', async () => {
  const world = await senderWorld();
  const signing = async (): Promise<string[]> =>
    (await world.store.senders.signingKeys(world.accountId, 'brand.test')).map(({ privateKeyPem }) => privateKeyPem);
  assert.equal(code(await renewKey(world, await world.add('waits.test'))), 505);
  const first = await world.verified('brand.test');
  await world.clock.advance(1000);
  const renewed = await renewKey(world, first);
  assert.ok(renewed.kind === 'done');
  assert.deepEqual([await states(world), await signing()], [['active', 'pending'], ['private 2']]);
  assert.equal(code(await renewKey(world, renewed.view)), 505);
  const early = await verifyDkim(world, renewed.view.domain);
  assert.equal(early.domain.proof, 'dns');
  assert.match(early.domain.watch.dkimProblems.join(), /mail is signed with the key before it/);
  assert.deepEqual(await signing(), ['private 2']);
  world.publish(renewed.view);
  const { domain } = await verifyDkim(world, early.domain);
  assert.deepEqual([await states(world), await signing()], [['revoked', 'active'], ['private 3']]);
  assert.deepEqual(domain.watch.dkimProblems, []);
});

test('an Ed25519 key is renewed with the RSA key, and each gives way when its own record is seen', async () => {
  const world = await senderWorld();
  const { domain } = await world.verified('brand.test');
  const shown = async (): Promise<string[]> =>
    (await world.store.senders.keys(world.accountId, 'brand.test')).map((key) => `${key.algorithm} ${key.state}`);
  const seen = async (algorithm: string): Promise<readonly string[]> => {
    const keys = await world.store.senders.keys(world.accountId, 'brand.test');
    const waiting = keys.filter((key) => key.algorithm === algorithm && key.state === 'pending');
    for (const key of waiting) {
      world.resolver.answers = { ...world.resolver.answers, [`TXT ${dkimHost(key)}`]: [key.recordValue] };
    }
    return (await verifyDkim(world, domain)).domain.watch.dkimProblems;
  };
  const renew = async () => {
    await world.clock.advance(1000);
    return renewKey(world, await world.read({ domain, keys: [] }));
  };
  await addEd25519Key(world, domain);
  assert.match((await verifyDkim(world, domain)).domain.watch.dkimProblems.join(), /Publish it as TXT: k=ed25519; p=/);
  assert.deepEqual(await seen('ed25519-sha256'), []);
  assert.deepEqual(await shown(), ['rsa-sha256 active', 'ed25519-sha256 active']);

  assert.equal(code(await renew()), 0);
  assert.equal(code(await renew()), 505);
  const waiting = ['ed25519-sha256 pending', 'rsa-sha256 pending'];
  assert.deepEqual(await shown(), ['rsa-sha256 active', 'ed25519-sha256 active', ...waiting]);
  await seen('rsa-sha256');
  assert.deepEqual(await shown(), [
    'rsa-sha256 revoked',
    'ed25519-sha256 active',
    'ed25519-sha256 pending',
    'rsa-sha256 active',
  ]);
  const signing = await world.store.senders.signingKeys(world.accountId, 'brand.test');
  assert.deepEqual(signing.map(({ algorithm }) => algorithm).sort(), ['ed25519-sha256', 'rsa-sha256']);

  // One whose record never comes is not made a second time.
  assert.equal(code(await renew()), 0);
  assert.equal((await shown()).filter((each) => each === 'ed25519-sha256 pending').length, 1);
  await seen('ed25519-sha256');
  assert.deepEqual(
    (await shown()).filter((each) => each.startsWith('ed25519')),
    ['ed25519-sha256 revoked', 'ed25519-sha256 active'],
  );
});

test('a return path is verified by its CNAME, over aliases too, and is current', async () => {
  const world = await senderWorld();
  const { domain } = await world.add('brand.test', 'rp.brand.test');
  const look = async (answers: Record<string, readonly string[] | 'trouble'>) => {
    world.resolver.answers = answers;
    const found = await verifyReturnPath(world, domain);
    return [
      found.isRight,
      found.domain.returnPathVerifiedAt !== undefined,
      found.domain.watch.returnPathProblems.join(),
    ] as const;
  };
  const target = world.rules.returnPathTarget;
  assert.match((await look({}))[2], /does not lead to rp\.bulkhead\.test: the name does not exist/);
  assert.match((await look({ 'CNAME rp.brand.test': [] }))[2], /no CNAME record/);
  assert.deepEqual((await look({ 'CNAME rp.brand.test': ['x.test'], 'CNAME x.test': [target] })).slice(0, 2), [
    true,
    true,
  ]);
  const unsure = await look({ 'CNAME rp.brand.test': 'trouble' });
  assert.deepEqual(unsure.slice(0, 2), [undefined, true], 'trouble changes nothing');
  assert.deepEqual((await look({ 'CNAME rp.brand.test': [target] }))[2], '');
  const lost = await look({ 'CNAME rp.brand.test': ['pm.mtasv.net'] });
  assert.deepEqual(lost.slice(0, 2), [false, false]);
  assert.match(lost[2], /it leads to pm\.mtasv\.net/);
  const circle = await look({ 'CNAME rp.brand.test': ['x.test'], 'CNAME x.test': ['rp.brand.test'] });
  assert.match(circle[2], /over 5 aliases/);
});

test('another return path has to be verified anew, the same one not', async () => {
  const world = await senderWorld();
  const { domain } = await world.add('brand.test', 'rp.brand.test');
  world.resolver.answers = { 'CNAME rp.brand.test': [world.rules.returnPathTarget] };
  const verified = (await verifyReturnPath(world, domain)).domain;
  const after = async (wanted: string | null): Promise<unknown[]> => {
    const changed = await setReturnPath(world, verified, wanted);
    assert.ok(changed.kind === 'done');
    return [changed.view.domain.returnPathDomain, changed.view.domain.returnPathVerifiedAt !== undefined];
  };
  assert.deepEqual(await after('RP.brand.test'), ['rp.brand.test', true]);
  assert.deepEqual(await after('other.brand.test'), ['other.brand.test', false]);
  assert.deepEqual(await after(''), [undefined, false]);
  assert.deepEqual(await after(null), [undefined, false]);
  assert.equal(code(await setReturnPath(world, verified, 'rp.other.test')), 522);
});

function watching(world: SenderWorld, said: string[]): WatchDeps {
  const say = (level: string) => (_fields: unknown, text?: string) => void said.push(`${level}: ${text}`);
  const log = { ...silentLog, info: say('info'), warn: say('warn'), error: say('error') } as typeof silentLog;
  return { ...world, log, random: () => 0.5, lifetimeMs: 3 * DAY_MS };
}

test('a domain that waits verifies by itself; one whose record goes is warned of, and after a week may not send; it may again when the record is back', async () => {
  const world = await senderWorld();
  const said: string[] = [];
  const round = (): Promise<void> => watchDomains(watching(world, said), new AbortController().signal);
  const view = await world.add('brand.test');
  world.publish(view);
  await round();
  assert.deepEqual([said, world.resolver.asked.length], [[], 0], 'not before its time');
  await world.clock.advance(15 * 60_000);
  await round();
  assert.deepEqual(said, ['info: a domain is verified by its DKIM record']);
  const { domain, keys } = await world.read(view);
  assert.deepEqual([domain.proof, domain.watch.checkAt], ['dns', world.clock.now() + DAY_MS]);

  world.publish({ domain, keys }, 'active', 'trouble');
  await world.clock.advance(DAY_MS);
  await round();
  assert.equal(said.length, 1, 'trouble with DNS is told in the problems only');
  world.publish({ domain, keys }, 'active', []);
  await world.clock.advance(DAY_MS);
  await round();
  assert.deepEqual(said.slice(1), ['warn: the DKIM record of a domain is missing']);
  assert.deepEqual(
    (await world.store.senders.troubledDomains()).map(({ name, proof }) => [name, proof]),
    [['brand.test', 'dns']],
  );
  for (let day = 0; day < 8; day += 1) {
    await world.clock.advance(DAY_MS);
    await round();
  }
  assert.deepEqual(said.slice(2), ['error: a domain may not send any more: its DKIM record is missing']);
  const refused = (await world.read(view)).domain;
  assert.deepEqual([refused.proof, refused.dkimVerifiedAt !== undefined], [undefined, true]);
  world.publish({ domain, keys }, 'active');
  await world.clock.advance(DAY_MS);
  await round();
  assert.deepEqual(said.slice(3), [
    'info: a domain may send again',
    'info: the DKIM record of a domain is there again',
  ]);
  assert.equal((await world.read(view)).domain.proof, 'dns');
  assert.deepEqual(await world.store.senders.troubledDomains(), []);
});

test('trouble with one domain holds up no other, and keys that were left are dropped in time', async () => {
  const world = await senderWorld();
  const left = await world.verified('left.test');
  await world.store.senders.deleteDomain(left.domain.id);
  const broken = await world.add('broken.test');
  const fine = await world.add('fine.test');
  world.publish(fine);
  await world.clock.advance(15 * 60_000);
  const said: string[] = [];
  const deps = watching(world, said);
  const txt: typeof world.resolver.txt = (name) =>
    name.endsWith('broken.test') ? Promise.reject(new Error('broken')) : world.resolver.txt(name);
  const signal = new AbortController().signal;
  await watchDomains({ ...deps, resolver: { ...world.resolver, txt } }, signal);
  assert.deepEqual(said.sort(), [
    'error: a sending domain could not be looked at; trying again',
    'info: a domain is verified by its DKIM record',
  ]);
  assert.equal((await world.read(broken)).domain.proof, undefined);
  assert.equal((await world.store.senders.signingKeys(world.accountId, 'left.test')).length, 1);
  await world.clock.advance(4 * DAY_MS);
  await watchDomains(deps, signal);
  assert.equal((await world.store.senders.signingKeys(world.accountId, 'left.test')).length, 0);
});
