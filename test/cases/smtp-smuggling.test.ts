// SMTP smuggling: content that another server would read as two messages must never be two, or one, here.
//
// Each case is sent as the content of a message that may be sent. `{evil}` stands for a whole second transaction, as an
// attacker would hide it, and its own true end of data.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../support/smtp-client.ts';
import { startTestServer } from '../support/smtp-server.ts';
import type { TestServer } from '../support/smtp-server.ts';

interface SmugglingCase {
  readonly n: number;
  readonly why: string;
  readonly content: string;
}

const EVIL =
  'MAIL FROM:<eve@example.com>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n';

const REFUSED: readonly SmugglingCase[] = [
  { n: 1, why: 'LF . LF ends a message for servers that take LF as a line end', content: 'x\n.\n{evil}' },
  { n: 2, why: 'LF . CRLF was taken by Postfix, Sendmail and others (CVE-2023-51764)', content: 'x\n.\r\n{evil}' },
  { n: 3, why: 'CRLF . LF is the same from the other side', content: 'x\r\n.\n{evil}' },
  { n: 4, why: 'CR . CR ends a message for servers that take CR as a line end', content: 'x\r.\r{evil}' },
  { n: 5, why: 'CR . CRLF was taken by large providers (SEC Consult 2023)', content: 'x\r.\r\n{evil}' },
  { n: 6, why: 'CRLF . CR leaves the end open to guessing', content: 'x\r\n.\r{evil}' },
  { n: 7, why: 'CRLF . CR CRLF has a CR that some throw away', content: 'x\r\n.\r\r\n{evil}' },
  { n: 8, why: 'CR CRLF . CRLF becomes a true end once a CR is thrown away', content: 'x\r\r\n.\r\r\n{evil}' },
  { n: 9, why: 'CRLF NUL . CRLF becomes a true end once NUL is thrown away', content: 'x\r\n\0.\r\n{evil}' },
  { n: 10, why: 'CRLF . NUL CRLF does too', content: 'x\r\n.\0\r\n{evil}' },
  { n: 11, why: 'LF CR . LF CR is an end for servers that swap the two', content: 'x\n\r.\n\r{evil}' },
  { n: 12, why: 'LF LF . LF LF counts empty lines', content: 'x\n\n.\n\n{evil}' },
  { n: 13, why: 'a bare LF at the very start, before any line', content: '\n.\n{evil}' },
  { n: 14, why: 'a bare CR right before the true end', content: 'x\r\r\n.\r\n' },
  { n: 15, why: 'a bare LF right before the true end', content: 'x\n\r\n.\r\n' },
  {
    n: 16,
    why: 'a lone LF in a header could end the header elsewhere',
    content: 'Subject: a\nBcc: b@example.org\r\n\r\n.\r\n',
  },
  { n: 17, why: 'NUL in a body is cut off there by programs in C', content: 'a\0b\r\n.\r\n' },
  { n: 18, why: 'a stuffed dot does not excuse the bare LF before it', content: 'x\n..\r\n{evil}' },
];

/** These are what they are: the first true end counts, and what follows are commands of the same client. */
const TAKEN: readonly (SmugglingCase & { readonly data: string })[] = [
  {
    n: 31,
    why: 'a stuffed dot alone on its line is content',
    content: 'x\r\n..\r\ny\r\n.\r\n',
    data: 'x\r\n.\r\ny\r\n',
  },
  { n: 32, why: 'dot and blank is a line, not the end', content: '. \r\nx\r\n.\r\n', data: ' \r\nx\r\n' },
  { n: 33, why: 'a dot within a line is content', content: 'a.\r\n.b\r\n.\r\n', data: 'a.\r\nb\r\n' },
  { n: 34, why: 'commands within content are content', content: 'QUIT\r\nRSET\r\n.\r\n', data: 'QUIT\r\nRSET\r\n' },
  { n: 35, why: 'octets over 127 are content', content: '\xff\xfe\x85\r\n.\r\n', data: '\xff\xfe\x85\r\n' },
  {
    n: 36,
    why: 'other control characters end no line',
    content: '\x0b\x0c\x1a\x1c\r\n.\r\n',
    data: '\x0b\x0c\x1a\x1c\r\n',
  },
];

async function beginMessage(server: TestServer): Promise<TestClient> {
  const client = await TestClient.connect(server.port);
  await client.reply();
  const secret = Buffer.from('\0user\0secret').toString('base64');
  for (const line of [
    'EHLO x',
    `AUTH PLAIN ${secret}`,
    'MAIL FROM:<a@example.com>',
    'RCPT TO:<b@example.org>',
    'DATA',
  ]) {
    client.send(`${line}\r\n`);
    assert.match((await client.reply()).at(-1) ?? '', /^[23]/);
  }
  return client;
}

async function withMessage(run: (server: TestServer, client: TestClient) => Promise<void>): Promise<void> {
  const server = await startTestServer();
  const client = await beginMessage(server);
  try {
    await run(server, client);
  } finally {
    client.destroy();
    await server.server.close(0);
  }
}

/** Content goes out whole, or in two pieces cut at the place where servers lose count. */
const DELIVERIES: readonly (readonly [string, (content: string) => readonly string[]])[] = [
  ['in one piece', (content) => [content]],
  ['octet by octet', (content) => content.split('')],
];

describe('what others read as two messages is refused as a whole, once', () => {
  for (const { n, why, content } of REFUSED) {
    for (const [how, cut] of DELIVERIES) {
      test(`${n}, ${how}: ${why}`, () =>
        withMessage(async (server, client) => {
          for (const piece of cut(content.replace('{evil}', EVIL))) client.send(Buffer.from(piece, 'latin1'));
          assert.match(await client.line(), /^554 5\.6\.0 /);
          client.send('NOOP\r\nQUIT\r\n');
          assert.equal(await client.line(), '250 2.0.0 Ok');
          assert.match(await client.line(), /^221 /);
          assert.deepEqual(await client.remaining(), []);
          assert.deepEqual(server.kept, []);
          assert.ok(server.facts.some((fact) => fact.kind === 'violation'));
        }));
    }
  }
});

describe('what only looks like an end of data is content', () => {
  for (const { n, why, content, data } of TAKEN) {
    for (const [how, cut] of DELIVERIES) {
      test(`${n}, ${how}: ${why}`, () =>
        withMessage(async (server, client) => {
          for (const piece of cut(content)) client.send(Buffer.from(piece, 'latin1'));
          assert.match(await client.line(), /^250 2\.0\.0 Ok: queued/);
          assert.deepEqual(
            server.kept.map((message) => message.data.toString('latin1')),
            [data],
          );
        }));
    }
  }
});
