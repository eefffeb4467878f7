// Replies of a remote server become outcomes, recipient by recipient, with and without PIPELINING.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailOf, MESSAGE, summary, wayTo } from '../support/egress-fixture.ts';
import { EXTENSIONS, type Script } from '../support/scripted-mx.ts';

const ALL = EXTENSIONS.filter((extension) => extension !== 'STARTTLS');
const LOCK_STEP = ALL.filter((extension) => extension !== 'PIPELINING');
const MODES: readonly [string, readonly string[]][] = [
  ['pipelined', ALL],
  ['in lock step', LOCK_STEP],
];

/** Recipients are named for the reply that they get. */
const rcptByName: Script['rcpt'] = (address) => {
  const code = /^r(\d+)/.exec(address)?.[1];
  return code === undefined ? undefined : `${code} ${code[0] ?? ''}.1.1 because`;
};
const to = (...names: string[]): { recipients: string[] } => ({ recipients: names.map((name) => `${name}@mx.test`) });

interface Case {
  readonly script: Script;
  readonly recipients: readonly string[];
  readonly outcomes: readonly string[];
  /** Recipients of what the server took. */
  readonly taken?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  'all accepted': {
    script: {},
    recipients: ['a', 'b'],
    outcomes: ['delivered final 250', 'delivered final 250'],
    taken: ['a', 'b'],
  },
  'some temporary, some permanent, some accepted': {
    script: { rcpt: rcptByName },
    recipients: ['a', 'r450', 'b', 'r550', 'r452'],
    outcomes: [
      'delivered final 250',
      'deferred rcpt 450',
      'delivered final 250',
      'bounced rcpt 550',
      'deferred rcpt 452',
    ],
    taken: ['a', 'b'],
  },
  'nobody accepted': {
    script: { rcpt: rcptByName },
    recipients: ['r450', 'r550'],
    outcomes: ['deferred rcpt 450', 'bounced rcpt 550'],
  },
  'nobody accepted, yet DATA is': {
    script: { rcpt: rcptByName, data: () => '354 come on' },
    recipients: ['r450', 'r550'],
    outcomes: ['deferred rcpt 450', 'bounced rcpt 550'],
  },
  'forwarding with 251': {
    script: { rcpt: () => '251 2.1.5 will forward' },
    recipients: ['a'],
    outcomes: ['delivered final 250'],
    taken: ['a'],
  },
  'MAIL deferred': {
    script: { mail: () => '451 4.3.0 not now' },
    recipients: ['a', 'b'],
    outcomes: ['deferred mail 451', 'deferred mail 451'],
  },
  'MAIL refused': {
    script: { mail: () => '550 5.7.1 not you' },
    recipients: ['a', 'b'],
    outcomes: ['bounced mail 550', 'bounced mail 550'],
  },
  'DATA deferred, which touches only those accepted': {
    script: { rcpt: rcptByName, data: () => '451 4.3.0 no' },
    recipients: ['a', 'r550'],
    outcomes: ['deferred data 451', 'bounced rcpt 550'],
  },
  'DATA refused, which touches only those accepted': {
    script: { rcpt: rcptByName, data: () => '554 5.6.0 no' },
    recipients: ['r450', 'a'],
    outcomes: ['deferred rcpt 450', 'bounced data 554'],
  },
  'the message deferred': {
    script: { rcpt: rcptByName, final: () => '451 4.7.0 later' },
    recipients: ['a', 'r550'],
    outcomes: ['deferred final 451', 'bounced rcpt 550'],
  },
  'the message refused': {
    script: { final: () => '554 5.7.1 spam' },
    recipients: ['a', 'b'],
    outcomes: ['bounced final 554', 'bounced final 554'],
  },
  '421 to MAIL': {
    script: { mail: () => ({ reply: '421 4.7.0 too many', then: 'end' }) },
    recipients: ['a', 'b'],
    outcomes: ['deferred mail 421', 'deferred mail 421'],
  },
  '421 to a recipient, which ends it for those not refused before': {
    script: {
      rcpt: (address, session) =>
        address.startsWith('r421') ? { reply: '421 4.3.2 bye', then: 'end' } : rcptByName?.(address, session),
    },
    recipients: ['a', 'r550', 'r421', 'b'],
    outcomes: ['deferred rcpt 421', 'bounced rcpt 550', 'deferred rcpt 421', 'deferred rcpt 421'],
  },
  '421 to DATA': {
    script: { data: () => ({ reply: '421 4.3.2 bye', then: 'end' }) },
    recipients: ['a'],
    outcomes: ['deferred data 421'],
  },
  '421 to the message': {
    script: { final: () => '421 4.3.2 bye' },
    recipients: ['a'],
    outcomes: ['deferred final 421'],
  },
};

