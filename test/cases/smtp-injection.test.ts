// Injection into the dialogue: text that an application put into a command without looking, and commands that someone put
// in front of a TLS handshake, must never run as commands of their own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../support/smtp-client.ts';
import { startTestServer } from '../support/smtp-server.ts';
import type { TestServer } from '../support/smtp-server.ts';

interface InjectionCase {
  readonly n: number;
  readonly why: string;
  readonly send: string;
  /** The beginning of each reply. */
  readonly replies: readonly string[];
}

const LINES: readonly InjectionCase[] = [
  {
    n: 1,
    why: 'an address with LF from a web form adds a recipient',
    send: 'MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\nRCPT TO:<eve@example.org>\r\nDATA\r\n',
    replies: ['250 2.1.0', '500 5.5.2', '554 5.5.1'],
  },
  {
    n: 2,
    why: 'the same with CR',
    send: 'MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\rRCPT TO:<eve@example.org>\r\nDATA\r\n',
    replies: ['250 2.1.0', '500 5.5.2', '554 5.5.1'],
  },
  { n: 3, why: 'a line that ends in LF alone is no command', send: 'NOOP\n\r\n', replies: ['500 5.5.2'] },
  { n: 4, why: 'several lines that end in LF are one refusal', send: 'NOOP\nQUIT\nQUIT\r\n', replies: ['500 5.5.2'] },
  { n: 5, why: 'CR CR LF is not CRLF', send: 'NOOP\r\r\n', replies: ['500 5.5.2'] },
  { n: 6, why: 'NUL cuts the line short for programs in C', send: 'NOOP\0\r\n', replies: ['500 5.5.2'] },
  { n: 7, why: 'NUL within an address does too', send: 'MAIL FROM:<a@example.com\0@b.c>\r\n', replies: ['500 5.5.2'] },
  { n: 8, why: 'an LF that begins a line', send: '\nNOOP\r\n', replies: ['500 5.5.2'] },
  {
    n: 9,
    why: 'a quoted local part may hold no line end',
    send: 'MAIL FROM:<"a\nRSET\n"@example.com>\r\n',
    replies: ['500 5.5.2'],
  },
  {
    n: 10,
    why: 'a line over the limit is refused as a whole, its tail is no command',
    send: `NOOP ${'x'.repeat(5000)} QUIT\r\n`,
    replies: ['500 5.5.2 Line too long'],
  },
  {
    n: 11,
    why: 'so is one without an end in sight, and its tail too',
    send: `NOOP ${'x'.repeat(20_000)}\nQUIT\r\n`,
    replies: ['500 5.5.2'],
  },
  { n: 12, why: 'overlong UTF-8 hides a line end', send: 'NOOP \xc0\x8aQUIT\r\n', replies: ['500 5.5.2'] },
  { n: 13, why: 'UTF-8 line separators end no line', send: 'NOOP \xe2\x80\xa8QUIT\r\n', replies: ['250 2.0.0'] },
  { n: 14, why: 'a second command behind one is an argument', send: 'RSET QUIT\r\n', replies: ['501 5.5.4'] },
  {
    n: 15,
    why: 'parameters smuggled through an address stay outside of it',
    send: 'MAIL FROM:<a@example.com> SIZE=1> BODY=8BITMIME\r\n',
    replies: ['501 5.5.4'],
  },
];

const BEFORE_TLS: readonly InjectionCase[] = [
  { n: 31, why: 'a command behind STARTTLS (CVE-2011-0411)', send: 'STARTTLS\r\nNOOP\r\n', replies: ['554 5.5.1'] },
  { n: 32, why: 'part of a command behind STARTTLS', send: 'STARTTLS\r\nMAIL FR', replies: ['554 5.5.1'] },
  { n: 33, why: 'an empty line behind STARTTLS', send: 'STARTTLS\r\n\r\n', replies: ['554 5.5.1'] },
  { n: 34, why: 'a handshake that does not wait for 220', send: 'STARTTLS\r\n\x16\x03\x01', replies: ['554 5.5.1'] },
  { n: 35, why: 'commands in front are answered', send: 'NOOP\r\nSTARTTLS\r\nNOOP\r\n', replies: ['250', '554 5.5.1'] },
  {
    n: 36,
    why: 'a command that waited behind a slow handler came in the clear too',
    send: `AUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}\r\nSTARTTLS\r\nNOOP\r\n`,
    replies: ['235', '554 5.5.1'],
  },
];

async function withClient(
  who: 'user' | 'anybody',
  run: (server: TestServer, client: TestClient) => Promise<void>,
): Promise<void> {
  const server = await startTestServer();
  const client = await TestClient.connect(server.port);
  try {
    await client.reply();
    client.send('EHLO client.example\r\n');
    await client.reply();
    if (who === 'user') client.send(`AUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}\r\n`);
    if (who === 'user') assert.match(await client.line(), /^235 /);
    await run(server, client);
  } finally {
    client.destroy();
    await server.server.close(0);
  }
}

describe('a line with a bare line end, NUL or too much in it is refused as a whole', () => {
  for (const { n, why, send, replies } of LINES) {
    for (const pieces of [[send], send.split('')]) {
      test(`${n}, in ${pieces.length} pieces: ${why}`, () =>
        withClient('user', async (server, client) => {
          for (const piece of pieces) client.send(Buffer.from(piece, 'latin1'));
          for (const reply of replies) assert.ok((await client.line()).startsWith(reply), reply);
          client.send('NOOP\r\n');
          assert.equal(await client.line(), '250 2.0.0 Ok', 'the line after it is read again');
          client.halfClose();
          assert.deepEqual(await client.remaining(), []);
          assert.deepEqual(server.kept, []);
        }));
    }
  }
});

describe('nothing that came in the clear is read as if it had come over TLS', () => {
  for (const { n, why, send, replies } of BEFORE_TLS) {
    test(`${n}: ${why}`, () =>
      withClient('anybody', async (server, client) => {
        client.send(Buffer.from(send, 'latin1'));
        for (const reply of replies) assert.ok((await client.line()).startsWith(reply), reply);
        assert.deepEqual(await client.remaining(), []);
        assert.ok(server.facts.some((fact) => fact.kind === 'violation' && fact.what === 'starttls-injection'));
      }));
  }

  test('41: a command after 220 is no handshake, and no command either', () =>
    withClient('anybody', async (server, client) => {
      client.send('STARTTLS\r\n');
      assert.match(await client.line(), /^220 /);
      client.send('EHLO eve.example\r\nNOOP\r\n');
      // What comes back, if anything, is a TLS alert.
      assert.doesNotMatch((await client.remaining()).join(), /250/);
      assert.ok(server.facts.some((fact) => fact.kind === 'tls-failed'));
      assert.ok(!server.facts.some((fact) => fact.kind === 'tls'));
    }));
});
