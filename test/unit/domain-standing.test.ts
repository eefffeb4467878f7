// What looks at its DKIM records mean for a domain: it waits, may send, is warned of, may not send any more.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { firstLookAt, nextLookAt } from '../../src/domain/domain-checks.ts';
import { isSafeToRemove, safeToRemoveAt, selectorFor, type DkimKey } from '../../src/domain/dkim-key.ts';
import { standingAfter, weakness, type KeyFinding } from '../../src/domain/domain-standing.ts';
import { isPublicDomain, PUBLIC_DOMAINS } from '../../src/domain/public-domains.ts';
import type { SendingDomain } from '../../src/domain/sender.ts';
import type { AccountId } from '../../src/lib/ids.ts';
import { domainToAscii } from '../../src/mail/idna.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 24, 10, 15);
const RULES = { now: NOW, graceMs: 7 * DAY };

function domainOf(proof: SendingDomain['proof'], missingSince?: number): SendingDomain {
  return {
    ...{ id: 1, accountId: 1 as AccountId, name: 'brand.test', proof, createdAt: 0, hasSignatures: false },
    verifiedAt: proof === undefined ? undefined : 5,
    dkimVerifiedAt: proof === 'dns' ? 5 : undefined,
    ...{ returnPathDomain: undefined, returnPathVerifiedAt: undefined },
    watch: { checkedAt: 1, checkAt: 2, missingSince, dkimProblems: [], returnPathProblems: [] },
  };
}

function keyIn(state: DkimKey['state'], changed: Partial<DkimKey> = {}): DkimKey {
  return {
    ...{ accountId: 1 as AccountId, domain: 'brand.test', selector: state, algorithm: 'rsa-sha256', state },
    ...{ recordValue: 'k=rsa; p=A', createdAt: NOW, changedAt: NOW, ...changed },
  };
}

function found(state: KeyFinding['state'], key: DkimKey['state']): KeyFinding {
  return { key: keyIn(key), state, found: 'there is nothing', remarks: [] };
}

interface Case {
  readonly why: string;
  readonly domain: SendingDomain;
  readonly findings: readonly KeyFinding[];
  readonly proof: SendingDomain['proof'];
  readonly missingSince: number | undefined;
  readonly problem?: RegExp;
}

