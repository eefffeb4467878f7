// The table of bounce rules: every sample is a test, every overlap is named, every pattern is safe.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchingRules } from '../../src/domain/bounce/classify.ts';
import type { BounceRule } from '../../src/domain/bounce/rule.ts';
import { BOUNCE_RULES, RULE_LAYERS } from '../../src/domain/bounce/rules.ts';
import { BOUNCE_TYPES } from '../../src/domain/bounce/types.ts';
import { attemptOf } from './bounce-samples.ts';

const cut = (line: string): string => (line.length > 90 ? `${line.slice(0, 90)}…` : line);

describe('each sample is decided by its own rule', () => {
  for (const rule of BOUNCE_RULES) {
    test(rule.id, () => {
      for (const sample of rule.samples) {
        const { reply, phase } = attemptOf(sample);
        const matching = matchingRules(reply, phase).map(({ id }) => id);
        assert.equal(matching[0], rule.id, `${cut(sample[1])} is matched by ${matching.join(', ')}`);
      }
    });
  }
});

/** Ids of rules of the same layer that match the rule's samples as well. */
function overlaps(rule: BounceRule, layer: ReadonlySet<string>): Set<string> {
  const found = rule.samples.flatMap((sample) => {
    const { reply, phase } = attemptOf(sample);
    return matchingRules(reply, phase).map(({ id }) => id);
  });
  return new Set(found.filter((id) => id !== rule.id && layer.has(id)));
}

describe('a rule wins over another of its layer only where it says so', () => {
  // The layer of bare codes is ordered from the particular to the general by nature.
  for (const { name, rules } of RULE_LAYERS.filter((layer) => layer.name !== 'code')) {
    test(`layer ${name}`, () => {
      const ids = new Set(rules.map(({ id }) => id));
      for (const rule of rules) {
        assert.deepEqual(overlaps(rule, ids), new Set(rule.over ?? []), `overlaps of ${rule.id}`);
      }
    });
  }

  test('and those that it beats come later in the same layer', () => {
    for (const { rules } of RULE_LAYERS) {
      const ids = rules.map(({ id }) => id);
      for (const rule of rules) {
        for (const beaten of rule.over ?? []) {
          assert.ok(ids.indexOf(beaten) > ids.indexOf(rule.id), `${rule.id} over ${beaten}`);
        }
      }
    }
  });
});

describe('the table is well-formed', () => {
  test('ids are unique and written in kebab-case', () => {
    const ids = BOUNCE_RULES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+(?:-[a-z0-9]+)*$/);
  });

  test('every rule has a sample, and most samples come from a named system', () => {
    assert.deepEqual(
      BOUNCE_RULES.filter(({ samples }) => samples.length === 0).map(({ id }) => id),
      [],
    );
    const named = BOUNCE_RULES.flatMap(({ samples }) => samples).filter(([from]) => from !== 'generic');
    assert.ok(named.length >= 250, `${named.length} samples from named systems`);
    assert.ok(new Set(named.map(([from]) => from)).size >= 50);
  });

  test('no sample stands twice', () => {
    const lines = BOUNCE_RULES.flatMap(({ samples }) => samples.map(([, line, phase]) => `${phase ?? 'rcpt'} ${line}`));
    assert.deepEqual(
      lines.filter((line, index) => lines.indexOf(line) !== index),
      [],
    );
  });

  test('every type exists', () => {
    for (const { type } of BOUNCE_RULES) assert.ok(BOUNCE_TYPES.has(type));
  });

  test('a rule without any condition would take everything: there is none', () => {
    for (const { id, when } of BOUNCE_RULES) assert.ok(Object.keys(when).length > 0, id);
  });

  test('the last rules take every 5xx and every 4xx', () => {
    const last = BOUNCE_RULES.slice(-2).map(({ id, type, when }) => ({ id, type, when }));
    assert.deepEqual(last, [
      { id: 'unclassified', type: 'Unknown', when: { class: 5 } },
      { id: 'passing', type: 'SoftBounce', when: { class: 4 } },
    ]);
  });

  test('5xx refusals that are tried again are these, and no others', () => {
    const passing = BOUNCE_RULES.filter((rule) => rule.passing === true).map(({ id }) => id);
    assert.deepEqual(passing, [
      'google-recipient-rate',
      'qq-frequency',
      'qq-mailbox-flooded',
      'greylist',
      'too-many-recipients',
      'too-many',
      'busy',
      'try-later',
      'temporarily',
      'status-system-full',
      'code-session-refused',
    ]);
  });

  test('an address is given up only by these rules', () => {
    const hard = BOUNCE_RULES.filter(({ type }) => type === 'HardBounce').map(({ id }) => id);
    assert.deepEqual(hard, [
      'google-account-gone',
      'microsoft-unknown-recipient',
      'exchange-recipient-not-found',
      'ironport-address',
      'no-such-domain',
      'no-such-mailbox',
      'mailbox-gone',
      'mailbox-unavailable',
      'status-no-mailbox',
      'status-no-domain',
      'status-disabled',
      'code-no-mail',
    ]);
  });
});

const patterns = BOUNCE_RULES.flatMap(({ id, when }) =>
  [...(when.text ?? []), ...(when.words ?? []), ...(when.status === undefined ? [] : [when.status])].map((pattern) => ({
    id,
    pattern,
  })),
);

describe('patterns cannot be made slow', () => {
  test('no quantifier is unbounded, and none stands on a group that holds another', () => {
    for (const { id, pattern } of patterns) {
      const source = pattern.source.replace(/\\./g, 'E').replace(/\[[^\]]*\]/g, 'C');
      assert.doesNotMatch(source, /[*+]|\{\d+,\}/, `${id}: ${pattern.source}`);
      assert.doesNotMatch(source, /[{][^}]*\}[^()]*\)(?:\{|\*|\+)/, `${id}: ${pattern.source}`);
    }
  });

  test('no pattern keeps state between calls', () => {
    for (const { id, pattern } of patterns) assert.doesNotMatch(pattern.flags, /[gy]/, id);
  });

  test('long and hostile texts are decided quickly', () => {
    const pieces = [
      'a',
      ' ',
      '@',
      'user ',
      'address ',
      'mailbox is ',
      'exceeds the ',
      'sender is ',
      '[TS',
      'relay ',
      'IP=',
    ];
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(100_000 / piece.length));
      const started = performance.now();
      for (let round = 0; round < 5; round += 1) matchingRules({ code: 550, enhanced: undefined, text }, 'rcpt');
      const each = (performance.now() - started) / 5;
      assert.ok(each < 50, `${each.toFixed(1)} ms for «${piece}» repeated`);
    }
  });
});
