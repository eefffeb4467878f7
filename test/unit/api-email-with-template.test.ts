// POST /email/withTemplate and /email/batchWithTemplates (contract sending 8): the template is rendered, and the message goes the
// way of all others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubmitResult } from '../../src/core/draft.ts';
import { API_ERRORS } from '../../src/domain/api-error.ts';
import { accept, MESSAGE_ID, TOKENS } from '../support/api-door.ts';
import { FRAME, openTemplateDoor, WELCOME } from '../support/template-door.ts';

const ONE = '/email/withTemplate';
const MANY = '/email/batchWithTemplates';
const SEND = {
  From: 'ann@example.com',
  To: 'bob@example.net',
  TemplateAlias: 'welcome',
  TemplateModel: { name: 'J & J' },
};

test('the message is that of the template, and all other fields are those of POST /email', async () => {
  const door = openTemplateDoor();
  await door.made(FRAME);
  const id = await door.made({ ...WELCOME, TextBody: 'Dear {{name}}', LayoutTemplate: 'frame' });
  const fields = { Cc: 'c@example.net', Tag: 't', Metadata: { a: 'b' }, MessageStream: 'outbound', TrackOpens: true };
  const answer = await door.call('POST', `${ONE}/`, { ...SEND, ...fields, TemplateAlias: null, TemplateId: id });
  assert.deepEqual(answer, {
    status: 200,
    body: {
      To: 'bob@example.net',
      Cc: 'c@example.net',
      SubmittedAt: '2026-11-05T16:33:54.9070000Z',
      MessageID: MESSAGE_ID,
      ErrorCode: 0,
      Message: 'OK',
    },
  });
  const draft = door.draft();
  assert.equal(draft.subject, 'Hello J & J');
  assert.equal(draft.htmlBody, '<b><p>J &amp; J</p></b>');
  assert.equal(draft.textBody, 'Dear J & J');
  const { cc, tag, metadata, streamId, trackOpens } = draft;
  assert.deepEqual(
    { cc, tag, metadata, streamId, trackOpens },
    { cc: 'c@example.net', tag: 't', metadata: { a: 'b' }, streamId: 'outbound', trackOpens: true },
  );
});

test('names match in any case, empty texts are absent, the id wins, and the model may be a text', async () => {
  const door = openTemplateDoor();
  const id = await door.made(WELCOME);
  await door.call('POST', '/EMAIL/withtemplate', {
    ...SEND,
    Subject: '',
    HtmlBody: null,
    templateID: id,
    TemplateAlias: 'nobody',
    TemplateModel: '{"name":"Text"}',
  });
  assert.equal(door.draft().subject, 'Hello Text');
});

test('a subject is one line', async () => {
  const door = openTemplateDoor();
  await door.made(WELCOME);
  await door.call('POST', ONE, { ...SEND, TemplateModel: { name: 'a\r\nBcc: x@example.net\nb' } });
  assert.equal(door.draft().subject, 'Hello a Bcc: x@example.net b');
});

test('an edit counts for the next message, in the layout too', async () => {
  const door = openTemplateDoor();
  await door.made(FRAME);
  await door.made({ ...WELCOME, LayoutTemplate: 'frame' });
  await door.call('POST', ONE, SEND);
  await door.call('PUT', '/templates/welcome', { Subject: 'Bye {{name}}' });
  await door.call('POST', ONE, SEND);
  await door.call('PUT', '/templates/frame', { HtmlBody: '<u>{{{ @content }}}</u>' });
  await door.call('POST', ONE, SEND);
  const seen = door.handed.map(({ draft }) => (draft.kind === 'content' ? [draft.subject, draft.htmlBody] : []));
  assert.deepEqual(seen, [
    ['Hello J & J', '<b><p>J &amp; J</p></b>'],
    ['Bye J & J', '<b><p>J &amp; J</p></b>'],
    ['Bye J & J', '<u><p>J &amp; J</p></u>'],
  ]);
});

test('styles are inlined unless that is switched off', async () => {
  const door = openTemplateDoor();
  const HtmlBody = '<html><head><style>p { color: red }</style></head><body><p>{{name}}</p></body></html>';
  await door.made({ ...WELCOME, HtmlBody });
  await door.call('POST', ONE, SEND);
  await door.call('POST', ONE, { ...SEND, InlineCss: false });
  const [inlined, plain] = door.handed.map(({ draft }) => (draft.kind === 'content' ? draft.htmlBody : undefined));
  assert.match(inlined ?? '', /<p style="color: ?red;?">J &amp; J<\/p>/);
  assert.equal(plain, HtmlBody.replace('{{name}}', 'J &amp; J'));
});

