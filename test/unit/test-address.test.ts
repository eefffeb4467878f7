// Recipients that stand for an outcome (contract: sending 10).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testRecipient } from '../../src/domain/test-address.ts';
import { BOUNCE_TYPES } from '../../src/domain/bounce/types.ts';

const OWN = ['mail.example.org'];

describe('the local part names the bounce', () => {
  const cases: readonly (readonly [address: string, type: string])[] = [
    ['HardBounce@bounce-testing.postmarkapp.com', 'HardBounce'],
    ['hard_bounce@bounce-testing.postmarkapp.com', 'HardBounce'],
    ['softbounce@bounce-testing.postmarkapp.com', 'SoftBounce'],
    ['SOFT_BOUNCE@Bounce-Testing.PostmarkApp.com', 'SoftBounce'],
    ['dmarc_policy@bounce-testing.postmarkapp.com', 'DMARCPolicy'],
    ['smtp_api_error@bounce-testing.postmarkapp.com', 'SMTPApiError'],
    ['SpamComplaint@bounce-testing.postmarkapp.com', 'HardBounce'],
    ['spam_complaint@bounce-testing.postmarkapp.com', 'HardBounce'],
    ['anything@bounce-testing.postmarkapp.com', 'HardBounce'],
    ['blocked@bounce-testing.mail.example.org', 'Blocked'],
  ];
  for (const [address, type] of cases) {
    test(address, () => assert.deepEqual(testRecipient(address, undefined, OWN), { kind: 'bounce', type }));
  }

  test('every type can be faked except a complaint', () => {
    for (const type of BOUNCE_TYPES.keys()) {
      const expected = type === 'SpamComplaint' ? 'HardBounce' : type;
      const found = testRecipient(`${type}@bounce-testing.postmarkapp.com`, undefined);
      assert.deepEqual(found, { kind: 'bounce', type: expected });
    }
  });
});

describe('the header beats the local part', () => {
  const withHeader = (header: string | undefined, address = 'blocked@bounce-testing.postmarkapp.com') =>
    testRecipient(address, header);
  test('with a known name', () => {
    assert.deepEqual(withHeader('soft_bounce'), { kind: 'bounce', type: 'SoftBounce' });
    assert.deepEqual(withHeader(' Unsubscribe '), { kind: 'bounce', type: 'Unsubscribe' });
  });
  test('with an unknown name, and with a complaint, as a hard bounce', () => {
    assert.deepEqual(withHeader('nonsense'), { kind: 'bounce', type: 'HardBounce' });
    assert.deepEqual(withHeader('SpamComplaint'), { kind: 'bounce', type: 'HardBounce' });
  });
  test('but not when it is empty', () => {
    assert.deepEqual(withHeader(' '), { kind: 'bounce', type: 'Blocked' });
  });
  test('and has no power over other addresses', () => {
    assert.equal(withHeader('HardBounce', 'someone@example.com'), undefined);
    assert.deepEqual(withHeader('HardBounce', 'x@blackhole.postmarkapp.com'), { kind: 'blackhole' });
  });
});

test('everything at the black hole is dropped', () => {
  for (const address of [
    'a@blackhole.postmarkapp.com',
    'B@BLACKHOLE.postmarkapp.com',
    'c@blackhole.mail.example.org',
  ]) {
    assert.deepEqual(testRecipient(address, undefined, OWN), { kind: 'blackhole' }, address);
  }
});

test('other addresses are real', () => {
  const real = [
    'someone@example.com',
    'hardbounce@postmarkapp.com',
    'hardbounce@bounce-testing.example.com',
    'hardbounce@x.bounce-testing.postmarkapp.com',
    'hardbounce@bounce-testing.postmarkapp.com.example.com',
    'hardbounce@bounce-testing',
    'bounce-testing.postmarkapp.com@example.com',
    '"a@bounce-testing.postmarkapp.com"@example.com',
  ];
  for (const address of real) assert.equal(testRecipient(address, 'HardBounce', OWN), undefined, address);
});

test('own domains count only where they are given', () => {
  assert.equal(testRecipient('a@blackhole.mail.example.org', undefined), undefined);
});
