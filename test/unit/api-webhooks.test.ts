// Webhooks over the door (contract sending 18).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebhookCall } from '../../src/ports/webhook-caller.ts';
import { get, openDoor, post, TOKENS, type Door } from '../support/api-door.ts';

const URL_OF_OURS = 'https://hooks.example.com/events';

async function create(door: Door, body: object = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await door.app.inject(post('/webhooks', { Url: URL_OF_OURS, ...body }));
  return { status: response.statusCode, body: response.json() };
}

test('a new webhook has the stream outbound and no trigger that was not asked for', async () => {
  const door = openDoor();
  const { status, body } = await create(door, { Triggers: { Open: { Enabled: true, PostFirstOpenOnly: true } } });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    ID: 1,
    Url: URL_OF_OURS,
    MessageStream: 'outbound',
    Status: 'verified',
    HttpAuth: null,
    HttpHeaders: [],
    Triggers: {
      Open: { Enabled: true, PostFirstOpenOnly: true },
      Click: { Enabled: false },
      Delivery: { Enabled: false },
      Bounce: { Enabled: false, IncludeContent: false },
      SpamComplaint: { Enabled: false, IncludeContent: false },
      SubscriptionChange: { Enabled: false },
    },
  });
  assert.deepEqual((await door.app.inject(get('/webhooks/1'))).json(), body);
  assert.deepEqual((await door.app.inject(get('/webhooks'))).json(), { Webhooks: [body] });
  assert.deepEqual((await door.app.inject(get('/Webhooks/?messageStream=broadcast'))).json(), { Webhooks: [] });
});

test('an edit changes what it names: triggers are merged, an empty list clears the headers, empty credentials theirs', async () => {
  const door = openDoor();
  await create(door, {
    HttpAuth: { Username: 'team', Password: 'secret' },
    HttpHeaders: [{ Name: 'X-Team', Value: 'billing' }],
    Triggers: { Bounce: { Enabled: true, IncludeContent: true }, Click: { Enabled: true } },
  });
  const edit = async (payload: object) =>
    (await door.app.inject({ ...post('/webhooks/1', payload), method: 'PUT' })).json();
  const first = await edit({ Triggers: { Click: { Enabled: false }, Bounce: { Enabled: null } } });
  assert.deepEqual(first.HttpAuth, { Username: 'team', Password: 'secret' });
  assert.deepEqual(first.HttpHeaders, [{ Name: 'X-Team', Value: 'billing' }]);
  assert.deepEqual(first.Triggers.Bounce, { Enabled: true, IncludeContent: true });
  assert.deepEqual(first.Triggers.Click, { Enabled: false });
  const second = await edit({
    HttpHeaders: [],
    HttpAuth: { Username: '', Password: '' },
    ID: 1,
    MessageStream: 'outbound',
  });
  assert.deepEqual([second.HttpAuth, second.HttpHeaders, second.Triggers.Bounce.Enabled], [null, [], true]);
});

test('a webhook is removed', async () => {
  const door = openDoor();
  await create(door);
  const removed = await door.app.inject({ ...get('/webhooks/1'), method: 'DELETE' });
  assert.deepEqual([removed.statusCode, removed.json()], [200, { ErrorCode: 0, Message: 'Webhook 1 removed.' }]);
  const gone = await door.app.inject(get('/webhooks/1'));
  assert.deepEqual(
    [gone.statusCode, gone.json(), gone.headers['x-pm-apierrorcode']],
    [422, { ErrorCode: 1352, Message: "The webhook for the provided 'ID' was not found." }, '1352'],
  );
});

