// What is found out about an own address, and what becomes of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADDRESS_CHECKS, proveAddress, type ProofDeps } from '../../src/core/prove-address.ts';
import type { AddressProof, PoolAddress } from '../../src/domain/pool.ts';
import { fakeResolver, type FakeAnswers } from '../support/fake-resolver.ts';

const NOW = 1_000_000;
const IP = '192.0.2.1';
const MTA = 'mta1.example.com';
const FIT: FakeAnswers = { [`PTR ${IP}`]: [MTA], [`A ${MTA}`]: [IP] };
const LISTED = '1.2.0.192.list.test';

type Given = Pick<PoolAddress, 'ip' | 'ehlo' | 'proof'>;

function prove(answers: FakeAnswers, deps: Partial<ProofDeps> = {}, given: Partial<Given> = {}): Promise<AddressProof> {
  const all: ProofDeps = {
    resolver: fakeResolver(answers),
    isBound: async () => true,
    now: () => NOW,
    hostname: 'mail.example.com',
    checks: ADDRESS_CHECKS,
    dnsblZones: [],
    ...deps,
  };
  return proveAddress(all, { ip: IP, ehlo: MTA, proof: undefined, ...given });
}

describe('an address', () => {
  test('that passes everything is fit, with its name', async () => {
    const proof = await prove(FIT);
    assert.deepEqual(proof, {
      checkedAt: NOW,
      verdict: 'fit',
      reasons: [],
      failed: [],
      notes: [],
      unsure: false,
      ptr: MTA,
    });
  });

  test('of IPv6 is looked up as such', async () => {
    const proof = await prove(
      { 'PTR 2001:db8::1': [MTA], [`AAAA ${MTA}`]: ['2001:db8::1'] },
      {},
      { ip: '2001:db8::1' },
    );
    assert.deepEqual([proof.verdict, proof.ptr], ['fit', MTA]);
  });

  test('without a name of its own says the name of the installation', async () => {
    const answers = { [`PTR ${IP}`]: ['mail.example.com'], 'A mail.example.com': ['198.51.100.7', IP] };
    assert.equal((await prove(answers, {}, { ehlo: undefined })).verdict, 'fit');
  });

  test('with several names needs one that leads back, and is called by that', async () => {
    const proof = await prove({ ...FIT, [`PTR ${IP}`]: ['old.example.com', MTA] });
    assert.deepEqual([proof.verdict, proof.ptr], ['fit', MTA]);
  });

  test('that is the choice of the system is not checked', async () => {
    const resolver = fakeResolver({});
    const proof = await prove({}, { resolver, isBound: async () => false }, { ip: 'host' });
    assert.deepEqual(
      [proof.verdict, proof.reasons, proof.notes],
      ['fit', [], ['not checked: the system chooses the address']],
    );
    assert.deepEqual(resolver.asked, []);
  });

  test('whose EHLO name is another than its PTR is fit, with a note', async () => {
    const proof = await prove({ ...FIT, [`PTR ${IP}`]: ['a.example.com'], 'A a.example.com': [IP] });
    assert.equal(proof.verdict, 'fit');
    assert.deepEqual(proof.notes, [
      'its PTR record says a.example.com and its EHLO mta1.example.com; some receivers want one name',
    ]);
  });
});

interface Failure {
  readonly why: string;
  readonly answers: FakeAnswers;
  readonly deps?: Partial<ProofDeps>;
  readonly failed: string;
  readonly reason: string | RegExp;
}

