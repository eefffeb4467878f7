// Submission over SMTP through a whole installation: who may sign in, what is refused and how it can be read afterwards.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import nodemailer from 'nodemailer';
import { runBulkhead } from '../support/delivery-world.ts';
import {
  ACCOUNT_TOKEN,
  eventually,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';
import { freePort } from '../support/real-programs.ts';

interface SmtpFailure {
  readonly responseCode?: number;
  readonly response?: string;
}
interface Auth {
  readonly user: string;
  readonly pass: string;
}

const MAIL = { from: 'a@sender.test', to: 'you@example.com', subject: 'Hello', text: 'Hello.' };
const OURS: Auth = { user: SERVER_TOKEN, pass: SERVER_TOKEN };

/** The reply to the message, or to what was refused before it. */
async function mail(port: number, fields: object = {}, auth: Auth = OURS, servername?: string): Promise<string> {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    auth,
    tls: { rejectUnauthorized: false, ...(servername === undefined ? {} : { servername }) },
  });
  try {
    return (await transport.sendMail({ ...MAIL, ...fields })).response;
  } catch (error) {
    const { response } = error as SmtpFailure;
    if (response === undefined) throw error;
    return response;
  } finally {
    transport.close();
  }
}

describe('submission over SMTP', { concurrency: 4 }, () => {
  let installation: Installation;
  let pair: Auth;
  let other: string;
  before(async () => {
    installation = await startInstallation();
    const made = await runBulkhead(
      installation,
      'token',
      'create',
      '--smtp',
      '--server',
      'My first server',
      '--stream',
      'broadcast',
    );
    pair = { user: /access key.*: +(\S+)/.exec(made)?.[1] ?? '', pass: /secret key.*: +(\S+)/.exec(made)?.[1] ?? '' };
    const created = await runBulkhead(installation, 'server', 'create', 'Silent');
    other = /server token: (\S+)/.exec(created)?.[1] ?? '';
    await runBulkhead(installation, 'server', 'set', 'Silent', '--smtp-refusals', 'Bounce');
  });
  after(() => installation?.stop());

  const FAILURES: readonly [name: string, auth: () => Auth, says: RegExp][] = [
    ['an account token', () => ({ user: ACCOUNT_TOKEN, pass: ACCOUNT_TOKEN }), /ServerAPI key required/],
    ['a token in one field only', () => ({ user: SERVER_TOKEN, pass: 'x' }), /one of the two fields/],
    ['tokens of two servers', () => ({ user: SERVER_TOKEN, pass: other }), /two different servers/],
    ['a secret key alone', () => ({ user: 'ann', pass: pair.pass }), /not its access key/],
    ['an access key with a wrong secret', () => ({ user: pair.user, pass: 'x' }), /password is not its secret key/],
    ['white space', () => ({ user: `${SERVER_TOKEN} `, pass: SERVER_TOKEN }), /white space/],
    ['a guess', () => ({ user: 'ann', pass: 'x' }), /authentication failed/],
  ];
  for (const [name, auth, says] of FAILURES) {
    test(`${name} does not sign in, and is told why`, async () => {
      const reply = await mail(installation.smtpPort, {}, auth());
      assert.match(reply, /^535[- ]5\.7\.8/);
      assert.match(reply.replace(/\r?\n535[- ]5\.7\.8 /g, ' '), says);
    });
  }

  const headers = (stream: string): object => ({ headers: { 'X-PM-Message-Stream': stream } });
  const REFUSALS: readonly [name: string, fields: object, reply: RegExp][] = [
    ['an unknown sender', { from: 'a@unknown.test' }, /^550 5\.7\.1 .*\(ErrorCode 400\)/],
    ['an unknown stream', headers('nope'), /^554 5\.7\.1 .*'nope'.*\(ErrorCode 1235\)/],
    ['the inbound stream', headers('inbound'), /^554 5\.7\.1 .*\(ErrorCode 1236\)/],
    ['a stream of the other host', headers('broadcast'), /^554 5\.7\.1 .*broadcast SMTP host.*\(ErrorCode 1236\)/],
    [
      'a forbidden attachment',
      { attachments: [{ filename: 'a.exe', content: 'x' }] },
      /^554 5\.7\.0 .*\(ErrorCode 411\)/,
    ],
    ['a long tag', { headers: { 'X-PM-Tag': 'x'.repeat(1001) } }, /^554 5\.6\.0 .*\(ErrorCode 300\)/],
  ];
  for (const [name, fields, expected] of REFUSALS) {
    test(`${name} is refused after the data, with a text and a code`, async () => {
      const reply = await mail(installation.smtpPort, { subject: name, ...fields });
      assert.match(reply.replace(/\r?\n\d{3}[- ]\d\.\d\.\d /g, ' '), expected);
    });
  }

  test('51 recipients are refused after the data, as the API does it, and nobody gets the message', async () => {
    const bcc = Array.from({ length: 50 }, (_, i) => `r${i}@example.com`);
    const reply = await mail(installation.smtpPort, { subject: 'to many', bcc });
    assert.match(reply, /^554 .*50 recipients at most; this one has 51.*ErrorCode 300/s);
  });

  test('a refusal can be read as a bounce, with what was submitted', async () => {
    await mail(installation.smtpPort, { from: 'a@unknown.test', to: 'reader@example.com', subject: 'To be read' });
    const bounce = await eventually('the bounce', async () => {
      const listed = await installation.api(
        'GET',
        '/bounces?count=5&offset=0&type=SMTPApiError&emailFilter=reader@example.com',
      );
      return listed.body.Bounces[0];
    });
    assert.deepEqual([bounce.TypeCode, bounce.Inactive, bounce.Subject], [100007, false, 'To be read']);
    const dump = await installation.api('GET', `/bounces/${bounce.ID}/dump`);
    assert.match(dump.body.Body, /not a Sender Signature/);
    assert.match(dump.body.Body, /400/);
    assert.match(dump.body.Body, /^Subject: To be read\r?$/m);
  });

  test('a server that wants silence gets 250 and the bounce', async () => {
    const reply = await mail(
      installation.smtpPort,
      { from: 'a@unknown.test', to: 'silent@example.com' },
      { user: other, pass: other },
    );
    assert.match(reply, /^250 2\.0\.0 Ok: queued as [0-9a-f-]{36}/);
    const id = reply.slice(-36);
    await eventually('the bounce', async () => {
      const listed = await installation.api('GET', `/bounces?count=5&offset=0&messageID=${id}`, { token: other });
      return listed.body.Bounces[0]?.Type === 'SMTPApiError' ? true : undefined;
    });
  });

  test('a token pair sends through its stream and no other', async () => {
    const sent = await mail(installation.broadcastPort, {}, pair);
    assert.match(sent, /^250 2\.0\.0 Ok: queued as/);
    await eventually('the message on its stream', async () => {
      const listed = await installation.api('GET', '/messages/outbound?count=50&offset=0&messagestream=broadcast');
      return listed.body.Messages.some((row: { MessageID: string }) => sent.includes(row.MessageID)) ? true : undefined;
    });
    assert.match(await mail(installation.broadcastPort, headers('outbound'), pair), /^554 .*only.*\(ErrorCode 1236\)/s);
    assert.match(await mail(installation.smtpPort, {}, pair), /^554 .*\(ErrorCode 1236\)/s);
    const api = await installation.api('POST', '/email', { body: {}, token: pair.user });
    assert.equal(api.status, 401);
  });

  test('mail over the broadcast host is of the broadcast lane', async () => {
    const sent = await mail(installation.broadcastPort);
    await eventually('the message on the broadcast stream', async () => {
      const listed = await installation.api('GET', '/messages/outbound?count=50&offset=0&messagestream=broadcast');
      return listed.body.Messages.some((row: { MessageID: string }) => sent.includes(row.MessageID)) ? true : undefined;
    });
  });
});

