// POST /templates/validate (contract management 5.4): what is wrong with a template is part of the answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME, openTemplateDoor, WELCOME } from '../support/template-door.ts';

const VALIDATE = '/templates/validate';
const valid = (RenderedContent: string) => ({ ContentIsValid: true, ValidationErrors: [], RenderedContent });

test('parts are rendered with the suggested model, over which the test model goes', async () => {
  const door = openTemplateDoor();
  const answer = await door.call('POST', VALIDATE, {
    Subject: '{{person.name}}',
    HtmlBody: '<b>{{person.name}}</b>{{#each products}}{{.}} {{/each}}',
    TextBody: '{{company}}',
    TestRenderModel: { company: 'A & B', unused: [1] },
  });
  assert.deepEqual(answer, {
    status: 200,
    body: {
      AllContentIsValid: true,
      HtmlBody: valid('<b>name_Value</b>products_1 products_2 products_3 '),
      TextBody: valid('A & B'),
      Subject: valid('name_Value'),
      SuggestedTemplateModel: {
        person: { name: 'name_Value' },
        products: ['products_1', 'products_2', 'products_3'],
        company: 'A & B',
        unused: [1],
      },
    },
  });
});

test('what was not submitted is null, and the model may be a text', async () => {
  const door = openTemplateDoor();
  const { body } = await door.call('POST', VALIDATE, { Subject: '{{a}}', HtmlBody: '', TestRenderModel: '{"a":1}' });
  assert.deepEqual([body.Subject, body.HtmlBody, body.TextBody], [valid('1'), null, null]);
});

test('errors of parsing have places, those of rendering have none, and both make the part invalid', async () => {
  const door = openTemplateDoor();
  const { status, body } = await door.call('POST', VALIDATE, {
    HtmlBody: 'a\n {{#if x}}\n{{/each}}',
    TextBody: '{{#each list}}{{/each}}',
    Subject: 'fine',
    TestRenderModel: { list: 'text' },
  });
  assert.equal(status, 200);
  assert.equal(body.AllContentIsValid, false);
  const places = body.HtmlBody.ValidationErrors.map((e: Record<string, unknown>) => [
    e['Line'],
    e['CharacterPosition'],
  ]);
  assert.deepEqual(places, [
    [2, 2],
    [2, 2],
    [3, 1],
  ]);
  assert.deepEqual([body.HtmlBody.ContentIsValid, body.HtmlBody.RenderedContent], [false, null]);
  const [error, ...more] = body.TextBody.ValidationErrors;
  assert.deepEqual([error.Line, error.CharacterPosition, more.length], [null, null, 0]);
  assert.match(error.Message, /'list'/);
  assert.deepEqual(body.Subject, valid('fine'));
});

test('a layout is put around, and a layout itself must have its placeholder', async () => {
  const door = openTemplateDoor();
  await door.made({ ...FRAME, HtmlBody: '<i>{{brand}}</i>{{{ @content }}}' });
  const inLayout = await door.call('POST', VALIDATE, { HtmlBody: '{{name}}', LayoutTemplate: 'Frame' });
  assert.deepEqual(inLayout.body.HtmlBody, valid('<i>brand_Value</i>name_Value'));
  assert.deepEqual(inLayout.body.SuggestedTemplateModel, { brand: 'brand_Value', name: 'name_Value' });
  const layout = await door.call('POST', VALIDATE, { HtmlBody: 'x', TemplateType: 'Layout' });
  assert.equal(layout.body.AllContentIsValid, false);
  assert.match(layout.body.HtmlBody.ValidationErrors[0].Message, /The layout content placeholder must be present/);
});

test('styles are inlined in the rendered HTML, unless that is switched off', async () => {
  const door = openTemplateDoor();
  const HtmlBody =
    '<html><head><style>p { color: red }</style></head><body><p>{{{ pm:unsubscribe }}}</p></body></html>';
  const inlined = (await door.call('POST', VALIDATE, { HtmlBody })).body.HtmlBody.RenderedContent;
  assert.match(inlined, /<p style="color: ?red;?">\{\{\{ pm:unsubscribe \}\}\}<\/p>/);
  const plain = await door.call('POST', VALIDATE, { HtmlBody, InlineCssForHtmlTestRender: false });
  assert.equal(plain.body.HtmlBody.RenderedContent, HtmlBody);
});

test('a whole template can be sent back, and the test token may validate', async () => {
  const door = openTemplateDoor();
  const id = await door.made(WELCOME);
  const { body } = await door.call('GET', `/templates/${id}`);
  for (const token of [undefined, 'POSTMARK_API_TEST']) {
    const answer = await door.call('POST', VALIDATE, body, token);
    assert.deepEqual([answer.status, answer.body.AllContentIsValid], [200, true]);
  }
});

const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const REFUSED: readonly (readonly [why: string, body: unknown, code: number])[] = [
  ['no body', '', 1109],
  ['null', null, 1109],
  ['an empty object', {}, 1109],
  ['no part', { TestRenderModel: {} }, 1120],
  ['empty parts', { HtmlBody: '', Subject: '', TextBody: null }, 1120],
  ['another type', { HtmlBody: 'x', TemplateType: 'x' }, 1122],
  ['an unknown layout', { HtmlBody: 'x', LayoutTemplate: 'nobody' }, 1101],
  ['a layout in a layout', { HtmlBody: '{{{@content}}}', TemplateType: 'Layout', LayoutTemplate: 'frame' }, 1123],
  ['a model that is no object', { HtmlBody: 'x', TestRenderModel: [1] }, 403],
  ['a model that is no JSON', { HtmlBody: 'x', TestRenderModel: '{' }, 403],
  ['a reserved key', { HtmlBody: 'x', TestRenderModel: { '@x': 1 } }, 1122],
  ['a deep model', `{"HtmlBody":"x","TestRenderModel":${deep(5_000)}}`, 1121],
  ['a large model', { HtmlBody: 'x', TestRenderModel: { x: 'x'.repeat(5_000_000) } }, 1121],
  ['a long subject', { Subject: 'x'.repeat(2001) }, 1121],
];

test('only a request that is wrong is refused', async () => {
  const door = openTemplateDoor();
  for (const [why, body, code] of REFUSED) {
    const answer = await door.call('POST', VALIDATE, body);
    assert.deepEqual([answer.status, answer.body.ErrorCode], [422, code], `${why}: ${answer.body.Message}`);
  }
});
