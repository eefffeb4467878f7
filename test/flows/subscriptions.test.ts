// Bounce, suppression and send are one state (contract sending 17), through the official client on a running server: whichever
// door changes it, all of them show it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Errors, ServerClient } from 'postmark';
import {
  eventually,
  SENDER_DOMAIN,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';

const HARD = 'HardBounce@bounce-testing.postmarkapp.com';
const MESSAGE = { From: `ann@${SENDER_DOMAIN}`, Subject: 'Hello', TextBody: 'Hello.' };

async function running(t: TestContext): Promise<{ installation: Installation; client: ServerClient }> {
  const installation = await startInstallation();
  t.after(() => installation.stop());
  const requestHost = installation.http.replace('http://', '');
  return { installation, client: new ServerClient(SERVER_TOKEN, { requestHost, useHttps: false, timeout: 10 }) };
}

async function isRefused(client: ServerClient, To: string, MessageStream = 'outbound'): Promise<boolean> {
  try {
    await client.sendEmail({ ...MESSAGE, To, MessageStream });
    return false;
  } catch (error) {
    assert.ok(error instanceof Errors.InactiveRecipientsError);
    return true;
  }
}

const listed = async (client: ServerClient, stream = 'outbound'): Promise<readonly string[]> =>
  (await client.getSuppressions(stream)).Suppressions.map(
    ({ EmailAddress, SuppressionReason, Origin }) => `${EmailAddress} ${SuppressionReason}/${Origin}`,
  );

test('every door shows and changes the same state', async (t) => {
  const { client } = await running(t);

  await client.sendEmail({ ...MESSAGE, To: HARD });
  const bounce = await eventually('the bounce', async () => (await client.getBounces({ count: 1 })).Bounces[0]);
  assert.deepEqual([bounce.Inactive, bounce.CanActivate], [true, true]);
  assert.deepEqual(await listed(client), [`${HARD.toLowerCase()} HardBounce/Recipient`]);
  assert.ok(await isRefused(client, HARD));
  assert.equal(await isRefused(client, HARD, 'broadcast'), false, 'lists are of one stream');

  const lifted = await client.deleteSuppressions('outbound', { Suppressions: [{ EmailAddress: HARD }] });
  assert.deepEqual(
    lifted.Suppressions.map(({ Status }) => Status),
    ['Deleted'],
  );
  await eventually('the bounce to be active', async () =>
    (await client.getBounce(bounce.ID)).Inactive ? undefined : true,
  );
  assert.equal(await isRefused(client, HARD), false);

  const second = await eventually('the second bounce', async () => {
    const { Bounces } = await client.getBounces({ count: 1, inactive: true });
    return Bounces[0];
  });
  assert.ok(await isRefused(client, HARD));
  assert.equal((await client.activateBounce(second.ID)).Bounce.Inactive, false);
  assert.deepEqual(await listed(client), []);
  assert.equal((await client.getBounces({ count: 5 })).TotalCount, 2, 'bounces stay listed');

  const made = await client.createSuppressions('outbound', { Suppressions: [{ EmailAddress: 'cy@example.net' }] });
  assert.deepEqual(
    made.Suppressions.map(({ EmailAddress, Status }) => [EmailAddress, Status]),
    [['cy@example.net', 'Suppressed']],
  );
  assert.deepEqual(await listed(client), ['cy@example.net ManualSuppression/Customer']);
  assert.ok(await isRefused(client, 'cy@example.net'));
  await client.deleteSuppressions('outbound', { Suppressions: [{ EmailAddress: 'CY@example.net' }] });
  assert.equal(await isRefused(client, 'cy@example.net'), false);
});

test('streams are made, archived, and send no more within a second', async (t) => {
  const { client } = await running(t);
  const made = await client.createMessageStream({ ID: 'news', Name: 'News', MessageStreamType: 'Broadcasts' });
  assert.equal(made.SubscriptionManagementConfiguration.UnsubscribeHandlingType, 'Postmark');
  assert.equal((await client.getMessageStreams()).TotalCount, 4);
  assert.equal((await client.getMessageStream('news')).Name, 'News');
  assert.equal((await client.editMessageStream('news', { Description: 'Weekly' })).Description, 'Weekly');
  const message = { ...MESSAGE, To: 'bob@example.net', MessageStream: 'news' };
  assert.equal((await client.sendEmail(message)).ErrorCode, 0);

  const archived = await client.archiveMessageStream('news');
  assert.deepEqual([archived.ID, typeof archived.ExpectedPurgeDate], ['news', 'string']);
  const refusal = await eventually('the stream to send no more', () =>
    client.sendEmail(message).then(
      () => undefined,
      (error: Errors.PostmarkError) => error,
    ),
  );
  assert.equal(refusal.code, 1235);
  assert.equal((await client.getMessageStreams()).TotalCount, 3);
  assert.equal((await client.getMessageStreams({ includeArchivedStreams: true })).TotalCount, 4);
  assert.equal((await client.unarchiveMessageStream('news')).ArchivedAt, null);
  assert.equal((await client.sendEmail(message)).ErrorCode, 0);
});

test('who follows the link of a broadcast gets no more of it, until they come back', async (t) => {
  const { installation, client } = await running(t);
  const broadcast = { ...MESSAGE, To: 'dan@example.net', MessageStream: 'broadcast' };
  const { MessageID } = await client.sendEmail({ ...broadcast, HtmlBody: '<p>{{{ pm:unsubscribe }}}</p>' });
  const captured = await eventually('the broadcast', async () => {
    const { status, body } = await installation.api('GET', `/capture/${MessageID}`);
    return status === 200 ? (body as { Source: string; HtmlBody: string }) : undefined;
  });
  const link = /^List-Unsubscribe: <(\S+)>\r$/m.exec(captured.Source)?.[1] ?? '';
  assert.ok(link.startsWith(`${installation.http}/unsubscribe/`));
  assert.match(captured.Source, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
  assert.match(captured.HtmlBody, new RegExp(`<a href="${link}">Unsubscribe</a>`));

  assert.match(await (await fetch(link)).text(), /dan@example\.net/);
  assert.equal(await isRefused(client, 'dan@example.net', 'broadcast'), false, 'looking changes nothing');
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  assert.equal((await fetch(link, { method: 'POST', body })).status, 200);
  assert.ok(await isRefused(client, 'dan@example.net', 'broadcast'));
  assert.equal(await isRefused(client, 'dan@example.net'), false, 'the other streams are not concerned');
  assert.deepEqual(await listed(client, 'broadcast'), ['dan@example.net ManualSuppression/Recipient']);
  await eventually('the unsubscribe in the history', async () => {
    const { MessageEvents } = await client.getOutboundMessageDetails(MessageID);
    return MessageEvents.some(({ Type }) => Type === 'SubscriptionChanged') ? true : undefined;
  });
  await fetch(link, { method: 'POST', body: new URLSearchParams({ action: 'resubscribe' }) });
  assert.equal(await isRefused(client, 'dan@example.net', 'broadcast'), false);
});