const CASES: readonly Case[] = [
  {
    why: 'a new domain whose record is seen may send',
    ...{ domain: domainOf(undefined), findings: [found('right', 'pending')], proof: 'dns', missingSince: undefined },
  },
  {
    why: 'a new domain without its record waits, and misses nothing',
    ...{ domain: domainOf(undefined), findings: [found('absent', 'pending')], proof: undefined },
    ...{ missingSince: undefined, problem: /not published yet: there is nothing\. Until it is seen, mail .* refused/ },
  },
  {
    why: 'the first time that a record is missing is a warning with its date',
    ...{ domain: domainOf('dns'), findings: [found('absent', 'active')], proof: 'dns', missingSince: NOW },
    problem: /missing since 2026-11-24 10:15 UTC\. Publish it again, or mail .* refused from 2026-12-01 10:15 UTC on/,
  },
  {
    why: 'a record that is missing for less than the grace changes nothing more',
    ...{ domain: domainOf('dns', NOW - 6 * DAY), findings: [found('absent', 'active')], proof: 'dns' },
    missingSince: NOW - 6 * DAY,
  },
  {
    why: 'a record that is missing for the grace ends the permission',
    ...{ domain: domainOf('dns', NOW - 7 * DAY), findings: [found('absent', 'active')], proof: undefined },
    ...{ missingSince: NOW - 7 * DAY, problem: /refused until it is seen again/ },
  },
  {
    why: 'DNS in trouble ends nothing, however long the record was missing before',
    ...{ domain: domainOf('dns', NOW - 30 * DAY), findings: [found('unknown', 'active')], proof: 'dns' },
    ...{ missingSince: NOW - 30 * DAY, problem: /could not be looked up: there is nothing\. Nothing changes/ },
  },
  {
    why: 'a record that is there again ends the warning',
    ...{ domain: domainOf('dns', NOW - DAY), findings: [found('right', 'active')], proof: 'dns' },
    missingSince: undefined,
  },
  {
    why: 'a record that is there again gives the permission back',
    ...{ domain: domainOf(undefined, NOW - 30 * DAY), findings: [found('right', 'active')], proof: 'dns' },
    missingSince: undefined,
  },
  {
    why: 'the next key in place of the one before it is no loss',
    ...{ domain: domainOf('dns'), findings: [found('absent', 'active'), found('right', 'pending')], proof: 'dns' },
    missingSince: undefined,
  },
  {
    why: 'the next key that is not there yet holds up nothing',
    ...{ domain: domainOf('dns'), findings: [found('right', 'active'), found('absent', 'pending')], proof: 'dns' },
    ...{ missingSince: undefined, problem: /Until it is seen, mail is signed with the key before it/ },
  },
  {
    why: "the operator's word outlives a missing record",
    ...{ domain: domainOf('operator'), findings: [found('absent', 'active')], proof: 'operator' },
    ...{ missingSince: undefined, problem: /The operator's word counts all the same/ },
  },
  {
    why: "a record that is seen does not take the operator's word away",
    ...{
      domain: domainOf('operator'),
      findings: [found('right', 'active')],
      proof: 'operator',
      missingSince: undefined,
    },
  },
];

describe('the standing of a domain', () => {
  for (const { why, domain, findings, proof, missingSince, problem } of CASES) {
    test(why, () => {
      const standing = standingAfter(domain, findings, RULES);
      assert.deepEqual([standing.proof, standing.missingSince], [proof, missingSince]);
      const seen = findings.some(({ state }) => state === 'right');
      assert.equal(standing.dkimVerifiedAt, domain.dkimVerifiedAt ?? (seen ? NOW : undefined), 'it stays');
      assert.equal(standing.verifiedAt, proof === undefined ? undefined : (domain.verifiedAt ?? NOW));
      if (problem !== undefined) assert.match(standing.dkimProblems.join(), problem);
      else if (findings.every(({ state }) => state === 'right')) assert.deepEqual(standing.dkimProblems, []);
    });
  }

  test('without a grace a missing record is told and ends nothing', () => {
    const standing = standingAfter(domainOf('dns', 1), [found('absent', 'active')], { now: NOW, graceMs: 0 });
    assert.equal(standing.proof, 'dns');
    assert.match(standing.dkimProblems[0] ?? '', /Publish it again\.$/);
  });

  test('short keys are told, fair ones are not', () => {
    assert.match(weakness(1024)[0] ?? '', /has 1024 bits only/);
    assert.deepEqual([weakness(2048), weakness(undefined)], [[], []]);
  });
});

const EVERY = { now: NOW, everyMs: DAY, random: () => 0.5 };
const awaited = { createdAt: NOW - HOUR };
const LOOKS: readonly [why: string, domain: SendingDomain, keys: readonly DkimKey[], minutes: number | undefined][] = [
  ['in order: daily', domainOf('dns'), [keyIn('active')], 24 * 60],
  ['that waits for a new key: soon', domainOf(undefined), [keyIn('pending', awaited)], 15],
  ['that has waited for days: daily', domainOf(undefined), [keyIn('pending', { createdAt: NOW - 3 * DAY })], 24 * 60],
  ['that misses its record: hourly', domainOf('dns', 1), [keyIn('active')], 60],
  ['that is trusted: never', domainOf('operator'), [keyIn('active')], undefined],
  ['that is trusted and gets a new key: soon', domainOf('operator'), [keyIn('pending', awaited)], 15],
  [
    'that is trusted and has a return path: daily',
    { ...domainOf('operator'), returnPathDomain: 'rp.brand.test' },
    [keyIn('active')],
    24 * 60,
  ],
];
for (const [why, domain, keys, minutes] of LOOKS) {
  test(`the next look at a domain ${why}`, () => {
    const at = nextLookAt(domain, keys, EVERY);
    assert.equal(at, minutes === undefined ? undefined : NOW + minutes * 60_000);
  });
}

test('looks are spread, never rarer than wanted by much, and the first one waits for the record to be published', () => {
  const at = (random: number): number => nextLookAt(domainOf('dns'), [], { ...EVERY, random: () => random }) ?? 0;
  assert.deepEqual([at(0) - NOW, at(1) - NOW], [0.9 * DAY, 26.4 * HOUR]);
  assert.deepEqual([firstLookAt(0, DAY), firstLookAt(0, 1000)], [15 * 60_000, 1000]);
});

test('the record of a revoked key may go after five days', () => {
  const revoked = keyIn('revoked');
  assert.equal(safeToRemoveAt(revoked), NOW + 5 * DAY);
  assert.deepEqual([isSafeToRemove(revoked, NOW + 5 * DAY - 1), isSafeToRemove(revoked, NOW + 5 * DAY)], [false, true]);
  assert.equal(isSafeToRemove(keyIn('active'), NOW + 99 * DAY), false);
});

test('selectors say when they were made, and for what', () => {
  assert.equal(selectorFor('rsa-sha256', NOW), '20261124101500pm');
  assert.equal(selectorFor('ed25519-sha256', NOW), '20261124101500ed');
});

test('domains of mailbox providers are public, with all below them, and others are not', () => {
  for (const name of ['gmail.com', 'yahoo.co.uk', 'nyc.rr.com', 'mail.ru']) assert.ok(isPublicDomain(name), name);
  for (const name of ['example.com', 'notgmail.com', 'gmail.com.example', 'com', 'co.uk'])
    assert.ok(!isPublicDomain(name), name);
});

test('the list of public domains holds each once, as it stands in addresses', () => {
  assert.equal(new Set(PUBLIC_DOMAINS).size, PUBLIC_DOMAINS.length);
  for (const name of PUBLIC_DOMAINS) assert.equal(domainToAscii(name), name);
});
