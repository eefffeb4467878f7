// MTA-STS as text: records, policies, patterns.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatPolicy, namesHost, parseStsPolicy, readStsRecord } from '../../src/mail/tls/mta-sts.ts';

describe('the TXT record', () => {
  const RECORDS: readonly [string, readonly string[], string | undefined][] = [
    ['the example of the RFC', ['v=STSv1; id=20160831085700Z;'], '20160831085700Z'],
    ['without the last semicolon', ['v=STSv1; id=1'], '1'],
    ['without blanks', ['v=STSv1;id=a1;'], 'a1'],
    ['with an extension', ['v=STSv1; id=1; foo=bar;'], '1'],
    ['beside records of others', ['v=spf1 -all', 'v=STSv1; id=1;', 'hello'], '1'],
    ['two records', ['v=STSv1; id=1;', 'v=STSv1; id=2;'], undefined],
    ['none', [], undefined],
    ['another version', ['v=STSv2; id=1;'], undefined],
    ['no id', ['v=STSv1;'], undefined],
    ['an empty id', ['v=STSv1; id=;'], undefined],
    ['an id of 33 characters', [`v=STSv1; id=${'1'.repeat(33)};`], undefined],
    ['an id with a dash', ['v=STSv1; id=2016-08-31;'], undefined],
    ['two ids', ['v=STSv1; id=1; id=2;'], undefined],
    ['id in capitals', ['v=STSv1; ID=1;'], undefined],
    ['an empty field', ['v=STSv1;; id=1;'], undefined],
    ['a blank before the version', [' v=STSv1; id=1;'], undefined],
  ];
  for (const [what, records, id] of RECORDS) {
    test(`${what}: ${id ?? 'no policy'}`, () => assert.equal(readStsRecord(records), id));
  }
});

const GOOD = 'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n';

describe('the policy', () => {
  test('the example of the RFC is read, and written again for reports', () => {
    const parsed = parseStsPolicy(GOOD);
    assert.ok('policy' in parsed);
    assert.deepEqual(parsed.policy, { mode: 'enforce', mx: ['mail.example.com', '*.example.net'], maxAge: 604_800 });
    assert.equal(`${formatPolicy(parsed.policy).join('\r\n')}\r\n`, GOOD);
  });

  const READ: readonly [string, string, string][] = [
    ['lines end with LF alone', GOOD.replaceAll('\r', ''), 'enforce'],
    ['no end of the last line', GOOD.trimEnd(), 'enforce'],
    ['no blank after the colon', GOOD.replaceAll(': ', ':'), 'enforce'],
    ['blanks at the end', GOOD.replaceAll('\r\n', ' \t\r\n'), 'enforce'],
    ['another order', 'max_age: 1\nmx: a.test\nmode: testing\nversion: STSv1', 'testing'],
    ['an unknown field', `${GOOD}x-later: something; else\r\n`, 'enforce'],
    ['the first of two modes counts', `${GOOD}mode: none\r\n`, 'enforce'],
    ['mode none needs no mx', 'version: STSv1\nmode: none\nmax_age: 1', 'none'],
    ['names in capitals', GOOD.replace('mail.example', 'MAIL.Example'), 'enforce'],
  ];
  for (const [what, text, mode] of READ) {
    test(`it is read: ${what}`, () => {
      const parsed = parseStsPolicy(text);
      assert.equal('policy' in parsed ? parsed.policy.mode : parsed.problem, mode);
    });
  }

  test('an age beyond a year is cut to it', () => {
    const parsed = parseStsPolicy(GOOD.replace('604800', '9999999999'));
    assert.equal('policy' in parsed ? parsed.policy.maxAge : undefined, 31_557_600);
  });

  const REFUSED: readonly [string, string, RegExp][] = [
    ['nothing', '', /version/],
    ['a page in HTML', '<!doctype html><html></html>', /no field/],
    ['no version', GOOD.replace('version: STSv1\r\n', ''), /version/],
    ['another version', GOOD.replace('STSv1', 'STSv2'), /version/],
    ['an unknown mode', GOOD.replace('enforce', 'Enforce'), /mode/],
    ['no mode', GOOD.replace('mode: enforce\r\n', ''), /mode/],
    ['no age', GOOD.replace(/max_age.*/, ''), /max_age/],
    ['an age that is no number', GOOD.replace('604800', '-1'), /max_age/],
    ['an age of eleven digits', GOOD.replace('604800', '1'.repeat(11)), /max_age/],
    ['no mx', GOOD.replaceAll(/mx: .*\r\n/g, ''), /no mx/],
    ['an mx with a wildcard inside', GOOD.replace('*.example', 'a.*.example'), /no name of a host/],
    ['an mx that is an address in brackets', GOOD.replace('*.example.net', '[192.0.2.1]'), /no name/],
    ['an mx that is a list', GOOD.replace('*.example.net', 'a.test, b.test'), /no name/],
    ['a bare star', GOOD.replace('*.example.net', '*'), /no name/],
    ['a field without a value', `${GOOD}mx:\r\n`, /no field/],
    ['too many mx', `${GOOD}${'mx: a.test\r\n'.repeat(200)}`, /more than 200/],
  ];
  for (const [what, text, problem] of REFUSED) {
    test(`it is no policy: ${what}`, () => {
      const parsed = parseStsPolicy(text);
      assert.match('problem' in parsed ? parsed.problem : 'read', problem);
    });
  }
});

describe('which hosts a policy names', () => {
  const policy = { mode: 'enforce', mx: ['mail.example.com', '*.example.net'], maxAge: 1 } as const;
  const HOSTS: readonly [string, boolean][] = [
    ['mail.example.com', true],
    ['MAIL.example.COM', true],
    ['mx1.example.net', true],
    ['example.net', false],
    ['a.mx1.example.net', false],
    ['mail2.example.com', false],
    ['xexample.net', false],
    ['net', false],
    ['', false],
  ];
  for (const [host, named] of HOSTS) {
    test(`${host || 'nothing'}: ${named ? 'named' : 'not named'}`, () => assert.equal(namesHost(policy, host), named));
  }
});
