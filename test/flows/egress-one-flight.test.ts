// A server with CHUNKING gets a small message in one flight (RFC 3030), and what may go wrong on the way is told apart:
// a refusal, a server that promised too much, a loss of which nobody knows whether the message arrived.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MESSAGE, summary, until, wayTo } from '../support/egress-fixture.ts';
import { EXTENSIONS, type Script, type Step } from '../support/scripted-mx.ts';

const extensions = ['CHUNKING', ...EXTENSIONS.filter((extension) => extension !== 'STARTTLS')];
const DELIVERED = ['delivered final 250'];

test('a small message goes in one flight, its envelope and content whole', async (t) => {
  const { mx, send } = await wayTo(t, { extensions });
  const reads = mx.reads.length;
  assert.deepEqual((await send({ recipients: ['ann@mx.test', 'bob@mx.test'] })).map(summary), [
    ...DELIVERED,
    ...DELIVERED,
  ]);
  assert.equal(mx.reads.slice(reads).filter((read) => read.startsWith('MAIL')).length, 1);
  assert.ok(mx.reads.at(-1)?.startsWith('MAIL') && mx.reads.at(-1)?.endsWith(MESSAGE), mx.reads.at(-1));
  assert.equal(mx.commands.includes('DATA'), false);
  assert.deepEqual(mx.messages[0]?.rcptTo, ['ann@mx.test', 'bob@mx.test']);
  assert.equal(mx.messages[0]?.content, MESSAGE);
});

const CONTENTS: readonly [string, readonly string[], string][] = [
  ['dots at line starts stay single', ['Subject: x\r\n\r\n.\r\n..\r\n'], 'Subject: x\r\n\r\n.\r\n..\r\n'],
  ['a missing last line end is added', ['Subject: x\r\n\r\n', 'end'], 'Subject: x\r\n\r\nend\r\n'],
  ['a line end may lie in a part of its own', ['Subject: x\r\n\r\nend', '\r\n', ''], 'Subject: x\r\n\r\nend\r\n'],
  ['a line end may be cut in two', ['Subject: x\r\n\r\nend\r', '\n'], 'Subject: x\r\n\r\nend\r\n'],
  ['half a line end is completed', ['Subject: x\r\n\r\nend', '\n'], 'Subject: x\r\n\r\nend\n\r\n'],
];
for (const [what, parts, expected] of CONTENTS) {
  test(`content in one flight: ${what}`, async (t) => {
    const { mx, send } = await wayTo(t, { extensions });
    assert.deepEqual((await send({ content: parts.map((part) => Buffer.from(part)) })).map(summary), DELIVERED);
    assert.equal(mx.messages[0]?.content, expected);
  });
}

test('large content, and any content without PIPELINING, is asked for first', async (t) => {
  const large = await wayTo(t, { extensions });
  const content = [Buffer.from(`Subject: x\r\n\r\n${'0123456789\r\n'.repeat(10_000)}`)];
  assert.deepEqual((await large.send({ content })).map(summary), DELIVERED);
  assert.ok(large.mx.commands.includes('DATA'));
  const steps = await wayTo(t, { extensions: ['CHUNKING'] });
  assert.deepEqual((await steps.send()).map(summary), DELIVERED);
  assert.ok(steps.mx.commands.includes('DATA'));
});

test('a session that was quiet for a while is asked first', async (t) => {
  const { mx, send } = await wayTo(t, { extensions });
  await send();
  const beyond = performance.now() + 1050;
  await until('the session was quiet for more than a second', () => performance.now() > beyond);
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.deepEqual(
    mx.commands.filter((command) => /^(BDAT|DATA)/.test(command)).map((command) => command.slice(0, 4)),
    ['BDAT', 'DATA'],
  );
});

/** What the server says, the outcomes for two recipients, and how many commands RSET the next message needs. */
const REFUSALS: readonly [string, Partial<Script>, readonly string[], number][] = [
  ['MAIL', { mail: () => '550 5.7.1 not you' }, ['bounced mail 550', 'bounced mail 550'], 0],
  ['MAIL for now', { mail: () => '451 4.7.1 later' }, ['deferred mail 451', 'deferred mail 451'], 0],
  ['one recipient', { rcpt: refuse('bob', '550 5.1.1 no') }, ['delivered final 250', 'bounced rcpt 550'], 0],
  ['all recipients', { rcpt: () => '450 4.2.0 later' }, ['deferred rcpt 450', 'deferred rcpt 450'], 1],
  ['the content', { bdat: () => '554 5.7.1 spam' }, ['bounced final 554', 'bounced final 554'], 1],
  ['the content for now', { bdat: () => '452 4.3.1 full' }, ['deferred final 452', 'deferred final 452'], 1],
  [
    'one recipient, then the content',
    { rcpt: refuse('ann', '550 5.1.1 no'), bdat: () => '554 5.7.1 spam' },
    ['bounced rcpt 550', 'bounced final 554'],
    1,
  ],
];
function refuse(name: string, reply: string): NonNullable<Script['rcpt']> {
  return (address) => (address.startsWith(name) ? reply : undefined);
}
for (const [what, script, expected, resets] of REFUSALS) {
  test(`a refusal of ${what} is told as it is, and the session goes on`, async (t) => {
    const { mx, send } = await wayTo(t, { extensions, ...script });
    assert.deepEqual((await send({ recipients: ['ann@mx.test', 'bob@mx.test'] })).map(summary), expected);
    mx.play({ extensions });
    assert.deepEqual((await send()).map(summary), DELIVERED);
    assert.equal(mx.connections, 1);
    assert.equal(mx.commands.filter((command) => command === 'RSET').length, resets);
  });
}

