// The official client library, unchanged but for its host: sends, reads back, and gets its own error classes.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Errors, Models, ServerClient } from 'postmark';
import type { SubmitResult } from '../../src/core/draft.ts';
import { API_ERRORS, apiError, type ApiError } from '../../src/domain/api-error.ts';
import { accept, MESSAGE_ID, openDoor, TOKENS, type Door, type DoorOptions } from '../support/api-door.ts';
import { bounceRow, outboundRow } from '../support/api-rows.ts';
import { eventually, SENDER_DOMAIN, SERVER_TOKEN, startInstallation } from '../support/installation.ts';

async function connected(
  t: TestContext,
  options: DoorOptions = {},
  token: string = TOKENS.server,
): Promise<{ client: ServerClient; door: Door }> {
  const door = openDoor(options);
  await door.app.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => door.app.close());
  const { port } = door.app.server.address() as AddressInfo;
  return { client: new ServerClient(token, { requestHost: `127.0.0.1:${port}`, useHttps: false, timeout: 10 }), door };
}

const MESSAGE = { From: 'ann@example.com', To: 'bob@example.net', Subject: 'Hello', TextBody: 'Hello.' };

test('sendEmail', async (t) => {
  const { client, door } = await connected(t);
  const attachment = new Models.Attachment('logo.png', 'iVBORw0KGgo=', 'image/png', 'cid:logo');
  const result = await client.sendEmail({
    ...MESSAGE,
    Cc: 'cc@example.net',
    HtmlBody: '<img src="cid:logo">',
    TrackLinks: Models.LinkTrackingOptions.HtmlOnly,
    Headers: [new Models.Header('X-Test', 'yes')],
    Metadata: { color: 'blue' },
    Attachments: [attachment, new Models.Attachment('a.txt', 'aGk=', 'text/plain')],
    MessageStream: 'outbound',
  });
  assert.deepEqual(result, {
    To: 'bob@example.net',
    Cc: 'cc@example.net',
    SubmittedAt: '2026-11-05T16:33:54.9070000Z',
    MessageID: MESSAGE_ID,
    ErrorCode: 0,
    Message: 'OK',
  });
  const draft = door.draft();
  assert.deepEqual(
    draft.attachments.map(({ name, contentId }) => [name, contentId]),
    [
      ['logo.png', 'cid:logo'],
      ['a.txt', undefined],
    ],
  );
  assert.deepEqual(draft.headers, [{ name: 'X-Test', value: 'yes' }]);
  assert.equal(draft.trackLinks, 'HtmlOnly');
});

test('sendEmailBatch', async (t) => {
  const { client } = await connected(t, {
    submit: ({ draft }): SubmitResult =>
      draft.kind === 'content' && draft.to === undefined
        ? { kind: 'refused', messageId: MESSAGE_ID, error: API_ERRORS.zeroRecipients() }
        : accept(),
  });
  const results = await client.sendEmailBatch([MESSAGE, { ...MESSAGE, To: '' }, MESSAGE]);
  assert.deepEqual(
    results.map(({ ErrorCode, Message }) => [ErrorCode, Message]),
    [
      [0, 'OK'],
      [300, 'Zero recipients specified'],
      [0, 'OK'],
    ],
  );
});

test('the test token', async (t) => {
  const { client, door } = await connected(t, {}, 'POSTMARK_API_TEST');
  const result = await client.sendEmail(MESSAGE);
  assert.equal(result.Message, 'Test job accepted');
  assert.equal(result.MessageID.length, 36);
  assert.ok(door.handed.every(({ options }) => options.dryRun));
});

test('getOutboundMessages, details and dump', async (t) => {
  const { client, door } = await connected(t);
  door.rows.outbound.push(outboundRow());
  const found = await client.getOutboundMessages({ recipient: 'bob@example.net', fromEmail: 'ann@example.com' });
  assert.equal(found.TotalCount, 1);
  assert.equal(found.Messages[0]?.MessageID, MESSAGE_ID);
  assert.deepEqual(door.asked[0]?.value, {
    count: 100,
    offset: 0,
    serverId: 1,
    streamId: 'outbound',
    recipient: 'bob@example.net',
    fromAddress: 'ann@example.com',
  });
  const details = await client.getOutboundMessageDetails(MESSAGE_ID);
  assert.deepEqual(
    details.MessageEvents.map(({ Type }) => Type),
    ['Delivered', 'Transient', 'Bounced'],
  );
  assert.match((await client.getOutboundMessageDump(MESSAGE_ID)).Body, /^From: /);
});

test('bounces: list, one, dump, activation, statistics', async (t) => {
  const { client, door } = await connected(t);
  door.rows.bounces.push(bounceRow());
  const { TotalCount, Bounces } = await client.getBounces({ type: Models.BounceType.HardBounce });
  assert.equal(TotalCount, 1);
  const id = Bounces[0]?.ID ?? 0;
  assert.equal((await client.getBounce(id)).Email, 'Anything@example.net');
  assert.equal((await client.getBounceDump(id)).Body, 'the dump');
  const stats = await client.getDeliveryStatistics();
  assert.deepEqual(stats, {
    InactiveMails: 1,
    Bounces: [
      { Name: 'All', Count: 1 },
      { Type: 'HardBounce', Name: 'Hard bounce', Count: 1 },
    ],
  });
  const activated = await client.activateBounce(id);
  assert.equal(activated.Message, 'OK');
  assert.equal(activated.Bounce.Inactive, false);
});

