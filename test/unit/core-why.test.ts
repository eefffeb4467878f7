// What is said of a message for each state that it can be in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, type Explanation, type WhyFacts } from '../../src/core/why.ts';
import type { Hold } from '../../src/domain/hold.ts';
import type { LaneId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { Trace } from '../../src/ports/activity.ts';
import type { HeldDelivery, SiteHold } from '../../src/ports/lane-questions.ts';
import { bounced, deferred, delivered, message, NOW, refused } from '../support/activity-fixture.ts';

const MINUTE = 60_000;
const BOB = message({ to: ['bob@example.net'] });
const TWO = message({ to: ['bob@example.net', 'ann@example.net'] });

function facts(over: Partial<Omit<WhyFacts, 'trace'>> & { trace?: Partial<Trace>; of?: typeof BOB } = {}): WhyFacts {
  const { trace, of = BOB, ...others } = over;
  return {
    id: of.id,
    trace: {
      serverId: of.serverId,
      streamId: of.streamId,
      receivedAt: NOW,
      from: of.summary.from,
      subject: 'Hello',
      recipients: of.recipients.map(({ address }) => address),
      lane: of.lane,
      events: [],
      missing: 0,
      ...trace,
    },
    pending: [],
    hold: undefined,
    suppressed: new Set(),
    now: NOW + MINUTE,
    retentionMs: 45 * 86_400_000,
    ...others,
  };
}

function pending(over: Partial<HeldDelivery> = {}): readonly HeldDelivery[] {
  const base = { deliveryId: 1, domain: 'example.net', recipients: [0], dueAt: NOW, attempts: 0, firstDueAt: NOW };
  return [{ ...base, leased: false, ...over }];
}

const site = (kind: string, reason: string, until?: number): { hold: SiteHold } => ({ hold: { kind, reason, until } });
const HOLD: Hold = {
  serverId: 1 as ServerId,
  streamId: 'outbound' as StreamId,
  by: 'guard',
  reason: 'hard bounces at 12 % of 400 messages in an hour',
  at: NOW - 30 * MINUTE,
};
const LATER = deferred(BOB, 0, {
  nextAt: NOW + 5 * MINUTE,
  detail: 'mx.example.net answered 450 4.2.0 greylisted to RCPT TO',
});
const AGAIN = pending({ attempts: 1, dueAt: NOW + 5 * MINUTE });
const MODE = (mode: 'capture' | 'sandbox' | 'blackhole') => [delivered(BOB, 0, { mode, peer: undefined })];
const REPORT = { source: 'report', attempt: 0, peer: undefined, reply: undefined, deactivates: false } as const;

const STATES: readonly [what: string, given: WhyFacts, state: string, words: RegExp, next?: number][] = [
  [
    'taken by a host',
    facts({ trace: { events: [delivered(BOB)] } }),
    'delivered',
    /^mx\.example\.net \(192\.0\.2\.25\) took it over: 250 2\.0\.0 Ok: queued as 4F2\./,
  ],
  ['captured', facts({ trace: { events: MODE('capture') } }), 'delivered', /built-in inbox has it/],
  ['sandboxed', facts({ trace: { events: MODE('sandbox') } }), 'delivered', /sandbox.*nothing was sent/],
  ['dropped by the black hole', facts({ trace: { events: MODE('blackhole') } }), 'delivered', /black-hole/],
  [
    'greylisted',
    facts({ trace: { events: [LATER] }, pending: AGAIN }),
    'waiting',
    /^Attempt 1 did not succeed: .*450 4\.2\.0 greylisted.*Greylisting: .* It is tried again at 2026-01-15 12:05:00 UTC \(in 4 minutes\)\.$/,
    NOW + 5 * MINUTE,
  ],
  [
    'tried a moment ago',
    facts({ trace: { events: [LATER] }, pending: pending({ attempts: 2, dueAt: NOW + 5 * MINUTE }) }),
    'waiting',
    /^Attempt 2 did not succeed: what was said is not filed yet, or no longer kept\. It is tried again/,
    NOW + 5 * MINUTE,
  ],
  ['not tried yet', facts({ pending: pending() }), 'waiting', /^It is due, and is tried as soon as its turn comes\.$/],
  [
    'put off untried',
    facts({
      pending: pending({
        dueAt: NOW + 3 * MINUTE,
        ...site('slow', 'mx.example.net is sent to more slowly (1 at a time)'),
      }),
    }),
    'waiting',
    /^mx\.example\.net is sent to more slowly \(1 at a time\)\. It is tried at 2026-01-15 12:03:00 UTC/,
    NOW + 3 * MINUTE,
  ],
  [
    'behind others',
    facts({ pending: pending({ leased: true, ...site('turn', 'waits for its turn at mx.example.net') }) }),
    'waiting',
    /^It waits for its turn at mx\.example\.net\. It is due/,
  ],
  ['being tried', facts({ pending: pending({ leased: true }) }), 'in flight', /being tried now, or comes next/],
  [
    'at a dead host',
    facts({
      pending: pending({
        leased: true,
        ...site('unreachable', 'mx.example.net cannot be reached: refused', NOW + 10 * MINUTE),
      }),
    }),
    'waiting',
    /cannot be reached: refused\. It is tried at 2026-01-15 12:10:00 UTC \(in 9 minutes\)\./,
    NOW + 10 * MINUTE,
  ],
  [
    'of a paused stream',
    facts({ hold: HOLD, pending: pending() }),
    'held',
    /^The stream 'outbound' was paused by a guard 31 minutes ago: hard bounces at 12 % .*'bulkhead stream resume 1 outbound' sends it\.$/,
  ],
  [
    'of a stream paused while it is tried',
    facts({ hold: HOLD, pending: pending({ leased: true }) }),
    'in flight',
    /being tried/,
  ],
  [
    'in a lane without an address',
    facts({ pending: pending(site('paused', "the pool 'transactional' has no address")) }),
    'held',
    /^Its lane sends nothing: the pool 'transactional' has no address\.$/,
  ],
  [
    'refused for good',
    facts({ trace: { events: [bounced(BOB)] }, suppressed: new Set(['bob@example.net']) }),
    'bounced',
    /^The mailbox does not exist\. Hard bounce: .* is suppressed on the stream 'outbound'.*activate/,
  ],
  [
    'refused, and activated again',
    facts({ trace: { events: [bounced(BOB)] } }),
    'bounced',
    /has been activated again since/,
  ],
  [
    'refused by policy',
    facts({ trace: { events: [bounced(BOB, 0, { type: 'Blocked', deactivates: false })] } }),
    'bounced',
    /ISP block: .*$/,
  ],
  [
    'reported as undeliverable afterwards',
    facts({ trace: { events: [delivered(BOB), bounced(BOB, 0, { ...REPORT, detail: 'no such user' })] } }),
    'bounced',
    /^A report came back: No such user\. Hard bounce/,
  ],
  [
    'answered by a machine',
    facts({
      trace: { events: [delivered(BOB), bounced(BOB, 0, { ...REPORT, type: 'AutoResponder', detail: 'away' })] },
    }),
    'delivered',
    /took it over.*A report came back: Away\. Auto responder/,
  ],
  [
    'refused at the SMTP door',
    facts({ trace: { lane: undefined, events: [refused(BOB, { recipients: ['bob@example.net'] })] } }),
    'refused',
    /^It was refused when it was submitted over SMTP, with ErrorCode 400: The 'From' address/,
  ],
  ['finished a moment ago', facts(), 'unknown', /still being filed: ask again/],
  [
    'older than what is kept',
    facts({ now: NOW + 46 * 86_400_000 }),
    'unknown',
    /older than what this installation keeps/,
  ],
  [
    'in a lane that is down',
    facts({ pending: undefined }),
    'unknown',
    /lane does not answer right now.*Nothing is lost/,
  ],
  [
    'put off, in a lane that is down',
    facts({ trace: { events: [LATER] }, pending: undefined }),
    'waiting',
    /lane does not answer.*put off until 2026-01-15 12:05:00 UTC/,
    NOW + 5 * MINUTE,
  ],
];
for (const [what, given, state, words, next] of STATES) {
  test(`a message ${what} is ${state}, and says why`, () => {
    const { recipients, ...told } = explain(given);
    assert.equal(recipients.length, 1);
    assert.deepEqual([told.state, recipients[0]?.state], [state, state]);
    assert.match(told.summary, words);
    assert.equal(told.summary, recipients[0]?.words);
    assert.equal(recipients[0]?.nextAttemptAt, next);
  });
}

function states(told: Explanation): string[] {
  return told.recipients.map(({ address, state }) => `${address} ${state}`);
}

const SEVERAL: readonly [what: string, given: WhyFacts, state: string, summary: RegExp][] = [
  [
    'one delivered, one waiting',
    facts({ of: TWO, trace: { events: [delivered(TWO, 0)] }, pending: pending({ recipients: [1] }) }),
    'partly delivered',
    /^Of 2 recipients: 1 waiting, 1 delivered\. ann@example\.net: It is due/,
  ],
  [
    'one delivered, one bounced',
    facts({ of: TWO, trace: { events: [delivered(TWO, 0), bounced(TWO, 1)] } }),
    'partly delivered',
    /^Of 2 recipients: 1 bounced, 1 delivered\. ann@example\.net: /,
  ],
  [
    'both delivered',
    facts({ of: TWO, trace: { events: [delivered(TWO, 0), delivered(TWO, 1)] } }),
    'delivered',
    /^Of 2 recipients: 2 delivered\.$/,
  ],
  [
    'one bounced, one waiting',
    facts({ of: TWO, trace: { events: [bounced(TWO, 0)] }, pending: pending({ recipients: [1] }) }),
    'waiting',
    /^Of 2 recipients: 1 waiting, 1 bounced\. ann@example\.net: It is due/,
  ],
  [
    'one held',
    facts({ of: TWO, hold: HOLD, pending: pending({ recipients: [0, 1] }) }),
    'held',
    /2 held\. bob@example\.net: The stream/,
  ],
];
for (const [what, given, state, summary] of SEVERAL) {
  test(`of several recipients ${what}: ${state}`, () => {
    const told = explain(given);
    assert.equal(told.state, state);
    assert.match(told.summary, summary);
  });
}

test('recipients that were left out at acceptance are told beside those that got the message', () => {
  const left = refused(BOB, {
    messageKept: true,
    recipients: ['eve@example.net'],
    errorCode: 406,
    errorText: 'inactive',
  });
  const told = explain(facts({ trace: { events: [left, delivered(BOB)] } }));
  assert.deepEqual(states(told), ['bob@example.net delivered', 'eve@example.net refused']);
  assert.equal(told.state, 'partly delivered');
});

test('several holds are told together, the strongest first', () => {
  const held = pending({
    attempts: 1,
    dueAt: NOW + 5 * MINUTE,
    ...site('backing-off', 'mx asked us to wait', NOW + 9 * MINUTE),
  });
  const told = explain(facts({ hold: HOLD, trace: { events: [LATER] }, pending: held }));
  assert.deepEqual(
    told.recipients[0]?.holds.map(({ kind, until }) => [kind, until]),
    [
      ['stream', undefined],
      ['site', NOW + 9 * MINUTE],
      ['retry', NOW + 5 * MINUTE],
    ],
  );
});

test('what is missing is said', () => {
  assert.deepEqual(explain(facts({ trace: { missing: 3, events: [delivered(BOB)] } })).notes, [
    '3 earlier events of this message are not shown or no longer kept.',
  ]);
  assert.deepEqual(explain(facts({ pending: undefined, trace: { lane: 'news' as LaneId } })).notes, [
    "The lane 'news' does not answer right now.",
  ]);
});