for (const code of ['500 5.5.2', '501 5.5.4', '502 5.5.1', '503 5.5.1', '504 5.5.4']) {
  test(`a server that answers ${code} to what it promised gets the message in steps, and is asked first from then on`, async (t) => {
    const { mx, send } = await wayTo(t, { extensions, bdat: () => `${code} what?` });
    assert.deepEqual((await send()).map(summary), DELIVERED);
    assert.deepEqual((await send()).map(summary), DELIVERED);
    assert.equal(mx.commands.filter((command) => command.startsWith('BDAT')).length, 1);
    assert.equal(mx.messages.length, 2);
    assert.equal(mx.connections, 2);
  });
}

/** Where the connection is lost: nobody knows whether the message arrived, so it counts as a possible duplicate. */
const LOSSES: readonly [string, (step: Step) => Partial<Script>][] = [
  ['MAIL', (step) => ({ mail: () => step })],
  ['RCPT', (step) => ({ rcpt: () => step })],
  ['the content', (step) => ({ bdat: () => step })],
];
for (const then of ['end', 'reset'] as const) {
  for (const [where, scriptOf] of LOSSES) {
    test(`a connection that breaks (${then}) in place of the reply to ${where} leaves the outcome unknown`, async (t) => {
      const { mx, send } = await wayTo(t, { extensions, ...scriptOf({ then }) });
      assert.deepEqual((await send()).map(summary), ['unknown final']);
      assert.equal(mx.connections, 1);
    });
  }
}

test('a recipient that was refused before the loss stays refused', async (t) => {
  const { send } = await wayTo(t, { extensions, rcpt: refuse('ann', '550 5.1.1 no'), bdat: () => ({ then: 'end' }) });
  const outcomes = await send({ recipients: ['ann@mx.test', 'bob@mx.test'] });
  assert.deepEqual(outcomes.map(summary), ['bounced rcpt 550', 'unknown final']);
});

test('a server that ends used sessions without a word costs one unknown outcome, and is asked first from then on', async (t) => {
  const mail: Script['mail'] = (_command, { transaction }) => (transaction === 2 ? { then: 'end' } : undefined);
  const { mx, send } = await wayTo(t, { extensions, mail });
  const seen: string[] = [];
  for (let sent = 0; sent < 6; sent += 1) seen.push(...(await send()).map(summary));
  assert.deepEqual(seen, [...DELIVERED, 'unknown final', ...DELIVERED, ...DELIVERED, ...DELIVERED, ...DELIVERED]);
  assert.equal(mx.commands.filter((command) => command.startsWith('BDAT')).length, 1);
});

test('a session that had ended before the flight began costs nothing', async (t) => {
  const { mx, send } = await wayTo(t, {
    extensions,
    after: ({ connection }) => (connection === 1 ? { reply: '421 4.4.2 idle', then: 'end' } : undefined),
  });
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.equal(mx.messages.length, 2);
});

test('421 in place of the reply to MAIL is a no: a used session is replaced', async (t) => {
  const mail: Script['mail'] = (_command, { connection, transaction }) =>
    connection === 1 && transaction === 2 ? { reply: '421 4.7.0 enough', then: 'end' } : undefined;
  const { mx, send } = await wayTo(t, { extensions, mail });
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.equal(mx.connections, 2);
});

test('a flight that we call off ourselves is not held against the server', async (t) => {
  const { mx, send } = await wayTo(t, { extensions, mail: () => ({}) });
  const stop = new AbortController();
  const stuck = send({}, stop.signal);
  await until('the flight is under way', () => mx.commands.some((command) => command.startsWith('MAIL')));
  stop.abort();
  assert.deepEqual((await stuck).map(summary), ['unknown final']);
  mx.play({ extensions });
  assert.deepEqual((await send()).map(summary), DELIVERED);
  assert.ok(mx.commands.at(-1)?.startsWith('BDAT'), mx.commands.at(-1));
});
