// A single address becomes a sender: a mail with a link that only its reader has, a page that asks, and then it may send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, startInstallation } from '../support/installation.ts';

const ANN = { FromEmail: 'ann@single.test', Name: 'Ann Lee', ReplyToEmail: 'desk@single.test' } as const;
const MAIL = { From: ANN.FromEmail, To: 'bob@example.net', Subject: 'Hello', TextBody: 'Hello.' } as const;

test('an address sends once its reader has opened the link and confirmed', async (t) => {
  const installation = await startInstallation({
    env: { BULKHEAD_PUBLIC_URL: 'https://mail.bulkhead.test/bulkhead/' },
  });
  t.after(() => installation.stop());
  const { http } = installation;
  const api: typeof installation.api = (...args) => installation.api(...args);
  assert.equal((await installation.send(MAIL)).body.ErrorCode, 400);
  const created = await api('POST', '/senders', { body: ANN, account: true });
  assert.deepEqual([created.status, created.body.Confirmed, created.body.Problems], [200, false, []]);
  assert.equal((await installation.send(MAIL)).body.ErrorCode, 401);

  const mail = await eventually('the confirmation mail', async () => {
    const { body } = await api('GET', '/capture', { account: true });
    return body.TotalCount === 1 ? body.Messages[0] : undefined;
  });
  const shown = await api('GET', `/capture/${mail.MessageID}`, { account: true });
  assert.match(shown.body.Source, /^DKIM-Signature: .*d=mail\.bulkhead\.test;/ms);
  const link = /https:\/\/mail\.bulkhead\.test\/bulkhead(\/confirm-sender\/\S+)/.exec(shown.body.TextBody)?.[1] ?? '';
  const own = await api('GET', `/messages/outbound/${mail.MessageID}/details`);
  assert.equal(own.body.ErrorCode, 701, 'a token of the account does not read it');

  assert.match(await (await fetch(`${http}${link}`)).text(), /<form method="post">/);
  assert.equal((await installation.send(MAIL)).body.ErrorCode, 401, 'a scanner that opens links confirms nothing');
  const confirmed = await fetch(`${http}${link}`, { method: 'POST', body: new URLSearchParams() });
  assert.match(await confirmed.text(), /Email may be sent as/);
  assert.equal((await api('GET', `/senders/${created.body.ID}`, { account: true })).body.Confirmed, true);

  const sent = await installation.send(MAIL);
  assert.deepEqual([sent.status, sent.body.Message], [200, 'OK']);
  assert.equal((await installation.send({ ...MAIL, From: 'bob@single.test' })).body.ErrorCode, 401);
  const captured = await eventually('the message', async () => {
    const answer = await api('GET', `/capture/${sent.body.MessageID}`);
    return answer.status === 200 ? answer.body : undefined;
  });
  assert.match(captured.Source, /^From: Ann Lee <ann@single\.test>\r$/m);
  assert.match(captured.Source, /^Reply-To: desk@single\.test\r$/m);
  assert.match(captured.Source, /^DKIM-Signature: .*d=mail\.bulkhead\.test;/ms);
  await api('DELETE', `/senders/${created.body.ID}`, { account: true });
  await eventually('the address to be refused again', async () =>
    (await installation.send(MAIL)).body.ErrorCode === 401 ? true : undefined,
  );
});
