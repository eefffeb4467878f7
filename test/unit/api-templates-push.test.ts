// PUT /templates/push (contract management 5.5): from one server to another of the account, by alias.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKENS } from '../support/api-door.ts';
import { FRAME, openTemplateDoor, WELCOME, type TemplateDoor } from '../support/template-door.ts';

const PUSH = { SourceServerID: 1, DestinationServerID: 2, PerformChanges: true };

function push(door: TemplateDoor, changes: object = {}) {
  return door.call('PUT', '/templates/push', { ...PUSH, ...changes }, TOKENS.account);
}

async function onDestination(door: TemplateDoor): Promise<readonly (readonly unknown[])[]> {
  const list = await door.call('GET', '/templates?count=500&offset=0', undefined, TOKENS.other);
  const templates = list.body.Templates as Record<string, unknown>[];
  return templates.map((each) => [each['Alias'], each['Name'], each['TemplateType'], each['LayoutTemplate']]);
}

async function withFour(): Promise<TemplateDoor> {
  const door = openTemplateDoor();
  await door.made({ ...WELCOME, Alias: 'plain' });
  await door.made(FRAME);
  await door.made({ ...WELCOME, LayoutTemplate: 'frame' });
  await door.made({ ...WELCOME, Name: 'without alias', Alias: undefined });
  return door;
}

test('a dry run says what would be done, and does nothing', async () => {
  const door = await withFour();
  const { status, body } = await push(door, { PerformChanges: false });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    TotalCount: 3,
    Templates: [
      { Action: 'Create', Alias: 'frame', Name: 'Frame', TemplateType: 'Layout' },
      { Action: 'Create', Alias: 'plain', Name: 'Welcome', TemplateType: 'Standard' },
      { Action: 'Create', Alias: 'welcome', Name: 'Welcome', TemplateType: 'Standard' },
    ],
  });
  assert.deepEqual(await onDestination(door), []);
});

test('layouts come first, templates without alias stay, and a second push has nothing to do', async () => {
  const door = await withFour();
  const { body } = await push(door);
  assert.equal(body.TotalCount, 3);
  assert.deepEqual(await onDestination(door), [
    ['frame', 'Frame', 'Layout', null],
    ['plain', 'Welcome', 'Standard', null],
    ['welcome', 'Welcome', 'Standard', 'frame'],
  ]);
  for (const { TemplateId, Alias } of body.Templates as { TemplateId: number; Alias: string }[]) {
    const found = await door.call('GET', `/templates/${TemplateId}`, undefined, TOKENS.other);
    assert.deepEqual([found.body.Alias, found.body.AssociatedServerId], [Alias, 2]);
  }
  assert.deepEqual((await push(door)).body, { TotalCount: 0, Templates: [] });
});

test('what differs is edited in place, texts and layout included', async () => {
  const door = await withFour();
  await push(door);
  const before = await door.call('GET', '/templates/plain', undefined, TOKENS.other);
  await door.call('PUT', '/templates/plain', { HtmlBody: 'new', LayoutTemplate: 'frame' });
  const { body } = await push(door, { PerformChanges: false });
  const edit = {
    Action: 'Edit',
    TemplateId: before.body.TemplateId,
    Alias: 'plain',
    Name: 'Welcome',
    TemplateType: 'Standard',
  };
  assert.deepEqual(body, { TotalCount: 1, Templates: [edit] });
  assert.deepEqual((await push(door)).body, body);
  const after = await door.call('GET', '/templates/plain', undefined, TOKENS.other);
  assert.deepEqual([after.body.HtmlBody, after.body.LayoutTemplate], ['new', 'frame']);
});

test('ids may be texts, and names of properties of another case', async () => {
  const door = await withFour();
  const body = { sourceServerId: '1', DestinationServerId: ' 2 ', performChanges: false };
  assert.equal((await door.call('PUT', '/Templates/Push/', body, TOKENS.account)).body.TotalCount, 3);
});

const REFUSED: readonly (readonly [changes: object, code: number, says: RegExp])[] = [
  [{ SourceServerID: 98, DestinationServerID: 99 }, 601, /^The source and destination servers were not found\.$/],
  [{ SourceServerID: 98 }, 601, /^The source server was not found\.$/],
  [{ DestinationServerID: 99 }, 601, /^The destination server was not found\.$/],
  [{ SourceServerID: null }, 403, /\$\.SourceServerID/],
  [{ DestinationServerID: 'two' }, 403, /\$\.DestinationServerID/],
  [{ PerformChanges: null }, 403, /\$\.PerformChanges/],
  [{ PerformChanges: 'yes' }, 403, /\$\.PerformChanges/],
  [{ SourceServerID: 2, DestinationServerID: 1 }, 1124, /nothing to push/],
];

test('what cannot be pushed is refused with the code of its reason', async () => {
  const door = await withFour();
  for (const [changes, code, says] of REFUSED) {
    const { status, body } = await push(door, changes);
    assert.deepEqual([status, body.ErrorCode], [422, code], JSON.stringify(changes));
    assert.match(body.Message, says);
  }
  for (const body of ['', null, {}]) {
    assert.equal((await door.call('PUT', '/templates/push', body, TOKENS.account)).body.ErrorCode, 1109);
  }
  assert.equal((await door.call('PUT', '/templates/push', PUSH)).status, 401);
});

test('another type under the same alias, and a full destination, refuse the whole push', async () => {
  const door = await withFour();
  await door.call('POST', '/templates', { ...WELCOME, Alias: 'Frame' }, TOKENS.other);
  assert.equal((await push(door)).body.ErrorCode, 1125);
  await door.call('DELETE', '/templates/frame', undefined, TOKENS.other);
  for (let index = 0; index < 98; index += 1) {
    await door.call('POST', '/templates', { ...WELCOME, Alias: undefined }, TOKENS.other);
  }
  assert.equal((await push(door)).body.ErrorCode, 1105);
  assert.equal((await onDestination(door)).length, 98);
});

test('more text than can be held at once is refused', async () => {
  const door = openTemplateDoor();
  for (let index = 0; index < 5; index += 1) {
    await door.made({ ...WELCOME, Alias: `large-${index}`, HtmlBody: 'x'.repeat(4_500_000) });
  }
  assert.equal((await push(door, { PerformChanges: false })).body.ErrorCode, 1124);
});
