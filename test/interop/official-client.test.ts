// The official client library against a running installation, unchanged but for its host.
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

const MAIL = { From: 'Ann <ann@sender.test>', To: 'bob@example.net', Subject: 'Hello', TextBody: 'Hello.' };
const HARD = 'HardBounce@bounce-testing.postmarkapp.com';

describe('the official client on a running installation', () => {
  let installation: Installation;
  let client: ServerClient;
  const clientWith = (token: string): ServerClient =>
    new ServerClient(token, { requestHost: installation.http.replace('http://', ''), useHttps: false, timeout: 10 });
  before(async () => {
    installation = await startInstallation();
    client = clientWith(SERVER_TOKEN);
  });
  after(() => installation?.stop());

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
});