const NOT_FOUND = /^The Template's 'Alias' associated with this request is not valid or was not found\.$/;
const REFUSED: readonly (readonly [why: string, changes: object, code: number, says: RegExp])[] = [
  ['no template named', { TemplateAlias: '' }, 1101, /TemplateAlias/],
  ['an unknown alias', { TemplateAlias: 'nobody' }, 1101, NOT_FOUND],
  ['an unknown id', { TemplateId: 12345 }, 1101, /'TemplateId'/],
  ['a deleted template', { TemplateAlias: 'deleted' }, 1101, NOT_FOUND],
  ['a layout', { TemplateAlias: 'frame' }, 1101, /layout/],
  ['no model', { TemplateModel: undefined }, 1120, /'TemplateModel'/],
  ['a null model', { TemplateModel: null }, 1120, /'TemplateModel'/],
  ['a model that is a list', { TemplateModel: [] }, 403, /\$\.TemplateModel/],
  ['a model that is a number', { TemplateModel: 5 }, 403, /\$\.TemplateModel/],
  ['a text that is no object', { TemplateModel: '[1]' }, 403, /\$\.TemplateModel/],
  ['a large model', { TemplateModel: { name: 'x'.repeat(5_000_000) } }, 1121, /'TemplateModel'/],
  ['a reserved key', { TemplateModel: { 'pm:x': 1 } }, 1122, /pm:x/],
  ['a subject beside', { Subject: 's' }, 1123, /'Subject'/],
  ['HTML beside', { HtmlBody: 'h' }, 1123, /'HtmlBody'/],
  ['text beside', { TextBody: 't' }, 1123, /'TextBody'/],
  ['what does not render', { TemplateAlias: 'loop', TemplateModel: { list: 'text' } }, 1122, /'TextBody'.*'list'/],
  ['a wrong type', { TemplateId: 'x', InlineCss: 'yes' }, 403, /\$\.TemplateId, \$\.InlineCss/],
];

test('what cannot be rendered is refused, alone and as an item of a batch', async () => {
  const door = openTemplateDoor();
  await door.made(FRAME);
  await door.made(WELCOME);
  await door.made({ ...WELCOME, Alias: 'deleted' });
  await door.call('DELETE', '/templates/deleted');
  await door.made({ ...WELCOME, Alias: 'loop', HtmlBody: '', TextBody: '{{#each list}}{{/each}}' });
  for (const [why, changes, code, says] of REFUSED) {
    const { status, body } = await door.call('POST', ONE, { ...SEND, ...changes });
    assert.deepEqual([status, body.ErrorCode], [422, code], `${why}: ${body.Message}`);
    assert.match(body.Message, says, why);
  }
  assert.equal(door.handed.length, 0);
  const small = REFUSED.filter(([why]) => why !== 'a large model');
  const Messages = [SEND, ...small.map(([, changes]) => ({ ...SEND, ...changes })), SEND];
  const { status, body } = await door.call('POST', MANY, { Messages });
  assert.equal(status, 200);
  assert.deepEqual(
    (body as { ErrorCode: number }[]).map(({ ErrorCode }) => ErrorCode),
    [0, ...small.map(([, , code]) => code), 0],
  );
  assert.equal(door.handed.length, 2);
});

test("each item of a batch has submit's own answer", async () => {
  const door = openTemplateDoor({
    submit: ({ draft, options }): SubmitResult => {
      assert.equal(options.batched, true);
      return draft.kind === 'content' && draft.to === undefined
        ? { kind: 'refused', messageId: MESSAGE_ID, error: API_ERRORS.zeroRecipients() }
        : accept();
    },
  });
  await door.made(WELCOME);
  const { body } = await door.call('POST', `${MANY}/`, { messages: [SEND, { ...SEND, To: '' }], Other: 1 });
  const codes = (body as { ErrorCode: number; Message: string }[]).map(({ ErrorCode, Message }) => [
    ErrorCode,
    Message,
  ]);
  assert.deepEqual(codes, [
    [0, 'OK'],
    [300, 'Zero recipients specified'],
  ]);
});

const BATCHES: readonly (readonly [body: unknown, code: number])[] = [
  ['', 402],
  ['{"Messages":[}', 402],
  ['{"Messages":[]} x', 402],
  ['{"Messages":[],"x":}', 402],
  [[SEND], 403],
  ['"text"', 403],
  [{}, 403],
  [{ Messages: null }, 403],
  [{ Messages: SEND }, 403],
  [{ Messages: Array.from({ length: 501 }, () => SEND) }, 410],
];

test('a batch is an object with up to 500 messages', async () => {
  const door = openTemplateDoor();
  for (const [body, code] of BATCHES) {
    const answer = await door.call('POST', MANY, body);
    assert.deepEqual([answer.status, answer.body.ErrorCode], [422, code], JSON.stringify(body).slice(0, 80));
  }
  assert.deepEqual(await door.call('POST', MANY, { Messages: [] }), { status: 200, body: [] });
});

test('the test token has no templates: its models are judged', async () => {
  const door = openTemplateDoor();
  const fine = await door.call('POST', ONE, SEND, 'POSTMARK_API_TEST');
  assert.deepEqual([fine.status, fine.body.Message], [200, 'Test job accepted']);
  assert.ok(door.handed.every(({ options }) => options.dryRun));
  const refused = await door.call('POST', ONE, { ...SEND, TemplateModel: null }, 'POSTMARK_API_TEST');
  assert.equal(refused.body.ErrorCode, 1120);
});

test('templates are those of the server that sends', async () => {
  const door = openTemplateDoor();
  const id = await door.made(WELCOME);
  for (const named of [{}, { TemplateId: id }]) {
    assert.equal((await door.call('POST', ONE, { ...SEND, ...named }, TOKENS.other)).body.ErrorCode, 1101);
  }
});
