// A whole session on whatever a client sends: it never breaks, never hangs, says only well-formed replies, says the same
// however the bytes are cut, and gives every byte of memory back.
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerFact } from '../../src/mail/smtp/facts.ts';
import { DEFAULT_LIMITS } from '../../src/mail/smtp/limits.ts';
import { createByteBudget } from '../../src/mail/smtp/message-buffer.ts';
import { makeReply } from '../../src/mail/smtp/reply.ts';
import { Session } from '../../src/mail/smtp/session.ts';
import { cutAt } from '../support/cut-bytes.ts';
import { fuzzRuns, joinedTokens, readCorpus } from '../support/fuzzing.ts';
import { ManualClock } from '../support/smtp-server.ts';

const LIMITS = {
  ...DEFAULT_LIMITS,
  maxMessageBytes: 200,
  maxInFlightBytes: 300,
  maxLineBytes: 100,
  maxAuthLineBytes: 200,
  maxDataLineBytes: 100,
  maxRecipients: 3,
  maxRecipientCommands: 6,
};

interface Outcome {
  readonly said: string;
  readonly kept: readonly string[];
}

/** A session whose transport is a string, and whose handlers answer after a turn of the event loop. */
async function runSession(chunks: readonly Buffer[]): Promise<Outcome> {
  const [facts, kept, budget, clock] = [[] as ServerFact[], [] as string[], createByteBudget(300), new ManualClock()];
  const connection = { said: '', paused: false, ended: false, busy: 0 };
  const work = async <T>(value: T): Promise<T> => {
    connection.busy += 1;
    await new Promise((resolve) => setImmediate(resolve));
    connection.busy -= 1;
    return value;
  };
  const session = new Session<string>(
    {
      limits: LIMITS,
      clock,
      budget,
      banner: '',
      tlsAvailable: true,
      hostnameFor: () => 'mail.example',
      allowAuthWithoutTls: () => true,
      randomToken: () => 'token',
      onFact: (fact) => facts.push(fact),
      handlers: {
        authenticate: (credential) =>
          work(
            credential.username === 'user'
              ? { kind: 'ok' as const, principal: 'user' }
              : { kind: 'refused' as const, reply: makeReply(535, '5.7.8', 'No') },
          ),
        message: (message) => {
          assert.ok(message.recipients.length > 0 && message.recipients.length <= LIMITS.maxRecipients);
          assert.doesNotMatch(message.data.toString('latin1'), /\r(?!\n)|(?<!\r)\n|\0/);
          assert.match(message.data.toString('latin1'), /^$|\r\n$/);
          kept.push(`${message.mailFrom} ${message.recipients.join()} ${message.data.toString('latin1')}`);
          return work(makeReply(250, '2.0.0', 'Ok'));
        },
      },
    },
    CONTEXT,
    {
      write: (text) => {
        connection.said += text;
        return true;
      },
      end: (text) => {
        connection.said += text;
        connection.ended = true;
        connection.paused = false;
      },
      destroy: () => {
        connection.ended = true;
      },
      pause: () => {
        connection.paused = true;
      },
      resume: () => {
        connection.paused = false;
      },
      startTls: (text) => {
        connection.said += text;
        return true;
      },
    },
  );
  session.start();
  for (const chunk of chunks) {
    while (connection.paused) await new Promise((resolve) => setImmediate(resolve));
    session.receive(chunk);
    assert.ok(budget.used <= LIMITS.maxInFlightBytes);
  }
  while (connection.busy > 0) await new Promise((resolve) => setImmediate(resolve));
  // Everything that may still be waited for is over after its deadline.
  for (let turn = 0; turn < 3 && !connection.ended; turn += 1) {
    clock.advance(LIMITS.commandTimeoutMs + LIMITS.dataGraceMs);
    session.checkDeadline(clock.now());
  }
  assert.ok(connection.ended, 'the session ends');
  session.closed();
  assert.equal(budget.used, 0, 'every byte was given back');
  assert.deepEqual(
    facts.filter(({ kind }) => kind === 'fault' || kind === 'handler-failed'),
    [],
  );
  return { said: connection.said, kept };
}

const CONTEXT = {
  id: '1',
  remoteAddress: '192.0.2.1',
  remotePort: 1,
  localAddress: '192.0.2.2',
  localPort: 25,
  tls: false,
  tlsProtocol: undefined,
  tlsServerName: undefined,
  heloName: '',
};

/** Codes of the replies in order: which of two reasons a refusal names may depend on how the bytes were cut. */
function codes(said: string): string[] {
  assert.match(said, /^(?:\d{3}[ -][ -~]*\r\n)*$/);
  return said.split('\r\n').map((line) => line.slice(0, 4));
}

async function check(bytes: Buffer, places: readonly number[]): Promise<void> {
  const whole = await runSession([bytes]);
  const cut = await runSession(cutAt(bytes, places));
  assert.deepEqual(codes(cut.said), codes(whole.said));
  assert.deepEqual(cut.kept, whole.kept);
}

const LOGIN = 'EHLO x\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\n';
const ENVELOPE = 'MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n';
const TOKENS = [
  ...[
    'EHLO x\r\n',
    'HELO x\r\n',
    'NOOP\r\n',
    'RSET\r\n',
    'DATA\r\n',
    'QUIT\r\n',
    'VRFY a\r\n',
    'AUTH PLAIN\r\n',
    '*\r\n',
  ],
  ...['AUTH LOGIN\r\n', 'dXNlcg==\r\n', 'AUTH CRAM-MD5\r\n', 'AHVzZXIAc2VjcmV0\r\n', 'MAIL FROM:<>\r\n', 'MAIL FROM:'],
  ...['RCPT TO:<d@e.f>\r\n', 'RCPT TO:<x>\r\n', 'MAIL FROM:<a@b.c> SIZE=9 BODY=8BITMIME SMTPUTF8\r\n', LOGIN],
  ...[LOGIN + ENVELOPE, ENVELOPE, `${ENVELOPE}DATA\r\n`, `${ENVELOPE}DATA\r\nx\r\n.\r\n`, '.\r\n', '\r\n.\r\n', '\r\n'],
  ...[
    'BDAT 5\r\n',
    'BDAT 5 LAST\r\n',
    'BDAT 0 LAST\r\n',
    'BDAT 99\r\n',
    'BDAT 999999999999999\r\n',
    'abc\r\n',
    'BDAT\r\n',
  ],
  ...['\n', '\r', '\0', '.', 'é', '\xff', 'x'.repeat(60), 'y'.repeat(250)],
];
const talk = joinedTokens(TOKENS, 20).map((text) => Buffer.from(LOGIN + text, 'latin1'));
const places = fc.array(fc.nat(1000), { maxLength: 12 });

describe('a session on whatever a client sends', () => {
  test('made of commands and content', () => fc.assert(fc.asyncProperty(talk, places, check), fuzzRuns(3000)));

  test('made of anything', () => {
    const anything = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    return fc.assert(fc.asyncProperty(anything, places, check), fuzzRuns(500));
  });

  for (const [name, bytes] of readCorpus('smtp').filter(([file]) => file.startsWith('session-'))) {
    test(`the corpus file ${name}, cut at each place`, async () => {
      for (const place of bytes.keys()) await check(bytes, [place]);
    });
  }
});
