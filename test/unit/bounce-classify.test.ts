// What a failed attempt becomes: the decisions that matter, and what holds for every reply.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  classifyExpired,
  classifyReply,
  classifyRoute,
  type FailedAttempt,
  type RouteTrouble,
} from '../../src/domain/bounce/classify.ts';
import { BOUNCE_RULES } from '../../src/domain/bounce/rules.ts';
import { bounceTypeInfo, type BounceType } from '../../src/domain/bounce/types.ts';
import type { Phase } from '../../src/domain/outcome.ts';
import { attemptOf, replyOf } from './bounce-samples.ts';

const PHASES: readonly Phase[] = [
  'route',
  'connect',
  'greeting',
  'ehlo',
  'tls',
  'mail',
  'rcpt',
  'data',
  'body',
  'final',
];
const attempt = (line: string, phase: Phase = 'rcpt'): FailedAttempt => ({ reply: replyOf(line), phase, detail: line });
const silence = (phase: Phase, detail: string): FailedAttempt => ({ reply: undefined, phase, detail });

function decide(failed: FailedAttempt): string {
  const { type, permanent } = classifyReply(failed);
  return `${type}, ${permanent ? 'permanent' : 'again'}`;
}

describe('a reply gets its type', () => {
  const cases: readonly (readonly [line: string, expected: string, phase?: Phase])[] = [
    ['550 5.1.1 <a@example.com>: Recipient address rejected: User unknown', 'HardBounce, permanent'],
    ['450 4.1.1 <a@example.com>: Recipient address rejected: User unknown', 'SoftBounce, again'],
    ['552 5.2.2 Mailbox full', 'SoftBounce, permanent'],
    ['452 4.2.2 Mailbox full', 'SoftBounce, again'],
    ['550 5.7.1 Service unavailable; blocked using bl.example.org', 'Blocked, permanent'],
    ['421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints', 'Blocked, again'],
    ['554 5.7.1 Spam message rejected', 'SpamNotification, permanent', 'final'],
    ['451 4.7.1 Message looks like spam, try later', 'SpamNotification, again', 'final'],
    ['552 5.7.1 virus found', 'VirusNotification, permanent', 'final'],
    ['550 5.7.26 rejected by the DMARC policy of example.org', 'DMARCPolicy, permanent', 'final'],
    ['451 4.4.3 DNS lookup failed', 'DnsError, again'],
    ['501 5.1.3 Bad recipient address syntax', 'BadEmailAddress, permanent'],
    ['550 Greylisted, come back in 5 minutes', 'SoftBounce, again'],
    ['554 too many connections', 'SoftBounce, again', 'greeting'],
    ['554 no service here', 'Blocked, again', 'greeting'],
    ['550 whatever', 'Unknown, permanent'],
    ['599 whatever', 'Unknown, permanent'],
    ['450 whatever', 'SoftBounce, again'],
  ];
  for (const [line, expected, phase] of cases) {
    test(line, () => assert.equal(decide(attempt(line, phase)), expected));
  }
});

describe('an address is not given up for what is not said of it', () => {
  const cases: readonly (readonly [line: string, phase?: Phase])[] = [
    ['550 5.1.1 User unknown', 'mail'],
    ['550 5.1.1 User unknown', 'greeting'],
    ['550 5.1.8 Sender address rejected: Domain does not exist'],
    ['550 IP address 192.0.2.1 not listed as a known sender'],
    ['550 Your account is not valid'],
    ['550 5.7.1 Your certificate is no longer valid'],
    ['550 example.com does not accept mail from 192.0.2.1'],
    ['550 <unknown.user@example.com>: rejected'],
    ['550 see https://example.com/user-unknown-no-such-mailbox'],
    ['550 5.2.1 Account temporarily disabled'],
    ['550 5.7.1 SPF check failed: invalid address'],
    ['550 Requested action not taken: mailbox unavailable', 'final'],
  ];
  for (const [line, phase] of cases) {
    test(`${line} (${phase ?? 'rcpt'})`, () => {
      const { type, rule } = classifyReply(attempt(line, phase));
      assert.ok(!bounceTypeInfo(type).deactivates, `${type} by ${rule}`);
    });
  }
});

test('an address that reads like a reason is no reason', () => {
  const line = '550 5.1.1 <virus.spam.dmarc.greylist@example.com>: Recipient address rejected: User unknown';
  assert.equal(classifyReply(attempt(line)).rule, 'no-such-mailbox');
});

test('an enhanced code inside the text counts, an IP address does not', () => {
  const at = (text: string): string => classifyReply(attempt(`550 ${text}`)).rule;
  assert.equal(at('sorry (#5.1.1)'), 'status-no-mailbox');
  assert.equal(at('550 5.1.1 hello'), 'status-no-mailbox');
  assert.equal(at('gateway says: 5.2.2'), 'status-mailbox');
  assert.equal(at('hello from 5.1.1.7'), 'unclassified');
  assert.equal(at('version 15.1.1'), 'unclassified');
});

test('the code of the reply decides, where the enhanced code contradicts it', () => {
  assert.equal(decide(attempt('450 5.1.1 User unknown')), 'SoftBounce, again');
  assert.equal(decide(attempt('550 4.2.2 Mailbox full')), 'SoftBounce, permanent');
});

