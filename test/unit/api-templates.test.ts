// /templates: make, read, list, change, delete (contract management 5.1 to 5.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKENS } from '../support/api-door.ts';
import { FRAME, openTemplateDoor, WELCOME } from '../support/template-door.ts';

test('a template is made, read by id and alias, and listed', async () => {
  const door = openTemplateDoor();
  const made = await door.call('POST', '/templates', WELCOME);
  const { TemplateId: id } = made.body as { TemplateId: number };
  const summary = {
    TemplateId: id,
    Name: 'Welcome',
    Active: true,
    Alias: 'welcome',
    TemplateType: 'Standard',
    LayoutTemplate: null,
  };
  assert.deepEqual(made, { status: 200, body: summary });
  const whole = {
    ...summary,
    Subject: WELCOME.Subject,
    HtmlBody: WELCOME.HtmlBody,
    TextBody: '',
    AssociatedServerId: 1,
  };
  for (const path of [`/templates/${id}`, '/templates/welcome', '/Templates/WELCOME/']) {
    assert.deepEqual(await door.call('GET', path), { status: 200, body: whole }, path);
  }
  assert.deepEqual((await door.call('GET', '/templates/?Count=1&Offset=0')).body, {
    TotalCount: 1,
    Templates: [summary],
  });
});

test('texts are kept byte for byte', async () => {
  const door = openTemplateDoor();
  const HtmlBody = ' \r\n<p>é😀 {{ name }}\t</p>\n{{{ pm:unsubscribe }}}\u0000 ';
  const id = await door.made({ ...WELCOME, HtmlBody });
  assert.equal((await door.call('GET', `/templates/${id}`)).body.HtmlBody, HtmlBody);
});

test('names of properties match in any case, and unknown ones are ignored', async () => {
  const door = openTemplateDoor();
  const id = await door.made({
    name: 'N',
    SUBJECT: 's',
    textbody: 't',
    TemplateId: 99,
    Active: false,
    AssociatedServerId: 5,
    Foo: {},
  });
  const { body } = await door.call('GET', `/templates/${id}`);
  assert.deepEqual(
    [body.Name, body.Subject, body.TextBody, body.Active, body.AssociatedServerId],
    ['N', 's', 't', true, 1],
  );
});

const long = (length: number): string => 'x'.repeat(length);
const REFUSED: readonly (readonly [why: string, body: unknown, code: number, says: RegExp])[] = [
  ['no body', '', 1109, /./],
  ['null', null, 1109, /./],
  ['an empty object', {}, 1109, /./],
  ['unknown properties alone', { Foo: 1 }, 1109, /./],
  ['no JSON', '{"Name":', 402, /./],
  ['an array', [], 403, /\$/],
  ['a wrong type', { ...WELCOME, Name: 5, Alias: [] }, 403, /\$\.Name, \$\.Alias/],
  ['no name', { ...WELCOME, Name: undefined }, 1120, /'Name'/],
  ['a name of spaces', { ...WELCOME, Name: ' ' }, 1120, /'Name'/],
  ['no subject', { ...WELCOME, Subject: '' }, 1120, /'Subject'/],
  ['no text', { ...WELCOME, HtmlBody: null }, 1120, /'HtmlBody'/],
  ['a long name', { ...WELCOME, Name: long(256) }, 1121, /'Name'/],
  ['a long alias', { ...WELCOME, Alias: long(101) }, 1121, /'Alias'/],
  ['a long subject', { ...WELCOME, Subject: long(2001) }, 1121, /'Subject'/],
  ['a long HtmlBody', { ...WELCOME, HtmlBody: 'é'.repeat(2_500_001) }, 1121, /'HtmlBody'/],
  ['a long TextBody', { ...WELCOME, TextBody: long(5_000_001) }, 1121, /'TextBody'/],
  ['another type', { ...WELCOME, TemplateType: 'Partial' }, 1122, /'TemplateType'/],
  ['an alias that begins with a digit', { ...WELCOME, Alias: '1a' }, 1122, /'Alias'/],
  ['an alias with a space', { ...WELCOME, Alias: 'a b' }, 1122, /'Alias'/],
  ['an alias beyond ASCII', { ...WELCOME, Alias: 'é' }, 1122, /'Alias'/],
  ['an alias that is a path', { ...WELCOME, Alias: 'Push' }, 1122, /reserved/],
  ['a taken alias', { ...WELCOME, Alias: 'TAKEN' }, 1122, /'TAKEN'/],
  [
    'a text that does not parse',
    { ...WELCOME, HtmlBody: 'a\n{{#if x}}' },
    1122,
    /'HtmlBody'.*Line 2, character 1.*#if/,
  ],
  ['a placeholder in a template', { ...WELCOME, HtmlBody: '{{{ @content }}}' }, 1131, /layouts only/],
  ['a subject in a layout', { ...FRAME, Subject: 's' }, 1123, /'Subject'/],
  ['a layout in a layout', { ...FRAME, Alias: 'f', LayoutTemplate: 'frame' }, 1123, /'LayoutTemplate'/],
  [
    'a layout without placeholder',
    { ...FRAME, HtmlBody: '<b></b>' },
    1131,
    /The layout content placeholder must be present/,
  ],
  ['a layout with two', { ...FRAME, HtmlBody: '{{{@content}}}{{{@content}}}' }, 1131, /only once/],
  ['a layout with one in one of its bodies', { ...FRAME, TextBody: 'none' }, 1131, /'TextBody'/],
  ['an unknown layout', { ...WELCOME, LayoutTemplate: 'nobody' }, 1101, /'LayoutTemplate'/],
  ['a layout that is none', { ...WELCOME, LayoutTemplate: 'taken' }, 1101, /'LayoutTemplate'/],
];