const REFUSALS: readonly [error: ApiError, kind: new (message: string, code: number, statusCode: number) => Error][] = [
  [API_ERRORS.zeroRecipients(), Errors.InvalidEmailRequestError],
  [API_ERRORS.notASender('x@example.com'), Errors.ApiInputError],
  [API_ERRORS.unknownStream('nope'), Errors.ApiInputError],
  [API_ERRORS.tooManyRequests(), Errors.RateLimitExceededError],
  [apiError(101, 'An unexpected error happened.'), Errors.InternalServerError],
  [API_ERRORS.maintenance('Down for a moment.'), Errors.ServiceUnavailablerError],
];

for (const [error, kind] of REFUSALS) {
  test(`code ${error.code} becomes ${kind.name}`, async (t) => {
    const { client } = await connected(t, {
      submit: () => ({ kind: 'refused', messageId: MESSAGE_ID, error }),
    });
    await assert.rejects(client.sendEmail(MESSAGE), (thrown) => {
      assert.ok(thrown instanceof kind);
      const { code, statusCode, message } = thrown as unknown as { code: number; statusCode: number; message: string };
      assert.deepEqual([code, statusCode, message], [error.code, error.status, error.message]);
      return true;
    });
  });
}

test('suppressed recipients become InactiveRecipientsError with the addresses', async (t) => {
  const addresses = ['a@example.com', 'b@example.com'];
  const { client } = await connected(t, {
    submit: () => ({ kind: 'refused', messageId: MESSAGE_ID, error: API_ERRORS.inactiveRecipients(addresses) }),
  });
  await assert.rejects(client.sendEmail(MESSAGE), (thrown) => {
    assert.ok(thrown instanceof Errors.InactiveRecipientsError);
    assert.deepEqual(thrown.recipients, addresses);
    return true;
  });
});

test('a wrong token becomes InvalidAPIKeyError', async (t) => {
  const { client } = await connected(t, {}, 'nope');
  await assert.rejects(client.getDeliveryStatistics(), (thrown) => {
    assert.ok(thrown instanceof Errors.InvalidAPIKeyError);
    assert.equal(thrown.code, 10);
    return true;
  });
});

test('a path that does not exist is an error of the client’s own class, and not one of parsing', async (t) => {
  const { door } = await connected(t);
  const { port } = door.app.server.address() as AddressInfo;
  const client = new ServerClient(TOKENS.server, { requestHost: `127.0.0.1:${port}/nowhere`, useHttps: false });
  await assert.rejects(client.getTemplates(), (thrown) => {
    assert.ok(thrown instanceof Errors.PostmarkError);
    assert.match(thrown.message, /There is no resource at \/nowhere\/templates/);
    return true;
  });
});

test('a whole installation: sends, bounces, reads back, and refuses with the right classes', async (t) => {
  const installation = await startInstallation();
  t.after(() => installation.stop());
  const requestHost = installation.http.replace('http://', '');
  const client = new ServerClient(SERVER_TOKEN, { requestHost, useHttps: false, timeout: 10 });
  const message = { ...MESSAGE, From: `Ann <ann@${SENDER_DOMAIN}>`, HtmlBody: '<b>Hello</b>' };

  const sent = await client.sendEmail({ ...message, Metadata: { color: 'blue' } });
  assert.deepEqual([sent.ErrorCode, sent.Message, sent.To], [0, 'OK', MESSAGE.To]);
  const batch = await client.sendEmailBatch([message, { ...message, From: 'x@foreign.test' }, message]);
  assert.deepEqual(
    batch.map(({ ErrorCode }) => ErrorCode),
    [0, 400, 0],
  );

  const found = await eventually('three delivered messages', async () => {
    const page = await client.getOutboundMessages({ count: 10 });
    return Number(page.TotalCount) === 3 && page.Messages.every(({ Status }) => Status === 'Sent') ? page : undefined;
  });
  assert.ok(found.Messages.some(({ MessageID }) => MessageID === sent.MessageID));
  const details = await client.getOutboundMessageDetails(sent.MessageID);
  assert.deepEqual([details.TextBody, details.HtmlBody], [message.TextBody, message.HtmlBody]);
  assert.deepEqual(
    details.MessageEvents.map(({ Type }) => Type),
    ['Delivered'],
  );

  await assert.rejects(client.sendEmail({ ...message, To: '' }), Errors.InvalidEmailRequestError);
  await assert.rejects(client.sendEmail({ ...message, MessageStream: 'nope' }), Errors.ApiInputError);
});

test('a whole installation: a fake hard bounce suppresses, and activation lifts it', async (t) => {
  const installation = await startInstallation();
  t.after(() => installation.stop());
  const requestHost = installation.http.replace('http://', '');
  const client = new ServerClient(SERVER_TOKEN, { requestHost, useHttps: false, timeout: 10 });
  const address = 'HardBounce@bounce-testing.postmarkapp.com';
  const message = { ...MESSAGE, From: `ann@${SENDER_DOMAIN}`, To: address };
  await client.sendEmail(message);
  const bounce = await eventually('the bounce', async () => (await client.getBounces({ count: 1 })).Bounces[0]);
  assert.deepEqual([bounce.Type, bounce.Email, bounce.Inactive], ['HardBounce', address, true]);
  const refusal = await eventually('the suppression', () =>
    client.sendEmail(message).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  assert.ok(refusal instanceof Errors.InactiveRecipientsError);
  assert.deepEqual(refusal.recipients, [address]);

  assert.equal((await client.activateBounce(bounce.ID)).Bounce.Inactive, false);
  assert.equal((await client.sendEmail(message)).ErrorCode, 0);
});
