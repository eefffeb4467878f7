// The official client's bulk methods, unchanged but for its host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Errors, Models, ServerClient } from 'postmark';
import { eventually, SENDER_DOMAIN, SERVER_TOKEN, startInstallation } from '../support/installation.ts';

test('sendBulkEmail and getBulkEmailStatus', async (t) => {
  const server = await startInstallation();
  t.after(() => server.stop());
  const client = new ServerClient(SERVER_TOKEN, {
    requestHost: new URL(server.http).host,
    useHttps: false,
    timeout: 30,
  });
  const request = new Models.BulkEmailRequest(
    `news@${SENDER_DOMAIN}`,
    [
      new Models.BulkEmailMessage('ann@example.com', { name: 'Ann' }, undefined, undefined, { key: 'own' }),
      new Models.BulkEmailMessage('bob@example.com', { name: 'Bob' }),
    ],
    'Hello {{name}}',
    '<p>Hello {{name}}</p>',
  );
  const accepted = await client.sendBulkEmail(request);
  assert.equal(accepted.Status, Models.BulkEmailStatus.Accepted);
  const end = await eventually('the end of the request', async () => {
    const found = await client.getBulkEmailStatus(accepted.Id);
    return found.Status === Models.BulkEmailStatus.Completed ? found : undefined;
  });
  assert.deepEqual(
    [end.Id, end.TotalMessages, end.PercentageCompleted, end.Subject],
    [accepted.Id, 2, 100, 'Hello {{name}}'],
  );
  const sent = await eventually('both messages', async () => {
    const { Messages } = await client.getOutboundMessages({ messageStream: 'broadcast' });
    return Messages.length === 2 ? Messages : undefined;
  });
  assert.deepEqual(sent.map(({ Subject }) => Subject).sort(), ['Hello Ann', 'Hello Bob']);

  await assert.rejects(client.getBulkEmailStatus('01900000-0000-7000-8000-000000000001'), {
    statusCode: 404,
    code: 12,
  });
  await assert.rejects(
    client.sendBulkEmail({ ...request, MessageStream: 'nope' }),
    (error) => error instanceof Errors.ApiInputError && error.code === 1226,
  );
});
