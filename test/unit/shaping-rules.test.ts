// The table of shaping rules: every sample is a test, every overlap is named, every pattern is safe.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchingShapingRules, shapingRule, SHAPING_LAYERS, SHAPING_RULES } from '../../src/domain/shaping/rules.ts';
import type { ShapingRule } from '../../src/domain/shaping/rule.ts';
import { BOUNCE_RULES } from '../../src/domain/bounce/rules.ts';
import { attemptOf } from './bounce-samples.ts';

describe('each sample is decided by its own rule', () => {
  for (const rule of SHAPING_RULES) {
    test(rule.id, () => {
      for (const sample of rule.samples) {
        const { reply, phase } = attemptOf(sample);
        const ids = matchingShapingRules(reply, phase).map(({ id }) => id);
        assert.equal(ids[0], rule.id, `${sample[1].slice(0, 90)} is matched by ${ids.join(', ')}`);
        assert.equal(shapingRule(reply, phase)?.id, rule.id);
      }
    });
  }
});

function overlaps(rule: ShapingRule, layer: ReadonlySet<string>): Set<string> {
  const found = rule.samples.flatMap((sample) => {
    const { reply, phase } = attemptOf(sample);
    return matchingShapingRules(reply, phase).map(({ id }) => id);
  });
  return new Set(found.filter((id) => id !== rule.id && layer.has(id)));
}

describe('a rule wins over another of its layer only where it says so', () => {
  for (const { name, rules } of SHAPING_LAYERS) {
    test(`layer ${name}`, () => {
      const ids = rules.map(({ id }) => id);
      for (const rule of rules) {
        const own = new Set(ids);
        assert.deepEqual(overlaps(rule, own), new Set(rule.over ?? []), `overlaps of ${rule.id}`);
        for (const beaten of rule.over ?? []) assert.ok(ids.indexOf(beaten) > ids.indexOf(rule.id), rule.id);
      }
    });
  }
});

describe('the table is well-formed', () => {
  test('ids are unique, in kebab-case, each with a sample and a condition', () => {
    const ids = SHAPING_RULES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, samples, when } of SHAPING_RULES) {
      assert.match(id, /^[a-z]+(?:-[a-z0-9]+)*$/);
      assert.ok(samples.length > 0 && Object.keys(when).length > 0, id);
    }
  });

  test('no sample stands twice', () => {
    const lines = SHAPING_RULES.flatMap(({ samples }) =>
      samples.map(([, line, phase]) => `${phase ?? 'rcpt'} ${line}`),
    );
    assert.equal(new Set(lines).size, lines.length);
  });

  test('no quantifier is unbounded, and none stands on a group that holds another', () => {
    for (const { id, when } of SHAPING_RULES) {
      for (const pattern of [...(when.text ?? []), ...(when.words ?? []), ...(when.status ? [when.status] : [])]) {
        const source = pattern.source.replace(/\\./g, 'E').replace(/\[[^\]]*\]/g, 'C');
        assert.doesNotMatch(source, /[*+]|\{\d+,\}/, `${id}: ${pattern.source}`);
        assert.doesNotMatch(source, /[{][^}]*\}[^()]*\)(?:\{|\*|\+)/, id);
        assert.doesNotMatch(pattern.flags, /[gy]/, id);
      }
    }
  });
});

describe('what is said of a mailbox or a message does not slow the site down', () => {
  const fine: readonly (readonly [line: string, phase?: 'mail' | 'final'])[] = [
    ['550 5.1.1 <someone@example.com>: User unknown'],
    ['550 <rate-limit@throttled.example>: no such user'],
    ['452 4.2.2 The email account that you tried to reach is over quota'],
    ['450 4.1.1 User unknown'],
    ['450 4.7.1 <mail.example.org>: Helo command rejected: Host not found'],
    ['554 5.7.1 Spam message rejected', 'final'],
    ['550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL', 'final'],
    ['451 Temporary local problem - please try later'],
    ['552 5.3.4 Message size exceeds fixed limit', 'mail'],
    ['451 4.1.8 Domain of address news@example.org does not resolve', 'mail'],
  ];
  for (const [line, phase] of fine) {
    test(line, () => {
      const { reply, phase: at } = attemptOf(phase === undefined ? ['x', line] : ['x', line, phase]);
      const rule = shapingRule(reply, at);
      assert.ok(rule === undefined || rule.verdict === 'message', rule?.id);
    });
  }

  test('no refusal that gives an address up is taken for trouble of the site', () => {
    for (const { type, samples } of BOUNCE_RULES) {
      if (type !== 'HardBounce' && type !== 'BadEmailAddress') continue;
      for (const sample of samples) {
        const { reply, phase } = attemptOf(sample);
        const rule = shapingRule(reply, phase);
        assert.ok(rule === undefined || rule.verdict === 'message', `${sample[1].slice(0, 90)}: ${rule?.id}`);
      }
    }
  });
});