test('where both hosts share a port, the name that TLS asks for chooses; mail of a sandbox is shown as delivered', async (t) => {
  const at = `127.0.0.1:${await freePort()}`;
  const installation = await startInstallation({ env: { BULKHEAD_SMTP: at, BULKHEAD_SMTP_BROADCAST: at } });
  t.after(() => installation.stop());
  const port = installation.smtpPort;
  assert.equal(port, installation.broadcastPort);
  const NAMES: readonly [name: string | undefined, stream: string][] = [
    ['broadcasts.mail.bulkhead.test', 'broadcast'],
    ['mail.bulkhead.test', 'outbound'],
    [undefined, 'outbound'],
  ];
  for (const [name, stream] of NAMES) {
    const id = (await mail(port, {}, OURS, name)).slice(-36);
    const details = await eventually('the message', async () => {
      const answer = await installation.api('GET', `/messages/outbound/${id}/details`);
      return answer.status === 200 ? answer.body : undefined;
    });
    assert.equal(details.MessageStream, stream, name);
  }
  const created = await runBulkhead(installation, 'server', 'create', 'Box', '--sandbox');
  const token = /server token: (\S+)/.exec(created)?.[1] ?? '';
  const id = (await mail(port, {}, { user: token, pass: token })).slice(-36);
  const details = await eventually('the delivery', async () => {
    const answer = await installation.api('GET', `/messages/outbound/${id}/details`, { token });
    return answer.body.MessageEvents?.length === 1 ? answer.body : undefined;
  });
  assert.deepEqual([details.MessageEvents[0].Type, details.Sandboxed], ['Delivered', true]);
});
