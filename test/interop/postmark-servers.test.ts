// The official client manages servers of a running installation, and what it sets takes effect.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountClient, Models, ServerClient, type Errors } from 'postmark';
import { ACCOUNT_TOKEN, SENDER_DOMAIN, eventually, startInstallation } from '../support/installation.ts';

test('AccountClient and ServerClient: servers are made, read, changed, listed and deleted', async (t) => {
  const installation = await startInstallation({ env: { BULKHEAD_SERVER_DELETION: 'true' } });
  t.after(() => installation.stop());
  const options = { requestHost: new URL(installation.http).host, useHttps: false, timeout: 10 };
  const account = new AccountClient(ACCOUNT_TOKEN, options);
  const made = await account.createServer({
    Name: 'Receipts',
    Color: 'Red',
    DeliveryType: Models.ServerDeliveryTypes.Sandbox,
    TrackLinks: Models.LinkTrackingOptions.HtmlOnly,
  });
  assert.deepEqual([made.Name, made.Color, made.DeliveryType], ['Receipts', 'red', 'Sandbox']);
  assert.deepEqual(await account.getServer(made.ID), made);
  const { Servers: listed } = await account.getServers({ name: 'RECEI' });
  assert.deepEqual(listed, [made]);
  const changed = await account.editServer(made.ID, { Name: 'Bills', TrackOpens: true });
  assert.deepEqual([changed.Name, changed.TrackOpens, changed.Color], ['Bills', true, 'red']);

  const client = new ServerClient(made.ApiTokens[0] ?? '', options);
  assert.deepEqual(await client.getServer(), changed);
  assert.equal((await client.editServer({ Color: 'Blue' })).Color, 'blue');
  const sent = await client.sendEmail({
    From: `a@${SENDER_DOMAIN}`,
    To: 'b@example.net',
    Subject: 'x',
    TextBody: 'x',
    TrackOpens: false,
  });
  const details = await eventually('the message to be readable', async () =>
    client.getOutboundMessageDetails(sent.MessageID).catch(() => undefined),
  );
  assert.equal(details.TrackOpens, true, "a server's own setting cannot be switched off by a message");
  assert.equal((details as unknown as { Sandboxed: boolean }).Sandboxed, true);

  const removed = await account.deleteServer(made.ID);
  assert.deepEqual(removed, { ErrorCode: 0, Message: 'Server Bills removed.' });
  await assert.rejects(client.getServer(), (error: Errors.InvalidAPIKeyError) => error.statusCode === 401);
  await assert.rejects(account.getServer(made.ID), { code: 601 });
});