const REFUSED: readonly [why: string, body: object | null, code: number][] = [
  ['no body', null, 1355],
  ['an empty body', {}, 1355],
  ['no address', { MessageStream: 'outbound' }, 1354],
  ['an empty address', { Url: ' ' }, 1354],
  ['no URL', { Url: 'hooks' }, 1354],
  ['another scheme', { Url: 'ftp://example.com' }, 1354],
  ['an address within', { Url: 'http://10.1.2.3/' }, 1354],
  ['an address within, disguised', { Url: 'http://0x0a010203/' }, 1354],
  ['an address within, of IPv6', { Url: 'http://[::ffff:10.1.2.3]/' }, 1354],
  ['the machine itself', { Url: 'https://localhost:8025/' }, 1354],
  ['too long an address', { Url: `https://example.com/${'x'.repeat(2000)}` }, 1354],
  ['a stream that is not there', { Url: URL_OF_OURS, MessageStream: 'news' }, 1235],
  ['an inbound stream', { Url: URL_OF_OURS, MessageStream: 'inbound' }, 1351],
  ['an id', { Url: URL_OF_OURS, ID: 7 }, 1356],
  ['a status', { Url: URL_OF_OURS, Status: 'verified' }, 1363],
  ['a header without a name', { Url: URL_OF_OURS, HttpHeaders: [{ Value: 'x' }] }, 1358],
  ['a header with a line feed', { Url: URL_OF_OURS, HttpHeaders: [{ Name: 'X-A\r\nX-B', Value: '' }] }, 1358],
  ['a header of ours', { Url: URL_OF_OURS, HttpHeaders: [{ Name: 'Host', Value: 'x' }] }, 1358],
  ['a header twice', { Url: URL_OF_OURS, HttpHeaders: [{ Name: 'X-A' }, { Name: 'x-a' }] }, 1358],
  ['a value with a line feed', { Url: URL_OF_OURS, HttpHeaders: [{ Name: 'X-A', Value: 'a\r\nb' }] }, 1361],
  ['31 headers', { Url: URL_OF_OURS, HttpHeaders: Array.from({ length: 31 }, (_, i) => ({ Name: `X-${i}` })) }, 1361],
  ['a colon in a user name', { Url: URL_OF_OURS, HttpAuth: { Username: 'a:b', Password: '' } }, 1361],
  ['a wrong type', { Url: 7 }, 403],
  ['a wrong type within', { Url: URL_OF_OURS, Triggers: { Open: { Enabled: 'yes' } } }, 403],
];

for (const [why, body, code] of REFUSED) {
  test(`a new webhook is refused with ${code}: ${why}`, async () => {
    const isWithin = (address: string) => /^10\.|^127\.|^::1$|^::ffff:a0/i.test(address);
    const door = openDoor({
      webhooks: { refusal: (address) => (isWithin(address) ? `${address} is a private address` : undefined) },
    });
    const response = await door.app.inject(post('/webhooks', body));
    assert.deepEqual([response.statusCode, response.json().ErrorCode], [422, code], response.body);
    assert.deepEqual((await door.app.inject(get('/webhooks'))).json(), { Webhooks: [] });
  });
}

const REFUSED_EDITS: readonly [body: object, code: number][] = [
  [{ ID: 2 }, 1357],
  [{ MessageStream: 'broadcast' }, 1357],
  [{ Status: 'unverified' }, 1363],
  [{ Url: 'gopher://example.com' }, 1354],
  [{}, 1355],
];

for (const [body, code] of REFUSED_EDITS) {
  test(`an edit with ${JSON.stringify(body)} is refused with ${code}`, async () => {
    const door = openDoor();
    const { body: before } = await create(door);
    const response = await door.app.inject({ ...post('/webhooks/1', body), method: 'PUT' });
    assert.deepEqual([response.statusCode, response.json().ErrorCode], [422, code]);
    assert.deepEqual((await door.app.inject(get('/webhooks/1'))).json(), before);
  });
}

test('a stream has ten webhooks', async () => {
  const door = openDoor();
  for (let made = 0; made < 10; made++) assert.equal((await create(door)).status, 200);
  assert.equal((await create(door)).body['ErrorCode'], 1359);
  assert.equal((await create(door, { MessageStream: 'broadcast' })).status, 200);
});

test('what is asked to be verified is probed with every enabled trigger, and not kept where one does not answer 200', async () => {
  const calls: WebhookCall[] = [];
  const door = openDoor({
    webhooks: {
      call: async (call) => {
        calls.push(call);
        if (call.body.includes('"RecordType":"Click"')) return { kind: 'answered', status: 204 };
        if (call.body.includes('"RecordType":"Delivery"')) return { kind: 'failed', reason: 'no answer within 10 s' };
        return { kind: 'answered', status: 200 };
      },
    },
  });
  const all = ['Open', 'Click', 'Delivery', 'Bounce', 'SpamComplaint', 'SubscriptionChange'];
  const triggers = Object.fromEntries(all.map((type) => [type, { Enabled: true, IncludeContent: true }]));
  const wanted = { Verify: true, Triggers: triggers, HttpAuth: { Username: 'team', Password: 'secret' } };
  const response = await door.app.inject(post('/webhooks', { Url: URL_OF_OURS, ...wanted }));
  assert.deepEqual([response.statusCode, response.headers['x-pm-apierrorcode']], [422, '1364']);
  assert.deepEqual(response.json(), {
    Id: 0,
    Url: URL_OF_OURS,
    Success: false,
    Results: [
      { TriggerType: 'Open', Success: true, StatusCode: 200, Message: 'OK' },
      { TriggerType: 'Click', Success: false, StatusCode: 204, Message: 'answered 204 in place of 200' },
      { TriggerType: 'Delivery', Success: false, StatusCode: 0, Message: 'no answer within 10 s' },
      { TriggerType: 'Bounce', Success: true, StatusCode: 200, Message: 'OK' },
      { TriggerType: 'SpamComplaint', Success: true, StatusCode: 200, Message: 'OK' },
      { TriggerType: 'SubscriptionChange', Success: true, StatusCode: 200, Message: 'OK' },
    ],
    Message: '4/6 triggers verified successfully',
  });
  const bodies = calls.map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    bodies.map(({ RecordType }) => RecordType),
    all,
  );
  assert.ok(bodies.every((body) => body.MessageStream === 'outbound'));
  assert.deepEqual(
    bodies.map((body) => body.Email ?? body.Recipient),
    all.map(() => 'john@example.com'),
  );
  assert.ok(bodies[3].Content.length > 0 && calls.every(({ httpAuth }) => httpAuth?.password === 'secret'));
  assert.deepEqual((await door.app.inject(get('/webhooks'))).json(), { Webhooks: [] });
});

