// What strangers publish about TLS: whatever it is, it is read or refused, and never throws.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPolicy, namesHost, parseStsPolicy, readStsRecord } from '../../src/mail/tls/mta-sts.ts';
import { usableRecords } from '../../src/mail/tls/tlsa.ts';
import { fuzzRuns, joinedTokens } from '../support/fuzzing.ts';

const POLICY_TOKENS = [
  'version',
  'mode',
  'mx',
  'max_age',
  ':',
  ': ',
  '\r\n',
  '\n',
  'STSv1',
  'enforce',
  '604800',
  '*.',
  'a.test',
  ' ',
];

test('a policy is read or refused, and what is read is read again from what is written', () => {
  fc.assert(
    fc.property(joinedTokens(POLICY_TOKENS), (text) => {
      const parsed = parseStsPolicy(text);
      if ('problem' in parsed) return;
      assert.deepEqual(parseStsPolicy(formatPolicy(parsed.policy).join('\r\n')), parsed);
    }),
    fuzzRuns(2000),
  );
});

test('a well-formed policy is read whatever stands around it', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,10}$/);
  const host = fc.tuple(fc.constantFrom('', '*.'), label, label).map(([star, a, b]) => `${star}${a}.${b}`);
  const given = fc.record({
    mode: fc.constantFrom('enforce', 'testing'),
    mx: fc.array(host, { minLength: 1, maxLength: 5 }),
    age: fc.nat({ max: 31_557_600 }),
    end: fc.constantFrom('\n', '\r\n'),
  });
  fc.assert(
    fc.property(given, ({ mode, mx, age, end }) => {
      const lines = ['version: STSv1', `mode: ${mode}`, ...mx.map((name) => `mx: ${name}`), `max_age: ${age}`, 'x: y'];
      const parsed = parseStsPolicy(lines.join(end));
      assert.deepEqual(parsed, { policy: { mode, mx, maxAge: age } });
      for (const name of mx) assert.ok('policy' in parsed && namesHost(parsed.policy, name.replace('*.', 'mx1.')));
    }),
    fuzzRuns(500),
  );
});

test('a record has an id or it has none', () => {
  const tokens = ['v=STSv1', ';', '; ', 'id=', 'abc1', '=', 'x=y', ' '];
  fc.assert(
    fc.property(fc.array(joinedTokens(tokens, 8), { maxLength: 4 }), (records) => {
      assert.match(readStsRecord(records) ?? 'none', /^[A-Za-z0-9]{1,32}$/);
    }),
    fuzzRuns(2000),
  );
});

test('TLSA records of any content are usable or not', () => {
  const octet = fc.nat({ max: 5 });
  const record = fc.record({
    usage: octet,
    selector: octet,
    matchingType: octet,
    data: fc.uint8Array({ minLength: 0, maxLength: 70 }),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), (records) => {
      for (const usable of usableRecords(records)) assert.ok(usable.usage === 2 || usable.usage === 3);
    }),
    fuzzRuns(1000),
  );
});
