// A token with limits does what it may, over HTTP and SMTP, and says what it may not; its last use is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SENDER_DOMAIN, SERVER_TOKEN, startInstallation } from '../support/installation.ts';
import { sendRaw, talkSmtp } from '../support/smtp-talk.ts';

test('a token with limits sends within them and nowhere else', async (t) => {
  const installation = await startInstallation({ env: { BULKHEAD_TRUSTED_DOMAINS: `${SENDER_DOMAIN},other.test` } });
  t.after(() => installation.stop());
  const made = async (limits: object): Promise<string> => {
    const { body } = await installation.api('POST', '/servers/1/tokens', { body: limits, account: true });
    return body.Token as string;
  };
  const message = { From: `a@${SENDER_DOMAIN}`, To: 'b@example.net', TextBody: 'x' };
  const send = async (token: string, changes: object = {}) => {
    const { status, body } = await installation.api('POST', '/email', { body: { ...message, ...changes }, token });
    return [status, body.ErrorCode] as const;
  };
  const one = await made({ Streams: ['outbound'], FromDomains: [SENDER_DOMAIN], Networks: ['127.0.0.0/8'] });
  assert.deepEqual(await send(one), [200, 0]);
  assert.deepEqual(await send(one, { MessageStream: 'broadcast' }), [422, 9002]);
  assert.deepEqual(await send(one, { From: 'a@other.test' }), [422, 9002]);
  const shown = await installation.api('GET', '/server', { token: one });
  assert.deepEqual(shown.body.ApiTokens, [], 'tokens without limits are not shown to it');

  const elsewhere = await made({ Networks: ['192.0.2.0/24'] });
  assert.deepEqual(await send(elsewhere), [422, 1480]);
  const stranger = await talkSmtp(installation.smtpPort);
  await assert.rejects(stranger.signIn(elsewhere), /535 5\.7\.8 .*may not be used from this address/);
  stranger.end();
  const talk = await talkSmtp(installation.smtpPort);
  await talk.signIn(one);
  const raw = (from: string): string => `From: ${from}\r\nTo: b@example.net\r\nSubject: x\r\n\r\nx\r\n`;
  assert.equal((await sendRaw(talk, ['b@example.net'], raw(`a@${SENDER_DOMAIN}`))).code, 250);
  const limited = await sendRaw(talk, ['b@example.net'], raw('a@other.test'));
  assert.match(limited.text, /^550 5\.7\.1 .*may not send from other\.test.*9002/);
  talk.end();
});

test('an SMTP session ends at the next message once its token is revoked; the message before it is kept', async (t) => {
  const installation = await startInstallation();
  t.after(() => installation.stop());
  const { body: made } = await installation.api('POST', '/servers/1/tokens', { body: {}, account: true });
  const raw = `From: a@${SENDER_DOMAIN}\r\nTo: b@example.net\r\nSubject: x\r\n\r\nx\r\n`;
  const [talk, other] = [await talkSmtp(installation.smtpPort), await talkSmtp(installation.smtpPort)];
  await talk.signIn(made.Token);
  await other.signIn(SERVER_TOKEN);
  for (const each of [talk, other]) assert.equal((await sendRaw(each, ['b@example.net'], raw)).code, 250);
  const revoked = await installation.api('DELETE', `/servers/1/tokens/${made.ID}`, { account: true });
  assert.equal(revoked.status, 200);
  const refused = await talk.ask(`MAIL FROM:<a@${SENDER_DOMAIN}>`);
  assert.match(refused.text, /^421 4\.7\.0 Connect and authenticate again: this token was revoked\.$/);
  await assert.rejects(talk.ask('NOOP'), 'the session has ended');
  assert.equal((await sendRaw(other, ['b@example.net'], raw)).code, 250);
  const again = await talkSmtp(installation.smtpPort);
  await assert.rejects(again.signIn(made.Token), /535 5\.7\.8/);
  for (const each of [again, other]) each.end();
});
