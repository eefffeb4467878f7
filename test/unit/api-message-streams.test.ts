// The message streams API (contract sending 13): shapes, rules, codes, and what clients really send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PURGE_AFTER_MS } from '../../src/domain/stream.ts';
import { TOKENS } from '../support/api-door.ts';
import { streamsWorld } from '../support/streams-door.ts';

const NEWS = { ID: 'weekly-news', Name: 'Weekly news', MessageStreamType: 'Broadcasts' } as const;
const AT = '2026-11-05T11:33:54-05:00';
const SHOWN = {
  ID: 'weekly-news',
  ServerID: 1,
  Name: 'Weekly news',
  Description: null,
  MessageStreamType: 'Broadcasts',
  CreatedAt: AT,
  UpdatedAt: null,
  ArchivedAt: null,
  ExpectedPurgeDate: null,
  SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Postmark' },
};

test('a new server has the three default streams', async () => {
  const { call } = await streamsWorld();
  const { status, body } = await call('GET', '/message-streams');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ['MessageStreams', 'TotalCount']);
  assert.equal(body.TotalCount, 3);
  assert.deepEqual(
    body.MessageStreams.map((stream: Record<string, Record<string, string>>) => [
      stream['ID'],
      stream['MessageStreamType'],
      stream['SubscriptionManagementConfiguration']?.['UnsubscribeHandlingType'],
    ]),
    [
      ['outbound', 'Transactional', 'None'],
      ['broadcast', 'Broadcasts', 'Postmark'],
      ['inbound', 'Inbound', 'None'],
    ],
  );
});

test('a stream is made, read and changed', async () => {
  const { call, clock } = await streamsWorld();
  assert.deepEqual((await call('POST', '/message-streams', NEWS)).body, SHOWN);
  assert.deepEqual((await call('GET', '/Message-Streams/Weekly-News/')).body, SHOWN);
  clock.at += 60_000;
  const change = {
    name: 'Fresh',
    Description: 'For all',
    SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'custom' },
  };
  const changed = {
    ...SHOWN,
    Name: 'Fresh',
    Description: 'For all',
    UpdatedAt: '2026-11-05T11:34:54-05:00',
    SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Custom' },
  };
  assert.deepEqual((await call('PATCH', '/message-streams/weekly-news', change)).body, changed);
  const without = await call('PATCH', '/message-streams/weekly-news', { Description: '', Name: null, ID: 'other' });
  assert.deepEqual(without.body, { ...changed, Description: null });
});

test('a transactional stream handles no unsubscribes', async () => {
  const { call } = await streamsWorld();
  const { body } = await call('POST', '/message-streams', { ...NEWS, MessageStreamType: 'transactional' });
  assert.deepEqual(
    [body.MessageStreamType, body.SubscriptionManagementConfiguration.UnsubscribeHandlingType],
    ['Transactional', 'None'],
  );
});

const handling = (type: unknown) => ({ SubscriptionManagementConfiguration: { UnsubscribeHandlingType: type } });

const REFUSED: readonly [change: object, code: string][] = [
  [{ ID: undefined }, '1222'],
  [{ ID: null }, '1222'],
  [{ ID: 'Big' }, '1227'],
  [{ ID: 'pm-x' }, '1233'],
  [{ ID: 'all' }, '1237'],
  [{ ID: 'outbound' }, '1230'],
  [{ Name: '' }, '1223'],
  [{ Name: 'x'.repeat(101) }, '1224'],
  [{ MessageStreamType: 'Marketing' }, '1221'],
  [{ MessageStreamType: undefined }, '1221'],
  [{ MessageStreamType: 'Inbound' }, '1228'],
  [{ Description: 'x'.repeat(1001) }, '1231'],
  [{ Description: '<b>' }, '1234'],
  [handling('None'), '1239'],
  [handling('Later'), '1240'],
  [{ MessageStreamType: 'Transactional', ...handling('Postmark') }, '1239'],
  [{ Name: 7 }, '403'],
  [handling(7), '403'],
  [{ SubscriptionManagementConfiguration: 'Postmark' }, '403'],
];

for (const [change, code] of REFUSED) {
  test(`a stream with ${JSON.stringify(change).slice(0, 60)} is refused with ${code}`, async () => {
    const { call } = await streamsWorld();
    const answer = await call('POST', '/message-streams', { ...NEWS, ...change });
    assert.deepEqual([answer.status, answer.code, answer.body.ErrorCode], [422, code, Number(code)]);
    assert.equal((await call('GET', '/message-streams')).body.TotalCount, 3);
  });
}

for (const [change, code] of [
  [{ Name: ' ' }, '1223'],
  [{ Name: 'x'.repeat(101) }, '1224'],
  [{ Description: '>' }, '1234'],
  [handling('None'), '1239'],
  [handling('x'), '1240'],
] as const) {
  test(`changing to ${JSON.stringify(change).slice(0, 60)} is refused with ${code}`, async () => {
    const { call } = await streamsWorld();
    assert.equal((await call('PATCH', '/message-streams/broadcast', change)).code, code);
  });
}

