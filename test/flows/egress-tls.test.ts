// Opportunistic TLS: used where it works, left where it does not, never mixed with what came in the clear.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { impatientIn, MESSAGE, summary, wayTo } from '../support/egress-fixture.ts';
import type { Script } from '../support/scripted-mx.ts';

const hellos = (commands: readonly string[]): string[] =>
  commands.filter((command) => /^(EHLO|STARTTLS|MAIL)/.test(command)).map((command) => command.slice(0, 4));

test('TLS is used where it is offered, whatever the certificate, and EHLO is said again', async (t) => {
  const { mx, send } = await wayTo(t, {});
  const [outcome] = await send();
  assert.equal(summary(outcome), 'delivered final 250');
  assert.deepEqual(outcome?.peer, { host: 'mx.test', ip: '127.0.0.1', tls: true });
  assert.equal(mx.messages[0]?.tls, true);
  assert.equal(mx.messages[0]?.content, MESSAGE);
  assert.deepEqual(hellos(mx.commands), ['EHLO', 'STAR', 'EHLO', 'MAIL']);
});

test('a connection with TLS is used again', async (t) => {
  const { mx, send } = await wayTo(t, {});
  await send();
  await send();
  assert.equal(mx.connections, 1);
  assert.equal(mx.messages.length, 2);
});

test('a large message goes through TLS', async (t) => {
  const { mx, send } = await wayTo(t, {});
  const content = [Buffer.from('Subject: large\r\n\r\n'), Buffer.alloc(5_040_000, `${'x'.repeat(70)}\r\n`)];
  assert.deepEqual((await send({ content })).map(summary), ['delivered final 250']);
  assert.equal(mx.messages[0]?.content, Buffer.concat(content).toString('latin1'));
});

const DECLINED: readonly [string, Script][] = [
  ['454', { startTls: () => '454 4.7.0 TLS not available' }],
  ['502', { startTls: () => '502 5.5.1 what?' }],
];
for (const [what, script] of DECLINED) {
  test(`a server that answers STARTTLS with ${what} gets the message in the clear, in the same session`, async (t) => {
    const { mx, send } = await wayTo(t, script);
    const [outcome] = await send();
    assert.equal(summary(outcome), 'delivered final 250');
    assert.equal(outcome?.peer?.tls, false);
    assert.equal(mx.connections, 1);
  });
}

/** A reply of several lines keeps the scripted server from starting TLS itself. */
const BROKEN: readonly [string, Script][] = [
  ['closes instead of a handshake', { startTls: () => ({ reply: '220 2.0.0 go', then: 'end' }) }],
  ['resets instead of a handshake', { startTls: () => ({ reply: '220 2.0.0 go', delayMs: 5, then: 'reset' }) }],
  ['falls silent', { startTls: () => '220-2.0.0 go\r\n220 2.0.0 on' }],
  ['sends something in the clear after its reply', { startTls: () => '220 2.0.0 go\r\n250 2.0.0 injected' }],
  ['answers the handshake in the clear', { startTls: () => '220-2.0.0 go\r\n220 2.0.0 on', extensions: ['STARTTLS'] }],
  ['closes after the handshake', { ehlo: ({ tls }) => (tls ? { then: 'end' } : undefined) }],
];
for (const [what, script] of BROKEN) {
  test(`a server that ${what} gets the message in the clear, over a fresh connection`, async (t) => {
    const { mx, send } = await wayTo(t, script, { deadlines: impatientIn('tls') });
    const [outcome] = await send();
    assert.equal(summary(outcome), 'delivered final 250');
    assert.equal(outcome?.peer?.tls, false);
    assert.deepEqual(
      mx.messages.map(({ connection, tls }) => [connection, tls]),
      [[2, false]],
    );
  });
}

test('broken TLS is remembered: later connections go without, and not for ever', async (t) => {
  const clock = { time: 0, now: () => clock.time, after: (ms: number, task: () => void) => timer(ms, task) };
  const limits = { maxTransactionsPerConnection: 1 };
  const script: Script = { startTls: () => ({ reply: '220 2.0.0 go', then: 'end' }) };
  const { mx, send } = await wayTo(t, script, { clock, limits });
  await send();
  await send();
  assert.equal(mx.connections, 3);
  clock.time = 600_000;
  mx.play({});
  assert.equal((await send())[0]?.peer?.tls, true);
});

test('a server that ends the session at STARTTLS with 421 is like any that is not there', async (t) => {
  const { mx, send } = await wayTo(t, { startTls: () => ({ reply: '421 4.3.2 bye', then: 'end' }) });
  assert.deepEqual((await send()).map(summary), ['deferred tls 421']);
  assert.equal(mx.connections, 1);
});

function timer(ms: number, task: () => void): () => void {
  const handle = setTimeout(task, ms);
  return () => clearTimeout(handle);
}
