// Connections are used again, bounded, and never mistaken: what was closed while idle costs nobody a failure.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailOf, FOREVER, siteOf, summary, transaction, until, wayTo } from '../support/egress-fixture.ts';
import { EXTENSIONS, startScriptedMx, type Script, type Step } from '../support/scripted-mx.ts';

const ALL = EXTENSIONS.filter((extension) => extension !== 'STARTTLS');
const DELIVERED = ['delivered final 250'];

test('messages one after the other share a connection, greeted once', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ALL });
  for (let sent = 0; sent < 5; sent += 1) assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.equal(mx.connections, 1);
  assert.equal(mx.commands.filter((command) => command.startsWith('EHLO')).length, 1);
});

test('a connection ends after its number of transactions', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ALL }, { limits: { maxTransactionsPerConnection: 2 } });
  for (let sent = 0; sent < 5; sent += 1) await send();
  assert.deepEqual(
    mx.messages.map(({ connection }) => connection),
    [1, 1, 2, 2, 3],
  );
  await until('worn out connections said goodbye', () => mx.commands.filter((each) => each === 'QUIT').length === 2);
});

/** What a server does to a connection between two messages, or when the second one comes. */
const STALE: readonly [string, Partial<Script>][] = [
  ['closed right after a message', { after: (session) => (session.connection === 1 ? { then: 'end' } : undefined) }],
  [
    'told to end by a 421 after a message',
    { after: (session) => (session.connection === 1 ? { reply: '421 4.4.2 idle', then: 'end' } : undefined) },
  ],
  [
    'sent something unasked after a message',
    { after: (session) => (session.connection === 1 ? '250 2.0.0 hello?' : undefined) },
  ],
  ['closed when the next message comes', { mail: onSecondMessage({ then: 'end' }) }],
  ['reset when the next message comes', { mail: onSecondMessage({ then: 'reset' }) }],
  ['told 421 when the next message comes', { mail: onSecondMessage({ reply: '421 4.7.0 enough', then: 'end' }) }],
];
function onSecondMessage(step: Step): NonNullable<Script['mail']> {
  return (_command, { connection, transaction: number }) => (connection === 1 && number === 2 ? step : undefined);
}
for (const [what, script] of STALE) {
  for (const extensions of [ALL, ['8BITMIME']]) {
    test(`a connection ${what} is replaced (${extensions.join(' ')})`, async (t) => {
      const { mx, send } = await wayTo(t, { extensions, ...script });
      assert.deepEqual((await send()).map(summary), DELIVERED);
      assert.deepEqual((await send()).map(summary), DELIVERED);
      assert.deepEqual((await send()).map(summary), DELIVERED);
      assert.deepEqual(
        mx.messages.map(({ connection }) => connection),
        [1, 2, 2],
      );
    });
  }
}

test('a loss after the first answer on a used connection counts, and is not repeated', async (t) => {
  const rcpt: Script['rcpt'] = (_address, session) => (session.transaction === 2 ? { then: 'end' } : undefined);
  const { mx, send } = await wayTo(t, { extensions: ALL, rcpt });
  await send();
  assert.deepEqual((await send()).map(summary), ['deferred rcpt']);
  assert.equal(mx.connections, 1);
});

test('a connection on which 421 was said is not used again, also where the server leaves it open', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ALL, final: () => '421 4.3.2 going down' });
  assert.deepEqual((await send()).map(summary), ['deferred final 421']);
  mx.play({ extensions: ALL });
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.equal(mx.connections, 2);
});

test('a transaction that was left open is reset before the next one', async (t) => {
  const rcpt: Script['rcpt'] = (address) => (address.startsWith('no') ? '550 5.1.1 no' : undefined);
  for (const extensions of [ALL, ['8BITMIME']]) {
    const { mx, send } = await wayTo(t, { extensions, rcpt });
    await send({ recipients: ['no@mx.test'] });
    assert.deepEqual((await send()).map(summary), DELIVERED);
    assert.equal(mx.connections, 1);
    assert.equal(mx.commands.filter((command) => command === 'RSET').length, 1);
  }
});

test('connections to a site are bounded, and those who wait get their turn', async (t) => {
  let most = 0;
  const final: Script['final'] = () => {
    most = Math.max(most, mx.openConnections);
    return { delayMs: 5, reply: '250 2.0.0 ok' };
  };
  const { mx, send } = await wayTo(t, { extensions: ALL, final }, { limits: { maxConnectionsPerSite: 3 } });
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send()));
  assert.ok(outcomes.every(([outcome]) => outcome?.kind === 'delivered'));
  assert.equal(most, 3);
  assert.equal(mx.connections, 3);
});

test('who is called off while waiting for a connection is deferred and told so', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ALL, final: () => ({}) }, { limits: { maxConnectionsPerSite: 1 } });
  const stop = new AbortController();
  const first = send({}, stop.signal);
  await until('the first message is under way', () => mx.commands.includes('DATA'));
  const [outcome] = await send({}, AbortSignal.timeout(20));
  assert.equal(summary(outcome), 'deferred connect');
  assert.match(detailOf(outcome), /no connection to mx\.test became free: it was called off/);
  stop.abort();
  assert.deepEqual((await first).map(summary), ['unknown final']);
  mx.play({ extensions: ALL });
  assert.deepEqual((await send()).map(summary), DELIVERED);
});

test('an idle connection makes room for another site when there is no more in all', async (t) => {
  const { mx, egress, send } = await wayTo(t, { extensions: ALL }, { limits: { maxConnections: 1 } });
  const other = await startScriptedMx({ extensions: ALL }, { address: '127.0.0.2', port: mx.port });
  t.after(() => other.close());
  const sendOther = () => egress.send(siteOf(['other.test', '127.0.0.2']), transaction(), FOREVER);
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.deepEqual((await sendOther()).map(summary), DELIVERED);
  await until('the first site was left', () => mx.openConnections === 0);
  const all = await Promise.all([send(), sendOther(), send(), sendOther()]);
  assert.deepEqual(all.flat().map(summary), [...DELIVERED, ...DELIVERED, ...DELIVERED, ...DELIVERED]);
});

test('an idle connection says goodbye after its time', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ALL }, { limits: { idleMs: 30 } });
  await send();
  await until('the connection is closed', () => mx.openConnections === 0);
  assert.equal(mx.commands.at(-1), 'QUIT');
  assert.deepEqual((await send()).map(summary), DELIVERED);
});

test('closing says goodbye on idle connections and stops what is under way', async (t) => {
  const { mx, egress, send } = await wayTo(t, { extensions: ALL });
  await Promise.all([send(), send()]);
  mx.play({ extensions: ALL, mail: () => ({}) });
  const stuck = send();
  await until('the message is under way', () => mx.commands.at(-1)?.startsWith('MAIL') ?? false);
  await egress.close();
  assert.deepEqual((await stuck).map(summary), ['deferred mail']);
  assert.match(detailOf((await stuck)[0]), /shutting down/);
  await until('nothing is open', () => mx.openConnections === 0);
  assert.equal(mx.commands.filter((command) => command === 'QUIT').length, 1);
  assert.deepEqual((await send()).map(summary), ['deferred connect']);
});
