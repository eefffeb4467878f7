// What an attempt tells of its sessions: written down once for all its recipients, whatever became of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXTENSIONS, startScriptedMx } from '../support/scripted-mx.ts';
import { FOREVER, impatientIn, siteOf, transaction, until, wayTo } from '../support/egress-fixture.ts';
import type { Outcome } from '../../src/domain/outcome.ts';

const NO_TLS = EXTENSIONS.filter((keyword) => keyword !== 'STARTTLS');

/** The lines of the first outcome, without their times. */
function told(outcomes: readonly Outcome[]): readonly string[] {
  return (outcomes[0]?.transcript ?? '').split('\n').map((line) => line.replace(/^\d+ /, ''));
}

test('the first transaction tells the whole session, the next one its own lines', async (t) => {
  const { send, mx } = await wayTo(t, { extensions: NO_TLS });
  assert.deepEqual(told(await send()), [
    `-- connecting to mx.test (127.0.0.1), port ${mx.port}`,
    'S: 220 mx.test ESMTP',
    'C: EHLO out.test',
    'S: 250-mx.test',
    'S: 250-PIPELINING',
    'S: 250-SIZE 10485760',
    'S: 250-8BITMIME',
    'S: 250-SMTPUTF8',
    'S: 250 ENHANCEDSTATUSCODES',
    'C: MAIL FROM:<bounce@out.test> SIZE=32',
    'C: RCPT TO:<ann@mx.test>',
    'C: DATA',
    'S: 250 2.1.0 ok',
    'S: 250 2.1.5 ok',
    'S: 354 go on',
    'C: (32 bytes of content)',
    'S: 250 2.0.0 taken',
  ]);
  const [title, ...lines] = told(await send());
  assert.match(title ?? '', /^-- transaction 2 of a session with mx\.test \(127\.0\.0\.1\), opened at 20\d\d-/);
  assert.equal(lines[0], 'C: MAIL FROM:<bounce@out.test> SIZE=32');
  assert.equal(lines.length, 8);
});

test('content in one flight is told by its size', async (t) => {
  const { send } = await wayTo(t, { extensions: [...NO_TLS, 'CHUNKING'] });
  const lines = told(await send());
  assert.ok(lines.includes('C: BDAT 32 LAST'), lines.join('\n'));
  assert.ok(!lines.some((line) => line.includes('How are you')));
});

test('TLS is told with its version and cipher', async (t) => {
  const { send } = await wayTo(t, {});
  const lines = told(await send());
  const at = lines.indexOf('C: STARTTLS');
  assert.match(lines[at + 2] ?? '', /^-- TLSv1\.3, TLS_\w+$/);
  assert.equal(lines[at + 3], 'C: EHLO out.test');
});

test('a handshake that fails is told before the session in the clear that follows it', async (t) => {
  const { send } = await wayTo(t, { startTls: () => ({ reply: '220 go on', then: 'end' }) });
  const lines = told(await send());
  const failed = lines.findIndex((line) => line.startsWith('-- TLS failed'));
  const again = lines.findLastIndex((line) => line.startsWith('-- connecting to'));
  assert.ok(failed > 0 && again > failed, lines.join('\n'));
  assert.match(lines.at(-1) ?? '', /^S: 250/);
});

test('several recipients have one transcript, with the first of them', async (t) => {
  const { send } = await wayTo(t, {
    extensions: NO_TLS,
    rcpt: (address) => (address.startsWith('ben') ? '550 5.1.1 no such user' : undefined),
  });
  const outcomes = await send({ recipients: ['ben@mx.test', 'ann@mx.test'] });
  assert.deepEqual(
    outcomes.map(({ kind, transcript }) => [kind, transcript !== undefined]),
    [
      ['bounced', true],
      ['delivered', false],
    ],
  );
  assert.ok(told(outcomes).includes('S: 550 5.1.1 no such user'));
});

test('hosts that were tried before the one that answered are told too', async (t) => {
  const gone = await startScriptedMx();
  await gone.close();
  const { egress, mx } = await wayTo(t, { extensions: NO_TLS }, {});
  const site = siteOf(['dead.test', '127.0.0.3'], ['mx.test', mx.address]);
  const lines = told(await egress.send(site, transaction(), FOREVER));
  assert.deepEqual(lines.slice(0, 3), [
    `-- connecting to dead.test (127.0.0.3), port ${mx.port}`,
    '-- dead.test (127.0.0.3) refused the connection',
    `-- connecting to mx.test (127.0.0.1), port ${mx.port}`,
  ]);
});

test('a loss is told with how it came, and silence with how long it was', async (t) => {
  const silent = await wayTo(t, { extensions: NO_TLS, rcpt: () => ({}) }, { deadlines: impatientIn('rcpt') });
  const outcomes = await silent.send();
  assert.equal(told(outcomes).at(-1), '-- nothing more came in time');
  assert.ok(Number(/(\d+) -- nothing/.exec(outcomes[0]?.transcript ?? '')?.[1]) >= 90);

  const closing = await wayTo(t, { extensions: NO_TLS, mail: () => ({ then: 'end' }) });
  assert.equal(told(await closing.send()).at(-1), '-- the connection was closed');
});

test('what the far side cannot take is told as not sent', async (t) => {
  const { send } = await wayTo(t, { extensions: ['PIPELINING', 'SIZE 10'] });
  assert.match(told(await send()).at(-1) ?? '', /^-- not sent: 5\.3\.4 the message has 32 bytes and mx\.test takes 10/);
});

test('an attempt that is called off says so', async (t) => {
  const { send, mx } = await wayTo(t, { extensions: NO_TLS, mail: () => ({}) });
  const abort = new AbortController();
  const sending = send({}, abort.signal);
  await until('MAIL was said', () => mx.commands.some((command) => command.startsWith('MAIL')));
  abort.abort();
  assert.equal(told(await sending).at(-1), '-- given up on our side: it was called off');
});