for (const [mode, extensions] of MODES) {
  for (const [what, { script, recipients, outcomes, taken }] of Object.entries(CASES)) {
    test(`${mode}: ${what}`, async (t) => {
      const { mx, send } = await wayTo(t, { ...script, extensions });
      assert.deepEqual((await send(to(...recipients))).map(summary), outcomes);
      const expected = taken === undefined ? [] : [to(...taken).recipients];
      assert.deepEqual(
        mx.messages.map(({ rcptTo }) => rcptTo),
        expected,
      );
    });
  }
}

test('a delivered outcome tells the reply, and the host that gave it', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ALL, final: () => '250-2.0.0 Ok:\r\n250 2.0.0 queued as 4711' });
  const [outcome, ...others] = await send();
  assert.deepEqual(others, []);
  assert.match(outcome?.transcript ?? '', /S: 250 2\.0\.0 queued as 4711$/);
  assert.deepEqual(
    { ...outcome, transcript: '' },
    {
      kind: 'delivered',
      mode: 'remote',
      phase: 'final',
      peer: { host: 'mx.test', ip: '127.0.0.1', tls: false },
      via: { pool: 'transactional', address: 'host', ehlo: 'out.test', ptr: undefined },
      reply: { code: 250, enhanced: '2.0.0', text: 'Ok: queued as 4711' },
      transcript: '',
    },
  );
  assert.equal(mx.messages[0]?.content, MESSAGE);
  assert.equal(mx.messages[0]?.mailFrom, 'bounce@out.test');
});

test('a refusal is a sentence for people, and its type is left to the rules', async (t) => {
  const { send } = await wayTo(t, { extensions: ALL, rcpt: () => '550-5.1.1 no such\r\n550 5.1.1 mailbox' });
  const [outcome] = await send();
  assert.equal(detailOf(outcome), 'mx.test (127.0.0.1) answered 550 5.1.1 no such mailbox to RCPT TO');
  assert.equal(outcome?.kind === 'bounced' && outcome.type, 'Unknown');
});

test('greylisted at first, then accepted over the same connection', async (t) => {
  const seen = new Set<string>();
  const greylist: Script['rcpt'] = (address) => {
    if (seen.has(address)) return undefined;
    seen.add(address);
    return '451 4.7.1 Greylisted, come again in 5 minutes';
  };
  const { mx, send } = await wayTo(t, { rcpt: greylist, extensions: ALL });
  assert.deepEqual((await send()).map(summary), ['deferred rcpt 451']);
  assert.deepEqual((await send()).map(summary), ['delivered final 250']);
  assert.equal(mx.connections, 1);
});

test('pipelined commands come in one piece, the content in another', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: ALL });
  await send(to('a', 'b'));
  assert.deepEqual(mx.reads.slice(1), [
    `MAIL FROM:<bounce@out.test> SIZE=${MESSAGE.length}\r\nRCPT TO:<a@mx.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n`,
    `${MESSAGE}.\r\n`,
  ]);
});

test('in lock step nothing is said after a refusal of MAIL or of all recipients', async (t) => {
  const { mx, send } = await wayTo(t, { extensions: LOCK_STEP, mail: () => '550 5.7.1 no' });
  await send(to('a'));
  mx.play({ extensions: LOCK_STEP, rcpt: () => '550 5.1.1 no' });
  await send(to('b'));
  assert.deepEqual(mx.commands.slice(1), [
    `MAIL FROM:<bounce@out.test> SIZE=${MESSAGE.length}`,
    `MAIL FROM:<bounce@out.test> SIZE=${MESSAGE.length}`,
    'RCPT TO:<b@mx.test>',
  ]);
});

test('nobody accepted, yet DATA is: the content stays here, and the connection goes on', async (t) => {
  const script: Script = { extensions: ALL, rcpt: rcptByName, data: () => '354 come on' };
  const { mx, send } = await wayTo(t, script);
  await send(to('r550'));
  assert.equal(mx.reads.at(-1), '.\r\n');
  assert.deepEqual((await send(to('a'))).map(summary), ['delivered final 250']);
  assert.equal(mx.connections, 1);
});