test('what cannot be a template is refused with the code of its reason', async () => {
  const door = openTemplateDoor();
  await door.made({ ...WELCOME, Alias: 'taken' });
  await door.made(FRAME);
  for (const [why, body, code, says] of REFUSED) {
    const answer = await door.call('POST', '/templates', body);
    assert.deepEqual([answer.status, answer.body.ErrorCode], [422, code], `${why}: ${JSON.stringify(answer.body)}`);
    assert.match(answer.body.Message, says, why);
  }
  assert.equal((await door.call('GET', '/templates?count=500&offset=0')).body.TotalCount, 2);
});

test('a change leaves what it does not name as it is', async () => {
  const door = openTemplateDoor();
  await door.made(FRAME);
  const id = await door.made({ ...WELCOME, LayoutTemplate: 'frame' });
  const read = async () => (await door.call('GET', `/templates/${id}`)).body;
  const before = await read();
  const changes: readonly (readonly [body: object, changed: object])[] = [
    [{ Name: 'New' }, { Name: 'New' }],
    [{ LayoutTemplate: '' }, { LayoutTemplate: null }],
    [{ LayoutTemplate: 'FRAME' }, { LayoutTemplate: 'frame' }],
    [{ Alias: null, Subject: null, Name: 'Nulls' }, { Name: 'Nulls' }],
    [{ Alias: '' }, { Alias: null }],
    [{ Alias: 'again', TemplateType: 'standard' }, { Alias: 'again' }],
    [
      { TextBody: 'text', HtmlBody: '' },
      { TextBody: 'text', HtmlBody: '' },
    ],
  ];
  let expected = before;
  for (const [body, changed] of changes) {
    expected = { ...expected, ...changed };
    const answer = await door.call('PUT', `/templates/${id}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual(Object.keys(answer.body), [
      'TemplateId',
      'Name',
      'Active',
      'Alias',
      'TemplateType',
      'LayoutTemplate',
    ]);
    assert.deepEqual(await read(), expected, JSON.stringify(body));
  }
});

const BAD_CHANGES: readonly (readonly [path: string, body: unknown, code: number])[] = [
  ['welcome', {}, 1109],
  ['welcome', null, 1109],
  ['welcome', { Name: '' }, 1120],
  ['welcome', { Subject: '' }, 1120],
  ['welcome', { HtmlBody: '' }, 1120],
  ['welcome', { TemplateType: 'Layout' }, 1122],
  ['welcome', { TemplateType: 'x' }, 1122],
  ['welcome', { Alias: 'frame' }, 1122],
  ['welcome', { HtmlBody: '{{#a}}' }, 1122],
  ['welcome', { LayoutTemplate: 'welcome' }, 1101],
  ['frame', { Subject: 's' }, 1123],
  ['frame', { LayoutTemplate: 'frame' }, 1123],
  ['frame', { HtmlBody: 'x' }, 1131],
  ['nobody', { Name: 'x' }, 1101],
  ['12345', { Name: 'x' }, 1101],
];

test('a change that would make it no template is refused, and changes nothing', async () => {
  const door = openTemplateDoor();
  await door.made(WELCOME);
  await door.made(FRAME);
  for (const [path, body, code] of BAD_CHANGES) {
    const answer = await door.call('PUT', `/templates/${path}`, body);
    assert.deepEqual(
      [answer.status, answer.body.ErrorCode],
      [422, code],
      `${path} ${JSON.stringify(body)}: ${answer.body.Message}`,
    );
  }
  assert.equal((await door.call('GET', '/templates/welcome')).body.Name, 'Welcome');
});

test('what is deleted stays readable by id, is out of lists, and frees its alias', async () => {
  const door = openTemplateDoor();
  const id = await door.made(WELCOME);
  const deleted = await door.call('DELETE', '/templates/Welcome', null);
  assert.deepEqual(deleted, { status: 200, body: { ErrorCode: 0, Message: `Template ${id} removed.` } });
  assert.equal((await door.call('GET', `/templates/${id}`)).body.Active, false);
  assert.equal((await door.call('GET', '/templates?count=1&offset=0')).body.TotalCount, 0);
  for (const [method, path] of [
    ['GET', 'welcome'],
    ['DELETE', String(id)],
    ['DELETE', 'welcome'],
  ] as const) {
    assert.equal((await door.call(method, `/templates/${path}`)).body.ErrorCode, 1101, `${method} ${path}`);
  }
  assert.equal((await door.call('PUT', `/templates/${id}`, { Name: 'x' })).body.ErrorCode, 1101);
  assert.notEqual(await door.made(WELCOME), id);
});

test('a layout in use is not deleted', async () => {
  const door = openTemplateDoor();
  await door.made(FRAME);
  await door.made({ ...WELCOME, LayoutTemplate: 'frame' });
  const refused = await door.call('DELETE', '/templates/frame');
  assert.deepEqual([refused.status, refused.body.ErrorCode], [422, 1130]);
  await door.call('DELETE', '/templates/welcome');
  assert.equal((await door.call('DELETE', '/templates/frame')).status, 200);
});

test('a layout without alias is given one, by which templates can name it', async () => {
  const door = openTemplateDoor();
  const id = await door.made({ ...FRAME, Alias: undefined });
  const { Alias } = (await door.call('GET', `/templates/${id}`)).body as { Alias: string };
  assert.equal(Alias, `layout-${id}`);
  const user = await door.made({ ...WELCOME, LayoutTemplate: Alias });
  assert.equal((await door.call('GET', `/templates/${user}`)).body.LayoutTemplate, Alias);
});

test('lists are filtered, and refuse what is no page with 1100', async () => {
  const door = openTemplateDoor();
  await door.made(FRAME);
  await door.made(WELCOME);
  await door.made({ ...WELCOME, Alias: 'framed', LayoutTemplate: 'frame' });
  const lists: readonly (readonly [query: string, total: number])[] = [
    ['Count=1&Offset=1', 3],
    ['count=500&offset=0&templatetype=all', 3],
    ['count=500&offset=0&TemplateType=layout', 1],
    ['count=500&offset=0&TemplateType=Standard', 2],
    ['count=500&offset=0&LayoutTemplate=Frame', 1],
    ['count=500&offset=0&LayoutTemplate=nobody', 0],
  ];
  for (const [query, total] of lists) {
    assert.equal((await door.call('GET', `/templates?${query}`)).body.TotalCount, total, query);
  }
  for (const query of [
    '',
    'count=1',
    'offset=0',
    'count=0&offset=0',
    'count=501&offset=0',
    'count=-1&offset=0',
    'count=x&offset=0',
    'count=1&offset=0&TemplateType=x',
  ]) {
    const refused = await door.call('GET', `/templates?${query}`);
    assert.deepEqual([refused.status, refused.body.ErrorCode], [422, 1100], query);
  }
});

test('the hundred-and-first template is refused', async () => {
  const door = openTemplateDoor();
  for (let index = 0; index < 100; index += 1) await door.made({ ...WELCOME, Alias: undefined });
  assert.equal((await door.call('POST', '/templates', WELCOME)).body.ErrorCode, 1105);
});

test('another server, the test token and account tokens see and change nothing', async () => {
  const door = openTemplateDoor();
  const id = await door.made(WELCOME);
  const list = '/templates?count=1&offset=0';
  for (const token of [TOKENS.other, 'POSTMARK_API_TEST']) {
    assert.deepEqual((await door.call('GET', list, undefined, token)).body, { TotalCount: 0, Templates: [] });
    for (const path of [`/templates/${id}`, '/templates/welcome']) {
      assert.equal((await door.call('GET', path, undefined, token)).body.ErrorCode, 1101);
      assert.equal((await door.call('DELETE', path, undefined, token)).body.ErrorCode, 1101);
    }
  }
  assert.equal((await door.call('PUT', `/templates/${id}`, { Name: 'x' }, TOKENS.other)).body.ErrorCode, 1101);
  for (const [method, path] of [
    ['POST', '/templates'],
    ['PUT', `/templates/${id}`],
  ] as const) {
    const answer = await door.call(method, path, WELCOME, 'POSTMARK_API_TEST');
    assert.deepEqual([answer.status, answer.body.ErrorCode], [401, 10]);
  }
  assert.equal((await door.call('GET', list, undefined, TOKENS.account)).status, 401);
  assert.equal((await door.call('GET', `/templates/${id}`)).body.Name, 'Welcome');
});
