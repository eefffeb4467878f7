// The official client library, unchanged but for its host: everything that it can do with templates.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { AccountClient, Errors, Models, ServerClient } from 'postmark';
import { openDoor, TOKENS, type Door } from '../support/api-door.ts';
import { eventually, SERVER_TOKEN, startInstallation } from '../support/installation.ts';

describe("the official client's calls for templates", () => {
  let door: Door;
  let client: ServerClient;
  let account: AccountClient;
  before(async () => {
    door = openDoor();
    await door.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = door.app.server.address() as AddressInfo;
    const options = { requestHost: `127.0.0.1:${port}`, useHttps: false, timeout: 10 };
    client = new ServerClient(TOKENS.server, options);
    account = new AccountClient(TOKENS.account, options);
  });
  after(() => door.app.close());

  const refusal = (promise: Promise<unknown>): Promise<Errors.HttpError> =>
    promise.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error as Errors.HttpError,
    );

  test('createTemplate, getTemplate, editTemplate, getTemplates, deleteTemplate', async () => {
    const layout = await client.createTemplate({
      Name: 'Frame',
      TemplateType: Models.TemplateTypes.Layout,
      HtmlBody: '<b>{{{@content}}}</b>',
    });
    const { TemplateId } = await client.createTemplate({
      Name: 'Welcome',
      Alias: 'welcome',
      Subject: 'Hello {{name}}',
      HtmlBody: '<p>{{name}}</p>',
      LayoutTemplate: layout.Alias ?? '',
    });
    assert.equal((await client.getTemplate('welcome')).LayoutTemplate, layout.Alias);
    const edited = await client.editTemplate(TemplateId, { LayoutTemplate: '' });
    assert.deepEqual([edited.Name, edited.LayoutTemplate], ['Welcome', null]);
    assert.equal((await client.getTemplate(TemplateId)).HtmlBody, '<p>{{name}}</p>');
    const all = await client.getTemplates();
    assert.deepEqual([all.TotalCount, all.Templates.length], [2, 2]);
    const layouts = await client.getTemplates({ templateType: Models.TemplateTypes.Layout });
    assert.deepEqual(
      layouts.Templates.map(({ TemplateId: id }) => id),
      [layout.TemplateId],
    );
    const deleted = await client.deleteTemplate(layout.TemplateId);
    assert.deepEqual([deleted.ErrorCode, deleted.Message], [0, `Template ${layout.TemplateId} removed.`]);
    assert.equal((await client.getTemplate(layout.TemplateId)).Active, false);
    const missing = await refusal(client.getTemplate('nobody'));
    assert.deepEqual([missing.statusCode, missing.code], [422, 1101]);
  });

  test('validateTemplate', async () => {
    const result = await client.validateTemplate({
      Subject: '{{#if x}}',
      HtmlBody: '<b>{{name}}</b>',
      TestRenderModel: { name: 'Ann' },
    });
    assert.equal(result.AllContentIsValid, false);
    assert.equal(result.HtmlBody.RenderedContent, '<b>Ann</b>');
    assert.ok(result.Subject.ContentIsValid === false);
    assert.deepEqual(result.SuggestedTemplateModel, { name: 'Ann' });
  });

  test('sendEmailWithTemplate and sendEmailBatchWithTemplates', async () => {
    const message = {
      From: 'ann@example.com',
      To: 'bob@example.net',
      TemplateAlias: 'welcome',
      TemplateModel: { name: 'Bob' },
    };
    assert.equal((await client.sendEmailWithTemplate(message)).Message, 'OK');
    const results = await client.sendEmailBatchWithTemplates([message, { ...message, TemplateAlias: 'nobody' }]);
    assert.deepEqual(
      results.map(({ ErrorCode, Message }) => [ErrorCode, Message]),
      [
        [0, 'OK'],
        [1101, "The Template's 'Alias' associated with this request is not valid or was not found."],
      ],
    );
    const failed = await refusal(client.sendEmailWithTemplate({ ...message, TemplateAlias: 'nobody' }));
    assert.ok(failed instanceof Errors.ApiInputError);
    const subjects = door.handed.map(({ draft }) => draft.kind === 'content' && draft.subject);
    assert.deepEqual(subjects, ['Hello Bob', 'Hello Bob']);
  });

  test('pushTemplates', async () => {
    const push = { SourceServerID: 1, DestinationServerID: 2 };
    const dry = await account.pushTemplates({ ...push, PerformChanges: false });
    assert.deepEqual(
      dry.Templates.map(({ Action, Alias }) => [Action, Alias]),
      [['Create', 'welcome']],
    );
    const done = await account.pushTemplates({ ...push, PerformChanges: true });
    assert.equal(done.TotalCount, 1);
    const none = await refusal(
      account.pushTemplates({ SourceServerID: 98, DestinationServerID: 99, PerformChanges: true }),
    );
    assert.match(none.message, /The source and destination servers were not found\./);
  });
});

test('on a running installation a template is kept over a restart, and what is sent with it arrives with its styles inlined', async () => {
  const first = await startInstallation();
  const data = first.data;
  try {
    const HtmlBody = '<html><head><style>p { color: red }</style></head><body><p>{{name}}</p></body></html>';
    const made = await first.api('POST', '/templates', {
      body: { Name: 'N', Alias: 'n', Subject: 'To {{name}}', HtmlBody },
    });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    await first.kill();
  } catch (error) {
    await first.stop();
    throw error;
  }
  const second = await startInstallation({ data });
  try {
    const client = new ServerClient(SERVER_TOKEN, { requestHost: second.http.replace('http://', ''), useHttps: false });
    const sent = await client.sendEmailWithTemplate({
      From: 'ann@sender.test',
      To: 'bob@example.net',
      TemplateAlias: 'n',
      TemplateModel: { name: 'Bob & Co' },
    });
    const details = await eventually('the message', async () =>
      client.getOutboundMessageDetails(sent.MessageID).catch(() => undefined),
    );
    assert.equal(details.Subject, 'To Bob & Co');
    assert.match(String(details.HtmlBody), /<p style="color: ?red;?">Bob &amp; Co<\/p>/);
  } finally {
    await second.stop();
    rmSync(data, { recursive: true, force: true });
  }
});
