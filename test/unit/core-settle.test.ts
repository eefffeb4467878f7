// What each outcome leads to, and what an attempt makes of replies: events, retries, expiry, test addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliver, testOutcome, type DeliverDeps } from '../../src/core/deliver.ts';
import { settle } from '../../src/core/settle.ts';
import type { Message } from '../../src/domain/message.ts';
import type { Outcome, RemoteReply } from '../../src/domain/outcome.ts';
import { DEFAULT_RETRY } from '../../src/domain/retry.ts';
import type { Lease, Settlement } from '../../src/ports/lane-queue.ts';
import { content, coreWorld } from '../support/core-fixture.ts';

const NOW = 1_000_000_000;
const schedule = { ...DEFAULT_RETRY, jitter: 0 };
const common = { peer: undefined, phase: 'rcpt' } as const;
const reply = (code: number, text: string, enhanced?: string): RemoteReply => ({ code, enhanced, text });
const DELIVERED: Outcome = { ...common, kind: 'delivered', mode: 'remote', reply: reply(250, 'ok') };
const deferred = (text = 'later'): Outcome => ({ ...common, kind: 'deferred', reply: reply(451, text), detail: text });
const BOUNCED: Outcome = { ...common, kind: 'bounced', reply: reply(550, 'gone'), detail: 'gone', type: 'HardBounce' };
const UNKNOWN: Outcome = { ...common, phase: 'final', kind: 'unknown', detail: 'lost' };
const REFUSED: Outcome = { ...common, phase: 'route', kind: 'refused', detail: 'not allowed' };

async function composed(to = 'a@rcpt.test, b@rcpt.test, c@rcpt.test'): Promise<{ message: Message; raw: Uint8Array }> {
  const world = await coreWorld();
  await world.submit(content({ to }));
  return world.appended[0] ?? assert.fail('nothing was accepted');
}

async function settled(outcomes: readonly Outcome[], change: Partial<Lease> = {}): Promise<Settlement> {
  const { message, raw } = await composed();
  const recipients = outcomes.map((_, index) => index);
  const lease: Lease = {
    ...{ deliveryId: 7, message, raw, domain: 'rcpt.test', recipients, attempts: 0, firstDueAt: NOW },
    ...change,
  };
  return settle({ schedule, random: () => 0.5 }, { lease, outcomes, captured: undefined, now: NOW });
}

test('each outcome has its event, and only what may still succeed is tried again', async () => {
  const { events, requeue, deliveryId } = await settled([DELIVERED, deferred(), BOUNCED]);
  assert.equal(deliveryId, 7);
  assert.deepEqual(
    events.map((event) => [event.kind, 'address' in event && event.address, 'attempt' in event && event.attempt]),
    [
      ['delivered', 'a@rcpt.test', 1],
      ['deferred', 'b@rcpt.test', 1],
      ['bounced', 'c@rcpt.test', 1],
    ],
  );
  assert.deepEqual(requeue, { recipients: [1], dueAt: NOW + schedule.baseMs, attempts: 1 });
});

test('what was said goes into the event of the recipient that has it, whatever the outcome', async () => {
  const said = { transcript: '0 -- connecting' };
  for (const outcome of [DELIVERED, deferred(), BOUNCED, UNKNOWN]) {
    const { events } = await settled([{ ...outcome, ...said }, outcome]);
    assert.deepEqual(
      events.map((event) => 'transcript' in event && event.transcript),
      ['0 -- connecting', false],
    );
  }
});

test('without anything left the delivery is finished', async () => {
  assert.equal((await settled([DELIVERED, BOUNCED])).requeue, undefined);
});

test('a hard bounce deactivates; our own refusal does not', async () => {
  const { events } = await settled([BOUNCED, REFUSED]);
  assert.deepEqual(
    events.map((event) => event.kind === 'bounced' && [event.type, event.deactivates]),
    [
      ['HardBounce', true],
      ['DnsError', false],
    ],
  );
});

test('a lost reply is tried again after a longer wait, as a possible duplicate', async () => {
  const { events, requeue } = await settled([UNKNOWN]);
  assert.ok(events[0]?.kind === 'deferred');
  assert.equal(events[0].possibleDuplicate, true);
  assert.equal(requeue?.dueAt, NOW + schedule.afterUnknownMs);
  assert.equal(events[0].nextAt, requeue.dueAt);
});

test('a greylisting host that names its time is tried again after it, and no host can put mail off for days', async () => {
  const hinted = await settled([deferred('Greylisted for 300 seconds')]);
  assert.equal(hinted.requeue?.dueAt, NOW + 305_000);
  const absurd = await settled([deferred('come back in 9999 hours')]);
  assert.equal(absurd.requeue?.dueAt, NOW + schedule.maxMs);
});

test('what was tried to the end of its time bounces, and does not deactivate', async () => {
  const { events, requeue } = await settled([deferred('mailbox busy'), UNKNOWN], {
    attempts: 11,
    firstDueAt: NOW - schedule.lifetimeMs,
  });
  assert.equal(requeue, undefined);
  for (const event of events) {
    assert.ok(event.kind === 'bounced');
    assert.deepEqual([event.type, event.deactivates, event.attempt], ['SoftBounce', false, 12]);
    assert.match(event.detail, /given up after 12 attempts; the last: /);
  }
});