test('a reply that has no business here is tried again', () => {
  for (const line of ['250 OK', '354 Go ahead', '600 ?']) {
    assert.deepEqual(classifyReply(attempt(line)), { type: 'SoftBounce', permanent: false, rule: 'unexpected-reply' });
  }
});

test('silence is tried again, and is a DNS error only where DNS was the trouble', () => {
  assert.equal(decide(silence('route', 'servfail for example.com')), 'DnsError, again');
  assert.equal(decide(silence('connect', 'DNS lookup of mx.example.com timed out')), 'DnsError, again');
  assert.equal(decide(silence('connect', 'timed out while connecting to mx.example.com')), 'SoftBounce, again');
  assert.equal(classifyReply(silence('final', 'connection lost')).rule, 'no-reply-final');
  const empty = { code: 0, enhanced: undefined, text: '' };
  assert.equal(classifyReply({ ...silence('ehlo', 'connection lost'), reply: empty }).rule, 'no-reply-ehlo');
});

describe('a route that cannot be taken', () => {
  const cases: Readonly<Record<RouteTrouble, string>> = {
    'no-such-domain': 'HardBounce, permanent',
    'null-mx': 'HardBounce, permanent',
    'no-mail-host': 'HardBounce, permanent',
    'mx-without-address': 'DnsError, again',
    'dns-failure': 'DnsError, again',
    'loops-back': 'DnsError, permanent',
    'address-not-allowed': 'DnsError, permanent',
    'bad-address': 'BadEmailAddress, permanent',
  };
  for (const [trouble, expected] of Object.entries(cases)) {
    test(trouble, () => {
      const { type, permanent, rule } = classifyRoute(trouble as RouteTrouble);
      assert.equal(`${type}, ${permanent ? 'permanent' : 'again'}`, expected);
      assert.equal(rule, `route-${trouble}`);
    });
  }
});

describe('used-up retries end as', () => {
  const cases: readonly (readonly [FailedAttempt, BounceType])[] = [
    [attempt('452 4.2.2 Mailbox full'), 'SoftBounce'],
    [attempt('450 4.2.0 Greylisted'), 'SoftBounce'],
    [attempt('450 4.1.1 User unknown'), 'SoftBounce'],
    [attempt('451 whatever'), 'SoftBounce'],
    [silence('connect', 'connection refused'), 'SoftBounce'],
    [silence('route', 'servfail'), 'DnsError'],
    [attempt('451 4.4.3 DNS lookup failed'), 'DnsError'],
    [attempt('421 4.7.0 [TSS04] Messages temporarily deferred', 'mail'), 'Blocked'],
    [attempt('554 no service here', 'greeting'), 'Blocked'],
    [attempt('450 DT:SPM', 'final'), 'SpamNotification'],
  ];
  for (const [last, expected] of cases) {
    test(`${expected} after ${last.detail}`, () => assert.equal(classifyExpired(last), expected));
  }
});

describe('for every reply', () => {
  const words = fc.constantFrom(
    ...BOUNCE_RULES.flatMap(({ samples }) => samples.map((sample) => attemptOf(sample).reply.text)),
  );
  const text = fc.oneof(
    fc.string({ maxLength: 300, unit: 'binary' }),
    words,
    fc.tuple(words, words).map((pair) => pair.join(' ')),
  );
  const enhanced = fc.option(fc.stringMatching(/^[245]\.[0-9]{1,2}\.[0-9]{1,3}$/), { nil: undefined });
  const reply = fc.record({ code: fc.integer({ min: 0, max: 999 }), enhanced, text });
  const any = fc.record({ reply, phase: fc.constantFrom(...PHASES), detail: fc.constant('') });

  test('there is an answer, and only 5xx is permanent', () => {
    fc.assert(
      fc.property(any, (failed) => {
        const { type, permanent, rule } = classifyReply(failed);
        const isFiveHundred = failed.reply.code >= 500 && failed.reply.code < 600;
        assert.ok(bounceTypeInfo(type));
        assert.ok(rule.length > 0);
        if (!isFiveHundred) assert.equal(permanent, false);
      }),
      { numRuns: 2000 },
    );
  });

  test('only a permanent refusal after RCPT gives an address up', () => {
    const early = new Set<Phase>(['route', 'connect', 'greeting', 'ehlo', 'tls', 'mail']);
    fc.assert(
      fc.property(any, (failed) => {
        const { type, permanent } = classifyReply(failed);
        if (!bounceTypeInfo(type).deactivates) return;
        assert.equal(permanent, true);
        assert.ok(!early.has(failed.phase), failed.phase);
      }),
      { numRuns: 2000 },
    );
  });

  test('expired deliveries never give an address up', () => {
    fc.assert(
      fc.property(any, (failed) => {
        const temporary = { ...failed, reply: { ...failed.reply, code: 400 + (failed.reply.code % 100) } };
        assert.equal(bounceTypeInfo(classifyExpired(temporary)).deactivates, false);
        assert.equal(bounceTypeInfo(classifyExpired(failed)).deactivates, false);
      }),
      { numRuns: 1000 },
    );
  });
});
