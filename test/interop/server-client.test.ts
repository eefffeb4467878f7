// Every method of the official server client, unchanged but for its host, on a running installation: the last test fails for a
// method that none of the others has called. Templates, statistics and bulk requests are looked at closer in files of their own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Errors, Models, ServerClient } from 'postmark';
import {
  ACCOUNT_TOKEN,
  eventually,
  SERVER_TOKEN,
  startInstallation,
  type Installation,
} from '../support/installation.ts';
import { startHookReceiver, type HookReceiver } from '../support/hook-receiver.ts';
import { recorded, type Recorded } from '../support/recorded-client.ts';

const MAIL = { From: 'Ann <ann@sender.test>', To: 'bob@example.net', Subject: 'Hello', TextBody: 'Hello.' };
/** Of no message. */
const NOBODYS = '01900000-0000-7000-8000-000000000001';
const HARD = 'HardBounce@bounce-testing.postmarkapp.com';

describe('the official client on a running installation', () => {
  let installation: Installation;
  let hooks: HookReceiver;
  let recording: Recorded<ServerClient>;
  let client: ServerClient;
  const clientWith = (token: string): ServerClient =>
    new ServerClient(token, { requestHost: installation.http.replace('http://', ''), useHttps: false, timeout: 10 });
  before(async () => {
    hooks = await startHookReceiver();
    // What webhooks lead to is on this machine.
    installation = await startInstallation({ env: { BULKHEAD_ALLOW_NETWORKS: '127.0.0.0/8' } });
    recording = recorded(clientWith(SERVER_TOKEN));
    client = recording.client;
  });
  after(async () => {
    await installation?.stop();
    await hooks?.close();
  });

  const refused = async (promise: Promise<unknown>, code: number): Promise<void> => {
    const error = await thrown(promise);
    assert.ok(error instanceof Errors.PostmarkError, String(error));
    assert.equal(error.code, code);
  };

  const thrown = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error,
    );

  test('sendEmail, and the message can be read back with all that was sent', async () => {
    const sent = await client.sendEmail({
      ...MAIL,
      Cc: 'cc@example.net',
      Tag: 'welcome',
      HtmlBody: '<img src="cid:logo">',
      Metadata: { color: 'blue' },
      Headers: [new Models.Header('X-Test', 'yes')],
      Attachments: [new Models.Attachment('logo.png', 'iVBORw0KGgo=', 'image/png', 'cid:logo')],
    });
    assert.deepEqual([sent.ErrorCode, sent.Message, sent.To], [0, 'OK', 'bob@example.net']);
    const details = await eventually('the deliveries', async () => {
      const found = await client.getOutboundMessageDetails(sent.MessageID).catch(() => undefined);
      return found?.MessageEvents.length === 2 ? found : undefined;
    });
    assert.deepEqual([details.Tag, details.Metadata, details.Status], ['welcome', { color: 'blue' }, 'Sent']);
    assert.match((await client.getOutboundMessageDump(sent.MessageID)).Body, /^X-Test: yes\r?$/m);
    const listed = await client.getOutboundMessages({ tag: 'welcome', recipient: 'cc@example.net' });
    assert.equal(listed.TotalCount, 1);
  });

  test('sendEmailBatch gives each message its own answer, in order', async () => {
    const batch = [
      MAIL,
      { ...MAIL, To: '' },
      { ...MAIL, From: 'a@unknown.test' },
      { ...MAIL, MessageStream: 'nope' },
      MAIL,
    ];
    const results = await client.sendEmailBatch(batch);
    assert.deepEqual(
      results.map(({ ErrorCode }) => ErrorCode),
      [0, 300, 400, 1235, 0],
    );
    assert.equal(new Set(results.map(({ MessageID }) => MessageID).filter(Boolean)).size, 2);
  });

  test('a hard bounce is listed, counted, suppresses, and can be reactivated', async () => {
    const sent = await client.sendEmail({ ...MAIL, To: HARD });
    const bounce = await eventually(
      'the bounce',
      async () => (await client.getBounces({ messageID: sent.MessageID })).Bounces[0],
    );
    assert.deepEqual([bounce.Type, bounce.Inactive, bounce.CanActivate], ['HardBounce', true, true]);
    assert.equal((await client.getBounce(bounce.ID)).Email, HARD);
    assert.equal(typeof (await client.getBounceDump(bounce.ID)).Body, 'string');
    const stats = await client.getDeliveryStatistics();
    assert.equal(stats.InactiveMails, 1);
    assert.ok(stats.Bounces.some(({ Name, Count }) => Name === 'Hard bounce' && Count === 1));
    const error = await eventually('the suppression', async () =>
      client.sendEmail({ ...MAIL, To: HARD }).then(
        () => undefined,
        (refused: unknown) => refused,
      ),
    );
    assert.ok(error instanceof Errors.InactiveRecipientsError);
    assert.deepEqual(error.recipients, [HARD]);
    const { Message, Bounce } = await client.activateBounce(bounce.ID);
    assert.deepEqual([Message, Bounce.Inactive], ['OK', false]);
    assert.equal((await client.sendEmail({ ...MAIL, To: HARD })).ErrorCode, 0);
  });

  test('errors come as the client’s own classes', async () => {
    assert.ok((await thrown(client.sendEmail({ ...MAIL, To: '' }))) instanceof Errors.InvalidEmailRequestError);
    const sender = await thrown(client.sendEmail({ ...MAIL, From: 'a@unknown.test' }));
    assert.ok(sender instanceof Errors.ApiInputError && sender.code === 400);
    for (const token of ['nope', ACCOUNT_TOKEN])
      assert.ok((await thrown(clientWith(token).sendEmail(MAIL))) instanceof Errors.InvalidAPIKeyError);
  });

  test('the test token sends nothing', async () => {
    const before = (await client.getOutboundMessages({ count: 1 })).TotalCount;
    const { Message, MessageID } = await clientWith('POSTMARK_API_TEST').sendEmail(MAIL);
    assert.deepEqual([Message, MessageID.length], ['Test job accepted', 36]);
    assert.equal((await client.getOutboundMessages({ count: 1 })).TotalCount, before);
  });

  test('message streams: create, list, get, edit, archive, unarchive', async () => {
    const made = await client.createMessageStream({ ID: 'news', Name: 'News', MessageStreamType: 'Broadcasts' });
    assert.deepEqual(
      [made.ID, made.SubscriptionManagementConfiguration],
      ['news', { UnsubscribeHandlingType: 'Postmark' }],
    );
    const edited = await client.editMessageStream('news', { Name: 'Weekly', Description: 'Each Friday' });
    assert.deepEqual(
      [edited.Name, edited.Description, edited.MessageStreamType],
      ['Weekly', 'Each Friday', 'Broadcasts'],
    );
    assert.deepEqual(await client.getMessageStream('news'), edited);
    const archived = await client.archiveMessageStream('news');
    assert.ok(Date.parse(archived.ExpectedPurgeDate) > Date.now() + 44 * 86_400_000);
    const ids = async (filter: Models.MessageStreamsFilteringParameters): Promise<string[]> =>
      (await client.getMessageStreams(filter)).MessageStreams.map(({ ID }) => ID);
    assert.deepEqual(await ids({}), ['outbound', 'broadcast', 'inbound']);
    assert.deepEqual(await ids({ messageStreamType: 'Broadcasts', includeArchivedStreams: true }), [
      'broadcast',
      'news',
    ]);
    assert.equal((await client.unarchiveMessageStream('news')).ArchivedAt, null);
    await refused(client.archiveMessageStream('outbound'), 1229);
  });

  test('suppressions: create, list, delete, and what they do to a message', async () => {
    const entries = { Suppressions: [{ EmailAddress: 'Gone@example.net' }, { EmailAddress: 'nobody' }] };
    const made = await client.createSuppressions('outbound', entries);
    assert.deepEqual(
      made.Suppressions.map(({ Status }) => Status),
      ['Suppressed', 'Failed'],
    );
    const filter = { suppressionReason: Models.SuppressionReason.ManualSuppression, emailAddress: 'gone@example.net' };
    const [listed] = (await client.getSuppressions('outbound', filter)).Suppressions;
    assert.deepEqual([listed?.SuppressionReason, listed?.Origin], ['ManualSuppression', 'Customer']);
    await refused(client.sendEmail({ ...MAIL, To: 'gone@example.net' }), 406);
    const lifted = await client.deleteSuppressions('outbound', {
      Suppressions: [{ EmailAddress: 'gone@example.net' }],
    });
    assert.equal(lifted.Suppressions[0]?.Status, 'Deleted');
    assert.equal((await client.sendEmail({ ...MAIL, To: 'gone@example.net' })).ErrorCode, 0);
  });

  test('webhooks: create, list, get, edit, delete; a receiver gets what the webhook says', async () => {
    const made = await client.createWebhook({
      Url: `${hooks.url}/events`,
      HttpAuth: { Username: 'team', Password: 'secret' },
      HttpHeaders: [{ Name: 'X-Team', Value: 'billing' }],
      Triggers: { Bounce: { Enabled: true, IncludeContent: true }, Open: { Enabled: true, PostFirstOpenOnly: true } },
    });
    assert.deepEqual([made.MessageStream, made.Triggers.Click], ['outbound', { Enabled: false }]);
    const edited = await client.editWebhook(made.ID, { HttpHeaders: [], Triggers: { Click: { Enabled: true } } });
    assert.deepEqual([edited.HttpHeaders, edited.HttpAuth], [[], { Username: 'team', Password: 'secret' }]);
    assert.deepEqual([edited.Triggers.Bounce, edited.Triggers.Click], [made.Triggers.Bounce, { Enabled: true }]);
    assert.deepEqual(await client.getWebhook(made.ID), edited);
    assert.deepEqual((await client.getWebhooks({ messageStream: 'outbound' })).Webhooks, [edited]);
    assert.deepEqual((await client.getWebhooks({ messageStream: 'broadcast' })).Webhooks, []);

    const verified = await installation.api('POST', `/webhooks/${made.ID}/verify`);
    assert.deepEqual([verified.body.Success, verified.body.Message], [true, '3/3 triggers verified successfully']);
    const posted = hooks.posted.filter(({ method }) => method === 'POST');
    assert.deepEqual(
      posted.map(({ path, body }) => [path, (JSON.parse(body) as { RecordType: string }).RecordType]),
      ['Open', 'Click', 'Bounce'].map((type) => ['/events', type]),
    );
    const basic = `Basic ${Buffer.from('team:secret').toString('base64')}`;
    assert.ok(posted.every(({ headers }) => headers.authorization === basic && headers['x-team'] === undefined));

    hooks.answer(500);
    const failed = await installation.api('POST', `/webhooks/${made.ID}/verify`, { body: 'null' });
    assert.deepEqual([failed.status, failed.body.Success, failed.body.Results[0].StatusCode], [200, false, 500]);
    const probed = { Url: hooks.url, Verify: true, Triggers: { Click: { Enabled: true } } };
    // The answer to it has a body of its own, without the code.
    await assert.rejects(client.createWebhook(probed), { statusCode: 422, code: 0 });
    const { body: counts } = await installation.api('GET', `/webhooks/${made.ID}/statistics`);
    assert.deepEqual([counts.ID, counts.TotalCount], [made.ID, 0], 'probes are not counted');
    assert.equal((await client.deleteWebhook(made.ID)).Message, `Webhook ${made.ID} removed.`);
    await refused(client.getWebhook(made.ID), 1352);
  });

  test('inbound rules: create, list, delete', async () => {
    const made = await client.createInboundRuleTrigger({ Rule: 'Spam@Example.com' });
    await client.createInboundRuleTrigger({ Rule: 'bad.example' });
    const listed = await client.getInboundRuleTriggers({ count: 1 });
    assert.deepEqual([listed.TotalCount, listed.InboundRules], [2, [made]]);
    assert.equal((await client.deleteInboundRuleTrigger(made.ID)).ErrorCode, 0);
    await refused(client.deleteInboundRuleTrigger(made.ID), 812);
  });

  test('inbound messages, openings and clicks: lists are empty, single ones are unknown', async () => {
    const inbound = await client.getInboundMessages({ status: Models.InboundMessageStatus.Blocked, mailboxHash: 'x' });
    assert.deepEqual(inbound, { TotalCount: 0, InboundMessages: [] });
    await refused(client.getInboundMessageDetails(NOBODYS), 701);
    await refused(client.bypassBlockedInboundMessage(NOBODYS), 701);
    await refused(client.retryInboundHookForMessage(NOBODYS), 701);
    const { MessageID } = await client.sendEmail({ ...MAIL, TrackOpens: true });
    await eventually('the message', () => client.getOutboundMessageDetails(MessageID).catch(() => undefined));
    const filter = { client_name: 'Gmail', os_family: 'iOS', platform: 'Mobile', country: 'RS', tag: 'x' };
    assert.deepEqual(await client.getMessageOpens(filter), { TotalCount: 0, Opens: [] });
    assert.deepEqual(await client.getMessageClicks(filter), { TotalCount: 0, Clicks: [] });
    assert.deepEqual(await client.getMessageOpensForSingleMessage(MessageID), { TotalCount: 0, Opens: [] });
    assert.deepEqual(await client.getMessageClicksForSingleMessage(MessageID), { TotalCount: 0, Clicks: [] });
    await refused(client.getMessageOpensForSingleMessage(NOBODYS), 701);
  });

  test('templates, and mail made from them', async () => {
    const { TemplateId } = await client.createTemplate({
      Name: 'N',
      Alias: 'n',
      Subject: 'To {{name}}',
      TextBody: 'Hi',
    });
    assert.equal((await client.editTemplate('n', { Name: 'M' })).Name, 'M');
    assert.equal((await client.getTemplate(TemplateId)).Subject, 'To {{name}}');
    assert.equal((await client.getTemplates()).TotalCount, 1);
    assert.equal((await client.validateTemplate({ Subject: '{{x}}' })).AllContentIsValid, true);
    const message = { From: MAIL.From, To: MAIL.To, TemplateAlias: 'n', TemplateModel: { name: 'Bob' } };
    assert.equal((await client.sendEmailWithTemplate(message)).ErrorCode, 0);
    assert.equal((await client.sendEmailBatchWithTemplates([message])).length, 1);
    assert.equal((await client.deleteTemplate('n')).ErrorCode, 0);
  });

  test('bulk requests, the server itself, and all statistics', async () => {
    const { Id } = await client.sendBulkEmail({
      From: MAIL.From,
      Subject: 'Hi {{name}}',
      TextBody: 'Hello.',
      Messages: [{ To: MAIL.To, TemplateModel: { name: 'Bob' } }],
    });
    assert.equal((await client.getBulkEmailStatus(Id)).TotalMessages, 1);
    const changed = await client.editServer({ Color: 'Purple' });
    assert.equal(changed.Color, 'purple');
    assert.deepEqual(await client.getServer(), changed);
    const today = { tag: 'welcome', messageStream: 'outbound', fromDate: '2026-1-1' };
    const overview = await eventually('the count', async () => {
      const counts = await client.getOutboundOverview(today);
      return counts.Sent === 2 ? counts : undefined;
    });
    assert.equal(overview.Bounced, 0);
    assert.equal((await client.getSentCounts(today)).Sent, 2);
    const others = await Promise.all([
      client.getBounceCounts(today),
      client.getSpamComplaintsCounts(today),
      client.getTrackedEmailCounts(today),
      client.getEmailOpenCounts(today),
      client.getEmailOpenPlatformUsage(today),
      client.getEmailOpenClientUsage(today),
      client.getEmailOpenReadTimes(today),
      client.getClickCounts(today),
      client.getClickBrowserUsage(today),
      client.getClickPlatformUsage(today),
      client.getClickLocation(today),
    ]);
    assert.ok(others.every(({ Days }) => Array.isArray(Days)));
  });

  test('options can be changed after the start', async () => {
    client.setClientOptions({ ...client.getClientOptions(), timeout: 9 });
    assert.equal(client.getClientOptions().timeout, 9);
    assert.equal((await client.getServer()).Color, 'purple');
  });

  test('no method of the client is left', () => {
    assert.deepEqual(recording.untouched(), []);
  });
});