test('what is not to be verified is kept unverified until verify succeeds', async () => {
  let status = 500;
  const door = openDoor({ webhooks: { call: async () => ({ kind: 'answered', status }) } });
  const { body } = await create(door, { Verify: false, Triggers: { Delivery: { Enabled: true } } });
  assert.equal(body['Status'], 'unverified');
  const verify = async () => (await door.app.inject(post('/webhooks/1/verify', 'null'))).json();
  const failed = await verify();
  assert.deepEqual([failed.Success, failed.Message], [false, '0/1 triggers verified successfully']);
  assert.equal((await door.app.inject(get('/webhooks/1'))).json().Status, 'unverified');
  status = 200;
  const passed = await verify();
  assert.deepEqual([passed.Id, passed.Success, passed.Message], [1, true, '1/1 triggers verified successfully']);
  assert.equal((await door.app.inject(get('/webhooks/1'))).json().Status, 'verified');
  status = 500;
  assert.equal((await verify()).Success, false);
  assert.equal((await door.app.inject(get('/webhooks/1'))).json().Status, 'verified', 'trouble may pass');
});

test('without a word of it the setting says whether to verify, and the query may say it too', async () => {
  const failing = { call: async () => ({ kind: 'answered', status: 500 }) as const };
  const byDefault = openDoor({ webhooks: { ...failing, verifyByDefault: true } });
  const triggers = { Triggers: { Click: { Enabled: true } } };
  assert.equal((await create(byDefault, triggers)).status, 422);
  const asked = await openDoor({ webhooks: failing }).app.inject(
    post('/webhooks?verify=true', { Url: URL_OF_OURS, ...triggers }),
  );
  assert.equal(asked.statusCode, 422);
  const not = await byDefault.app.inject(post('/webhooks?Verify=false', { Url: URL_OF_OURS, ...triggers }));
  assert.equal(not.json().Status, 'unverified');
});

test('statistics are those of the last day', async () => {
  const door = openDoor();
  await create(door);
  const { FromDate, ToDate, ...counts } = (await door.app.inject(get('/webhooks/1/statistics'))).json();
  assert.deepEqual([FromDate, ToDate], ['2026-11-04T16:33:54.9070000Z', '2026-11-05T16:33:54.9070000Z']);
  const none = { TotalCount: 0, SuccessCount: 0, FailureCount: 0, SlowCount: 0, VerySlowCount: 0 };
  assert.deepEqual(counts, { ID: 1, ...none });
});

test('another server sees, changes and probes nothing of it', async () => {
  const door = openDoor();
  const { body } = await create(door);
  const foreign = { 'x-postmark-server-token': TOKENS.other };
  assert.deepEqual((await door.app.inject(get('/webhooks', foreign))).json(), { Webhooks: [] });
  for (const [method, url] of [
    ['GET', '/webhooks/1'],
    ['DELETE', '/webhooks/1'],
    ['PUT', '/webhooks/1'],
    ['POST', '/webhooks/1/verify'],
    ['GET', '/webhooks/1/statistics'],
  ] as const) {
    const payload = JSON.stringify({ Url: 'https://evil.example' });
    const response = await door.app.inject({ ...get(url, foreign), method, ...(method === 'PUT' && { payload }) });
    assert.equal(response.json().ErrorCode, 1352, `${method} ${url}`);
  }
  assert.deepEqual((await door.app.inject(get('/webhooks/1'))).json(), body);
});
