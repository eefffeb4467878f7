// What is said of each attempt: its ends, its reply, its meaning, its transcript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptsOf } from '../../src/core/why-attempts.ts';
import { clockTime, fromNow } from '../../src/core/why-words.ts';
import type { BouncedEvent, DeferredEvent, DeliveredEvent } from '../../src/domain/event.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import { bounced, deferred, delivered, message, NOW } from '../support/activity-fixture.ts';

type Attempted = DeliveredEvent | DeferredEvent | BouncedEvent;
const TWO = message({ to: ['bob@example.net', 'ann@example.net'] });

test('an attempt tells what it left through, whom it met, and what was said', () => {
  const via = { pool: 'transactional' as LaneId, address: '192.0.2.1', ehlo: 'out.test', ptr: 'out.test' };
  const event = delivered(TWO, 0, { via, attempt: 2, transcript: '0 -- connecting\n5 S: 220 mx' }) as Attempted;
  assert.deepEqual(attemptsOf([event], [event]), [
    {
      at: NOW + 1000,
      number: 2,
      outcome: 'delivered',
      via,
      peer: { host: 'mx.example.net', ip: '192.0.2.25', tls: true },
      reply: '250 2.0.0 Ok: queued as 4F2',
      words:
        'mx.example.net (192.0.2.25) took it over: 250 2.0.0 Ok: queued as 4F2. Where it is shown (inbox or spam) is decided there.',
      transcript: ['0 -- connecting', '5 S: 220 mx'],
    },
  ]);
});

test('recipients of one transaction share its transcript; those of another time or host do not', () => {
  const first = delivered(TWO, 0, { transcript: '0 -- one' }) as Attempted;
  const same = delivered(TWO, 1) as Attempted;
  const later = deferred(TWO, 1, { at: NOW + 9000 }) as Attempted;
  const elsewhere = delivered(TWO, 1, { peer: { host: 'mx2.example.net', ip: '192.0.2.26', tls: true } }) as Attempted;
  const transcripts = attemptsOf([same, later, elsewhere], [first, same, later, elsewhere]).map(
    (each) => each.transcript,
  );
  assert.deepEqual(transcripts, [['0 -- one'], [], []]);
});

const reply = (code: number, text: string, enhanced?: string) => ({ code, enhanced, text });
const MEANINGS: readonly [what: string, event: Partial<DeferredEvent>, words: RegExp][] = [
  ['greylisting', { reply: reply(451, 'Greylisted, try again', '4.7.1') }, /Greylisting: .*Nothing is to be done/],
  ['a limit', { reply: reply(421, 'Too many connections from your host', '4.7.0') }, /limits how much it takes/],
  ['a full mailbox', { reply: reply(452, 'mailbox full', '4.2.2') }, /^Detail\.$/],
  ['silence', { reply: undefined }, /^Detail\. That is trouble on the way to the host/],
  ['no host at all', { reply: undefined, peer: undefined }, /^Detail\.$/],
  ['a lost reply', { reply: undefined, possibleDuplicate: true }, /it may have arrived, and may arrive twice/],
];
for (const [what, over, words] of MEANINGS) {
  test(`a deferral by ${what} is told with what it means`, () => {
    const event = deferred(TWO, 0, { detail: 'detail', ...over }) as Attempted;
    assert.match(attemptsOf([event], [event])[0]?.words ?? '', words);
  });
}

test('what came back by mail is no attempt of ours', () => {
  const returned = { reportedBy: 'gw.example.net', feedback: undefined, raw: '' };
  const event = bounced(TWO, 0, {
    source: 'report',
    attempt: 0,
    reply: undefined,
    detail: 'full',
    returned,
  }) as Attempted;
  const [told] = attemptsOf([event], [event]);
  assert.deepEqual([told?.outcome, told?.number], ['reported', 0]);
  assert.match(told?.words ?? '', /^A report came back from gw\.example\.net: Full\. /);
});

const AWAY: readonly [ms: number, words: string][] = [
  [0, 'now'],
  [999, 'now'],
  [1000, 'in 1 second'],
  [90_000, 'in 90 seconds'],
  [120_000, 'in 2 minutes'],
  [3 * 3_600_000, 'in 3 hours'],
  [49 * 3_600_000, 'in 2 days'],
  [-5000, '5 seconds ago'],
];
for (const [ms, words] of AWAY) {
  test(`${ms} ms away is "${words}"`, () => assert.equal(fromNow(NOW + ms, NOW), words));
}

test('a time is told in UTC', () => assert.equal(clockTime(NOW), '2026-01-15 12:00:00 UTC'));