const ZONE = { dnsblZones: ['list.test'] };
const FAILURES: readonly Failure[] = [
  {
    why: 'is not of this machine',
    answers: FIT,
    deps: { isBound: async () => false },
    failed: 'bound',
    reason: 'this machine does not have 192.0.2.1',
  },
  {
    why: 'has no PTR record',
    answers: { [`A ${MTA}`]: [IP] },
    failed: 'ptr',
    reason: '192.0.2.1 has no PTR record; who has the address sets it',
  },
  {
    why: 'has a name that does not exist',
    answers: { ...FIT, [`PTR ${IP}`]: ['gone.example.com'] },
    failed: 'ptr',
    reason: '192.0.2.1 is called gone.example.com (PTR), and that name has no A record',
  },
  {
    why: 'has a name that leads elsewhere',
    answers: { ...FIT, [`PTR ${IP}`]: ['x.example.com'], 'A x.example.com': ['192.0.2.9'] },
    failed: 'ptr',
    reason: '192.0.2.1 is called x.example.com (PTR), and that name leads to 192.0.2.9 and not to 192.0.2.1',
  },
  {
    why: 'says a name in EHLO that leads elsewhere',
    answers: { [`PTR ${IP}`]: ['p.example.com'], 'A p.example.com': [IP], [`A ${MTA}`]: ['192.0.2.9'] },
    failed: 'ehlo',
    reason: 'it says mta1.example.com in EHLO, and that name leads to 192.0.2.9 and not to 192.0.2.1',
  },
  {
    why: 'says a name in EHLO that does not exist',
    answers: { [`PTR ${IP}`]: ['p.example.com'], 'A p.example.com': [IP] },
    failed: 'ehlo',
    reason: 'it says mta1.example.com in EHLO, and that name has no A record',
  },
  {
    why: 'is on a block list, which says why',
    answers: {
      ...FIT,
      [`A ${LISTED}`]: ['127.0.0.2', '127.0.0.4'],
      [`TXT ${LISTED}`]: ['see https://list.test/\u0007'],
    },
    deps: ZONE,
    failed: 'dnsbl list.test',
    reason: 'list.test lists 192.0.2.1 (127.0.0.2, 127.0.0.4): see https://list.test/?',
  },
  {
    why: 'is on a block list, which does not say why',
    answers: { ...FIT, [`A ${LISTED}`]: ['127.0.0.2'] },
    deps: ZONE,
    failed: 'dnsbl list.test',
    reason: 'list.test lists 192.0.2.1 (127.0.0.2)',
  },
];
describe('an address is quarantined that', () => {
  for (const { why, answers, deps, failed, reason } of FAILURES) {
    test(why, async () => {
      const proof = await prove(answers, deps);
      assert.deepEqual([proof.verdict, proof.reasons, proof.failed], ['quarantined', [reason], [failed]]);
    });

    test(`${why}, but not where that does not count`, async () => {
      const checks = ADDRESS_CHECKS.filter((check) => !failed.startsWith(check));
      const proof = await prove(answers, { ...deps, checks });
      assert.deepEqual([proof.verdict, proof.reasons], ['fit', []]);
      assert.ok(proof.notes?.includes(String(reason)), 'it is said all the same');
    });
  }

  test('fails in several ways, with each reason', async () => {
    const proof = await prove({}, { isBound: async () => false });
    assert.deepEqual(proof.failed, ['bound', 'ptr', 'ehlo']);
    assert.equal(proof.reasons.length, 3);
  });
});

const NO_LISTING: readonly [records: readonly string[] | 'trouble', note: RegExp][] = [
  [['127.255.255.254'], /list\.test does not answer this resolver \(127\.255\.255\.254\)/],
  [['127.255.255.255'], /does not answer this resolver/],
  [['203.0.113.5'], /is no answer of a block list: is the list gone/],
  ['trouble', /could not be found out whether list\.test lists 192\.0\.2\.1: the DNS server failed/],
];
for (const [records, note] of NO_LISTING) {
  test(`a block list that answers ${records === 'trouble' ? 'nothing' : records.join()} lists nobody, which is a note`, async () => {
    const proof = await prove({ ...FIT, [`A ${LISTED}`]: records }, ZONE);
    assert.equal(proof.verdict, 'fit');
    assert.match(proof.notes?.join() ?? '', note);
  });
}

describe('DNS in trouble', () => {
  const troubles: readonly [what: string, change: FakeAnswers][] = [
    ['the PTR record', { [`PTR ${IP}`]: 'trouble' }],
    ['the name behind it', { [`PTR ${IP}`]: ['p.example.com'], 'A p.example.com': 'trouble' }],
    ['the EHLO name', { [`A ${MTA}`]: 'trouble' }],
  ];
  for (const [what, change] of troubles) {
    test(`with ${what} does not quarantine an address that nobody has checked yet`, async () => {
      const proof = await prove({ ...FIT, ...change });
      assert.equal(proof.verdict, 'fit');
      assert.match(proof.notes?.join() ?? '', /could not be found out/);
      assert.equal(proof.unsure, true);
    });
  }

  test('does not free an address, whose reasons and name stay', async () => {
    const before = await prove({ [`A ${MTA}`]: [IP] });
    const proof = await prove(
      { ...FIT, [`PTR ${IP}`]: 'trouble' },
      {},
      { proof: { ...before, ptr: 'was.example.com' } },
    );
    assert.deepEqual([proof.verdict, proof.reasons, proof.failed], ['quarantined', before.reasons, ['ptr']]);
    assert.equal(proof.ptr, 'was.example.com');
    assert.equal((await prove(FIT, {}, { proof })).verdict, 'fit', 'the next answer frees it');
  });

  test('holds back nothing but what it concerns: an address that came up is free', async () => {
    const before = await prove(FIT, { isBound: async () => false });
    assert.equal(before.verdict, 'quarantined');
    const proof = await prove({ ...FIT, [`PTR ${IP}`]: 'trouble' }, {}, { proof: before });
    assert.equal(proof.verdict, 'fit');
  });

  test('of one block list keeps its listing and no listing of others', async () => {
    const zones = { dnsblZones: ['list.test', 'other.test'] };
    const other = '1.2.0.192.other.test';
    const before = await prove({ ...FIT, [`A ${LISTED}`]: ['127.0.0.2'], [`A ${other}`]: ['127.0.0.2'] }, zones);
    assert.equal(before.reasons.length, 2);
    const proof = await prove({ ...FIT, [`A ${LISTED}`]: 'trouble' }, zones, { proof: before });
    assert.deepEqual(proof.failed, ['dnsbl list.test']);
    const without = await prove(FIT, { dnsblZones: [] }, { proof });
    assert.equal(without.verdict, 'fit', 'a list that is asked no more holds nothing');
  });
});
