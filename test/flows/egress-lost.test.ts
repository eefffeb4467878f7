// The remote server hangs up, breaks, falls silent or talks nonsense at each step: what each recipient's outcome is then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientDeadlines, ClientPhase } from '../../src/mail/smtp/client-phases.ts';
import { detailOf, impatientIn, summary, wayTo } from '../support/egress-fixture.ts';
import { EXTENSIONS, type Script, type Step } from '../support/scripted-mx.ts';

const ALL = EXTENSIONS.filter((extension) => extension !== 'STARTTLS');
const LOCK_STEP = ALL.filter((extension) => extension !== 'PIPELINING');

/** Where a deed can be done, and the phase and words in which the loss shows. */
const PLACES: readonly [keyof Script, ClientPhase, string][] = [
  ['greeting', 'greeting', 'the greeting'],
  ['ehlo', 'ehlo', 'the reply to EHLO'],
  ['mail', 'mail', 'the reply to MAIL FROM'],
  ['rcpt', 'rcpt', 'the reply to RCPT TO'],
  ['data', 'data', 'the reply to DATA'],
  ['final', 'final', 'the reply to the message'],
];

const DEEDS: readonly [string, Step, RegExp][] = [
  ['closes the connection', { then: 'end' }, /closed the connection before/],
  // A moment later, or the system may not even tell that there was a connection.
  ['breaks the connection', { delayMs: 20, then: 'reset' }, /broke before .*ECONNRESET/],
  ['says nothing', {}, /timed out while waiting for/],
  ['sends garbage', 'HTTP/1.1 400 Bad Request', /does not speak SMTP.*HTTP/],
];

for (const [place, phase, words] of PLACES) {
  for (const [what, step, detail] of DEEDS) {
    test(`${what} instead of ${words}`, async (t) => {
      const deadlines: ClientDeadlines = impatientIn(phase);
      const { mx, send } = await wayTo(t, { extensions: ALL, [place]: () => step }, { deadlines });
      const outcomes = await send({ recipients: ['a@mx.test', 'b@mx.test'] });
      const kind = phase === 'final' ? 'unknown' : 'deferred';
      assert.deepEqual(outcomes.map(summary), [`${kind} ${phase}`, `${kind} ${phase}`]);
      assert.match(detailOf(outcomes[0]), detail);
      assert.ok(detailOf(outcomes[0]).includes(words), detailOf(outcomes[0]));
      assert.deepEqual(outcomes[0]?.peer, { host: 'mx.test', ip: '127.0.0.1', tls: false });
      assert.equal(mx.messages.length, phase === 'final' && typeof step === 'object' ? 1 : 0);
    });
  }
}

test('in lock step, a loss after one refusal leaves that refusal as it was', async (t) => {
  const rcpt: Script['rcpt'] = (address) => (address.startsWith('no') ? '550 5.1.1 no' : { then: 'end' });
  const { send } = await wayTo(t, { extensions: LOCK_STEP, rcpt });
  const outcomes = await send({ recipients: ['no@mx.test', 'a@mx.test', 'b@mx.test'] });
  assert.deepEqual(outcomes.map(summary), ['bounced rcpt 550', 'deferred rcpt', 'deferred rcpt']);
});

test('a lost reply to the message leaves refused recipients as they were', async (t) => {
  const rcpt: Script['rcpt'] = (address) => (address.startsWith('no') ? '450 4.2.2 full' : undefined);
  const { send } = await wayTo(t, { extensions: ALL, rcpt, final: () => ({ then: 'end' }) });
  const outcomes = await send({ recipients: ['no@mx.test', 'a@mx.test'] });
  assert.deepEqual(outcomes.map(summary), ['deferred rcpt 450', 'unknown final']);
});

/** Larger than what the system buffers, so that it cannot be sent before the deed. */
const LARGE = { content: [Buffer.from('Subject: large\r\n\r\n'), Buffer.alloc(30_000_000, `${'x'.repeat(70)}\r\n`)] };
const NO_SIZE = ['PIPELINING'];

