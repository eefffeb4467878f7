// What arrives is what was sent: dots, odd ends, parts, sizes, 8-bit and internationalised mail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailOf, summary, wayTo } from '../support/egress-fixture.ts';

const PLAIN = ['PIPELINING', 'SIZE 1000', '8BITMIME', 'SMTPUTF8'];

const ARRIVES: readonly [string, readonly string[], string?][] = [
  ['a dot alone on a line', ['a\r\n.\r\nb\r\n']],
  ['dots at the start of lines', ['.a\r\n..b\r\n...\r\nc.\r\n']],
  ['a dot at the very start', ['.\r\n']],
  ['a line end split over parts before a dot', ['a\r', '\n', '.b\r\n']],
  ['a line end at the end of a part before a dot', ['a\r\n', '.b\r\n', '.\r\n']],
  ['a dot at the start of a part within a line', ['a', '.b\r\n']],
  ['empty parts', ['', 'a\r\n', '', '.\r\n', '']],
  ['no line end at the end', ['a'], 'a\r\n'],
  ['half a line end at the end', ['a\r'], 'a\r\r\n'],
  ['nothing', [], ''],
];
for (const [what, parts, expected = parts.join('')] of ARRIVES) {
  test(`it arrives as sent: ${what}`, async (t) => {
    const { mx, send } = await wayTo(t, { extensions: PLAIN });
    assert.deepEqual((await send({ content: parts.map((part) => Buffer.from(part)) })).map(summary), [
      'delivered final 250',
    ]);
    assert.equal(mx.messages[0]?.content, expected);
  });
}

test('a dot after a bare LF is doubled, so that no lenient server ends the message there', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: PLAIN });
  await send({ content: [Buffer.from('a\n.\nMAIL FROM:<evil@x.test>\r\n')] });
  assert.equal(mx.messages[0]?.content, 'a\n..\nMAIL FROM:<evil@x.test>\r\n');
});

test('a message of many chunks and many dots arrives as sent', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ['PIPELINING'] });
  const content = [
    Buffer.from('Subject: dots\r\n\r\n'),
    Buffer.alloc(3_000_000, '.\r\n.x\r\n\r\n'),
    Buffer.from('\r\n.'),
  ];
  assert.deepEqual((await send({ content })).map(summary), ['delivered final 250']);
  assert.equal(mx.messages[0]?.content, `${Buffer.concat(content).toString('latin1')}\r\n`);
});

test('8-bit content is declared where the server knows 8BITMIME, and sent as it is elsewhere', async (t) => {
  const content = [Buffer.from('Subject: x\r\n\r\nGrüße\r\n')];
  const known = await wayTo(t, { extensions: PLAIN });
  await known.send({ content });
  assert.equal(known.mx.messages[0]?.parameters, 'SIZE=23 BODY=8BITMIME');
  const unknown = await wayTo(t, { extensions: [] });
  await unknown.send({ content });
  assert.equal(unknown.mx.messages[0]?.parameters, '');
  assert.equal(unknown.mx.messages[0]?.content, Buffer.concat(content).toString('latin1'));
});

test('a message larger than the server takes is refused without sending it', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: PLAIN });
  const [outcome] = await send({ content: [Buffer.alloc(1001, 'x')] });
  assert.equal(summary(outcome), 'bounced mail');
  assert.equal(detailOf(outcome), '5.3.4 the message has 1001 bytes and mx.test takes 1000 at most');
  assert.ok(!mx.commands.some((command) => command.startsWith('MAIL')));
  assert.deepEqual((await send({ content: [Buffer.alloc(1000, 'x')] })).map(summary), ['delivered final 250']);
  assert.equal(mx.connections, 1);
});

for (const offer of ['SIZE', 'SIZE 0', 'SIZE much']) {
  test(`${offer} is no limit`, async (t) => {
    const { mx, send } = await wayTo(t, { extensions: [offer] });
    assert.deepEqual((await send()).map(summary), ['delivered final 250']);
    assert.match(mx.messages[0]?.parameters ?? '', /^SIZE=\d+$/);
  });
}

test('internationalised mail goes where SMTPUTF8 is offered', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: PLAIN });
  await send({ recipients: ['jürgen@mx.test'], smtpUtf8: true });
  assert.match(mx.messages[0]?.parameters ?? '', /BODY=8BITMIME SMTPUTF8$/);
  assert.deepEqual(mx.messages[0]?.rcptTo, [Buffer.from('jürgen@mx.test').toString('latin1')]);
});

test('internationalised mail is refused where SMTPUTF8 is not offered', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ['PIPELINING', '8BITMIME'] });
  const [outcome] = await send({ recipients: ['jürgen@mx.test'], smtpUtf8: true });
  assert.equal(summary(outcome), 'bounced mail');
  assert.match(detailOf(outcome), /^5\.6\.7 .*SMTPUTF8.* mx\.test does not offer/);
  assert.equal(mx.messages.length, 0);
});

for (const [field, change] of [
  ['a recipient', { recipients: ['a@mx.test>\r\nRCPT TO:<b@mx.test'] }],
  ['the sender', { mailFrom: 'a@out.test>\r\nRSET' }],
] as const) {
  test(`a line end in the address of ${field} never reaches the wire`, async (t) => {
    const { mx, send } = await wayTo(t, { extensions: PLAIN });
    assert.deepEqual((await send(change)).map(summary), ['bounced mail']);
    assert.ok(!mx.commands.some((command) => /^(MAIL|RCPT|RSET)/.test(command)));
  });
}