test('the eleventh stream is refused with 1225', async () => {
  const { call } = await streamsWorld();
  for (let n = 3; n < 10; n += 1)
    assert.equal((await call('POST', '/message-streams', { ...NEWS, ID: `s${n}` })).status, 200);
  assert.equal((await call('POST', '/message-streams', { ...NEWS, ID: 'one-more' })).code, '1225');
});

for (const [query, expected] of [
  ['', ['outbound', 'broadcast', 'inbound']],
  ['?messageStreamType=All', ['outbound', 'broadcast', 'inbound']],
  ['?MessageStreamType=broadcasts', ['broadcast']],
  ['?messagestreamtype=Broadcasts&includeArchivedStreams=true', ['broadcast', 'weekly-news']],
  ['?IncludeArchivedStreams=False', ['outbound', 'broadcast', 'inbound']],
  ['?MessageStreamType=Inbound', ['inbound']],
  ['?MessageStreamType=Transactional', ['outbound']],
] as const) {
  test(`the list of '${query}' shows ${expected.join(', ')}`, async () => {
    const { call } = await streamsWorld();
    await call('POST', '/message-streams', NEWS);
    await call('POST', '/message-streams/weekly-news/archive');
    const { body } = await call('GET', `/message-streams${query}`);
    assert.deepEqual(
      body.MessageStreams.map(({ ID }: { ID: string }) => ID),
      expected,
    );
  });
}

test('a list by an unknown type or a bad flag is refused', async () => {
  const { call } = await streamsWorld();
  assert.equal((await call('GET', '/message-streams?MessageStreamType=Marketing')).code, '1221');
  assert.equal((await call('GET', '/message-streams?IncludeArchivedStreams=maybe')).code, '403');
});

for (const payload of [undefined, '', '{}', 'null']) {
  test(`archiving and taking back with the body ${JSON.stringify(payload)}`, async () => {
    const { call } = await streamsWorld();
    await call('POST', '/message-streams', NEWS);
    const purge = '2026-12-20T11:33:54-05:00';
    const archived = await call('POST', '/message-streams/weekly-news/archive', payload);
    assert.deepEqual(archived.body, { ID: 'weekly-news', ServerID: 1, ExpectedPurgeDate: purge });
    const read = await call('GET', '/message-streams/weekly-news');
    assert.deepEqual(read.body, { ...SHOWN, ArchivedAt: AT, ExpectedPurgeDate: purge });
    const back = await call('POST', '/message-streams/weekly-news/unarchive', payload);
    assert.deepEqual([back.status, back.body], [200, SHOWN]);
  });
}

test('the default streams are not archived, the broadcast one is', async () => {
  const { call } = await streamsWorld();
  for (const id of ['outbound', 'inbound']) {
    assert.equal((await call('POST', `/message-streams/${id}/archive`)).code, '1229');
  }
  assert.equal((await call('POST', '/message-streams/broadcast/archive')).status, 200);
});

test('what was archived too long ago is not taken back: 1232, also when it is deleted', async () => {
  const { call, clock, store } = await streamsWorld();
  await call('POST', '/message-streams', NEWS);
  await call('POST', '/message-streams/weekly-news/archive');
  clock.at += PURGE_AFTER_MS;
  assert.equal((await call('POST', '/message-streams/weekly-news/unarchive')).code, '1232');
  await store.messageStreams.purge(clock.at, 5);
  assert.equal((await call('POST', '/message-streams/weekly-news/unarchive')).code, '1232');
  assert.equal((await call('GET', '/message-streams/weekly-news')).code, '1226');
});

for (const [method, path] of [
  ['GET', ''],
  ['PATCH', ''],
  ['POST', '/archive'],
  ['POST', '/unarchive'],
] as const) {
  test(`${method} of a stream of nobody or of another server${path} is 1226`, async () => {
    const { call } = await streamsWorld();
    await call('POST', '/message-streams', NEWS);
    for (const [id, token] of [
      ['nope', TOKENS.server],
      ['weekly-news', TOKENS.other],
    ] as const) {
      const answer = await call(method, `/message-streams/${id}${path}`, method === 'PATCH' ? {} : undefined, token);
      assert.deepEqual(
        [answer.status, answer.body],
        [422, { ErrorCode: 1226, Message: "The message stream for the provided 'ID' was not found." }],
      );
    }
  });
}

test('the test token reads an empty list and changes nothing', async () => {
  const { call } = await streamsWorld();
  const list = await call('GET', '/message-streams', undefined, 'POSTMARK_API_TEST');
  assert.deepEqual(list.body, { MessageStreams: [], TotalCount: 0 });
  assert.equal((await call('POST', '/message-streams', NEWS, 'POSTMARK_API_TEST')).status, 401);
});