const BODY: readonly [string, Step, string, RegExp][] = [
  ['closes the connection', { then: 'end' }, 'deferred body', /closed the connection|broke before the end/],
  ['breaks the connection', { then: 'reset' }, 'deferred body', /broke before the end of the message/],
  ['defers and closes', { reply: '421 4.3.0 going down', then: 'end' }, 'deferred body 421', /answered 421/],
  ['refuses and closes', { reply: '552 5.3.4 too much', then: 'end' }, 'bounced body 552', /answered 552/],
  ['refuses and goes on reading', '552 5.3.4 too much', 'bounced body 552', /answered 552/],
  ['says yes before the end', '250 2.0.0 ok', 'deferred body', /unexpected 250/],
];
for (const [what, step, outcome, detail] of BODY) {
  test(`in the middle of a message it ${what}`, async (t) => {
    let done = false;
    const body: Script['body'] = (bytes) => {
      if (done || bytes < 100_000) return undefined;
      done = true;
      return step;
    };
    const { send } = await wayTo(t, { extensions: NO_SIZE, body });
    const outcomes = await send(LARGE);
    assert.deepEqual(outcomes.map(summary), [outcome]);
    assert.match(detailOf(outcomes[0]), detail);
  });
}

test('a server that stops reading is given up after the deadline of a chunk', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: NO_SIZE }, { deadlines: impatientIn('body') });
  mx.pauseAfter(100_000);
  const outcomes = await send(LARGE);
  assert.deepEqual(outcomes.map(summary), ['deferred body']);
  assert.match(detailOf(outcomes[0]), /timed out while waiting for the end of the message/);
});

test('nonsense in answer to DATA or the message is a loss there', async (t) => {
  const data = await wayTo(t, { extensions: ALL, data: () => '250 2.0.0 fine' });
  assert.deepEqual((await data.send()).map(summary), ['deferred data']);
  const final = await wayTo(t, { extensions: ALL, final: () => '354 more' });
  assert.deepEqual((await final.send()).map(summary), ['unknown final']);
});

test('slow replies within the deadline are waited for', async (t) => {
  const slow = (): Step => ({ delayMs: 60, reply: '250 2.0.0 at last' });
  const { mx, send } = await wayTo(t, { extensions: ALL, mail: slow, rcpt: slow, final: slow });
  assert.deepEqual((await send()).map(summary), ['delivered final 250']);
  assert.equal(mx.messages.length, 1);
});

const PLACES_TO_STOP: readonly [keyof Script, string][] = [
  ['greeting', 'deferred greeting'],
  ['mail', 'deferred mail'],
  ['final', 'unknown final'],
];
for (const [place, outcome] of PLACES_TO_STOP) {
  test(`called off while waiting at ${place}`, async (t) => {
    const stop = new AbortController();
    const act = (): Step => {
      setImmediate(() => stop.abort());
      return {};
    };
    const { send } = await wayTo(t, { extensions: ALL, [place]: act });
    const outcomes = await send({}, stop.signal);
    assert.deepEqual(outcomes.map(summary), [outcome]);
    assert.match(detailOf(outcomes[0]), /stopped while waiting .*: it was called off/);
  });
}

test('a send that was called off before it began does not connect', async (t) => {
  const { mx, send } = await wayTo(t, {});
  assert.deepEqual((await send({}, AbortSignal.abort())).map(summary), ['deferred connect']);
  assert.equal(mx.connections, 0);
});

test('the time of a send is bounded in all, whatever the steps may take', async (t) => {
  const { send } = await wayTo(t, { mail: () => ({}) }, { limits: { totalMs: 150 } });
  const outcomes = await send();
  assert.deepEqual(outcomes.map(summary), ['deferred mail']);
  assert.match(detailOf(outcomes[0]), /it took more than 0\.15 s/);
});