test('an outcome that is missing is a fault, not a silence', async () => {
  const { message, raw } = await composed();
  const lease: Lease = { deliveryId: 1, message, raw, domain: 'x', recipients: [0, 1], attempts: 0, firstDueAt: NOW };
  const given = { lease, outcomes: [DELIVERED], captured: undefined, now: NOW };
  assert.throws(() => settle({ schedule, random: () => 0 }, given), /no outcome for recipient 1/);
});

function deliverDeps(outcomes: readonly Outcome[], sent: unknown[] = []): DeliverDeps {
  return {
    egress: {
      send: (site, transaction) => {
        sent.push({ site, ...transaction });
        return Promise.resolve(outcomes);
      },
      close: () => Promise.resolve(),
    },
    captures: false,
    sign: () => Promise.resolve('DKIM-Signature: x\r\n'),
    returnPathKey: Buffer.alloc(32, 1),
    testDomains: ['mail.bulkhead.test'],
  };
}

const refusal = (phase: Outcome['phase'], code: number, enhanced: string, text: string): Outcome => ({
  ...{ kind: 'bounced', peer: undefined, phase, detail: text, type: 'Unknown' },
  reply: reply(code, text, enhanced),
});
const NOBODY = 'no such user here';
const ATTEMPTS: readonly [name: string, recipients: number[], outcome: Outcome, expected: string][] = [
  ['5.1.1 to RCPT', [0, 1], refusal('rcpt', 550, '5.1.1', NOBODY), 'bounced HardBounce'],
  ['5.1.1 after the data, one recipient', [0], refusal('final', 550, '5.1.1', NOBODY), 'bounced HardBounce'],
  ['5.1.1 after the data, several recipients', [0, 1], refusal('final', 550, '5.1.1', NOBODY), 'bounced Unknown'],
];
for (const [name, recipients, outcome, expected] of ATTEMPTS) {
  test(`${name}: ${expected}`, async () => {
    const site = { key: 's', hosts: [] };
    const job = { ...(await composed()), recipients, site };
    const { outcomes } = await deliver(deliverDeps(recipients.map(() => outcome)), job, new AbortController().signal);
    assert.equal(outcomes.length, recipients.length);
    for (const found of outcomes) assert.equal(`${found.kind} ${found.kind === 'bounced' ? found.type : ''}`, expected);
  });
}

test('a 5xx that passes keeps what was said as it becomes a deferral', async () => {
  const passing = refusal('rcpt', 550, '4.2.1', 'The user you are trying to contact is receiving mail too quickly');
  const { message, raw } = await composed('a@rcpt.test');
  const deps = deliverDeps([{ ...passing, transcript: '0 -- connecting' }]);
  const { outcomes } = await deliver(
    deps,
    { message, raw, recipients: [0], site: { key: 's', hosts: [] } },
    new AbortController().signal,
  );
  assert.deepEqual(
    outcomes.map(({ kind, transcript }) => [kind, transcript]),
    [['deferred', '0 -- connecting']],
  );
});

test('a copy for one recipient names him in X-PM-RCPT, a copy for several names none', async () => {
  const sent: { content: readonly Uint8Array[]; mailFrom: string }[] = [];
  const deps = deliverDeps([DELIVERED, DELIVERED], sent);
  const message = await composed();
  for (const recipients of [[1], [0, 1]])
    await deliver(deps, { ...message, recipients, site: { key: 's', hosts: [] } }, new AbortController().signal);
  const heads = sent.map(({ content: [prefix] }) => Buffer.from(prefix ?? []).toString());
  const rcpt = /^X-PM-RCPT: \|(.*)\|\r$/m.exec(heads[0] ?? '')?.[1] ?? '';
  assert.match(Buffer.from(rcpt, 'base64').toString(), /^m1\|\d+\|\d+\|b@rcpt\.test$/);
  assert.equal(heads[1], 'DKIM-Signature: x\r\n');
  assert.notEqual(sent[0]?.mailFrom, sent[1]?.mailFrom);
});

const TESTS: readonly [address: string, fake: string | undefined, mode: Message['testMode'], expected: string][] = [
  ['SoftBounce@bounce-testing.postmarkapp.com', undefined, 'none', 'bounced SoftBounce'],
  ['hard_bounce@bounce-testing.mail.bulkhead.test', undefined, 'none', 'bounced HardBounce'],
  ['x@bounce-testing.postmarkapp.com', 'Blocked', 'none', 'bounced Blocked'],
  ['x@bounce-testing.other.test', undefined, 'none', 'real'],
  ['x@blackhole.postmarkapp.com', undefined, 'none', 'delivered blackhole'],
  ['x@rcpt.test', 'Blocked', 'none', 'real'],
  ['x@rcpt.test', undefined, 'sandbox', 'delivered sandbox'],
  ['SoftBounce@bounce-testing.postmarkapp.com', undefined, 'sandbox', 'bounced SoftBounce'],
];
for (const [address, fakeBounce, testMode, expected] of TESTS) {
  test(`${address}${fakeBounce === undefined ? '' : `, fake ${fakeBounce}`}, ${testMode}: ${expected}`, async () => {
    const { message } = await composed(address);
    const found = testOutcome(deliverDeps([]), { ...message, fakeBounce, testMode }, 0);
    const said = found?.kind === 'bounced' ? found.type : found?.kind === 'delivered' ? found.mode : '';
    assert.equal(found === undefined ? 'real' : `${found.kind} ${said}`, expected);
  });
}
