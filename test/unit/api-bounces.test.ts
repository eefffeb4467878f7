// The bounce API (contract sending 16): shapes, filters, dumps, counts, and activation that really lifts a suppression.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BounceFilter } from '../../src/ports/activity.ts';
import { get, MESSAGE_ID, openDoor, SERVER_ID, TOKENS, type Door } from '../support/api-door.ts';
import { bounceRow } from '../support/api-rows.ts';

const BOUNCE = {
  RecordType: 'Bounce',
  ID: 700000123,
  Type: 'HardBounce',
  TypeCode: 1,
  Name: 'Hard bounce',
  Tag: 'Invitation',
  MessageID: MESSAGE_ID,
  ServerID: 1,
  MessageStream: 'outbound',
  Description: 'The receiving server says for good that this mailbox or domain does not exist.',
  Details: 'smtp;550 5.1.1 no such user',
  Email: 'Anything@example.net',
  From: 'someone@example.com',
  BouncedAt: '2026-11-05T16:33:54.9070000Z',
  DumpAvailable: true,
  Inactive: true,
  CanActivate: true,
  Subject: 'Your invitation',
};

function doorWith(...rows: ReturnType<typeof bounceRow>[]): Door {
  const door = openDoor();
  door.rows.bounces.push(...rows);
  return door;
}

const activate = (id: number | string, payload?: string) => ({
  method: 'PUT' as const,
  url: `/bounces/${id}/activate`,
  headers: { 'x-postmark-server-token': TOKENS.server, 'content-type': 'application/json' },
  ...(payload === undefined ? {} : { payload }),
});

test('a list answers the number of matches and the bounces of the page', async () => {
  const response = await doorWith(bounceRow()).app.inject(get('/bounces?count=10&offset=0'));
  assert.deepEqual([response.statusCode, response.json()], [200, { TotalCount: 1, Bounces: [BOUNCE] }]);
});

test('one bounce has its content beside it', async () => {
  const response = await doorWith(bounceRow()).app.inject(get('/bounces/700000123'));
  assert.deepEqual(response.json(), { ...BOUNCE, Content: 'the dump' });
});

test('a dump is empty where it is no longer kept', async () => {
  const kept = await doorWith(bounceRow()).app.inject(get('/bounces/700000123/dump'));
  assert.deepEqual(kept.json(), { Body: 'the dump' });
  const gone = await doorWith(bounceRow({ dumpAvailable: false })).app.inject(get('/bounces/700000123/dump'));
  assert.deepEqual([gone.statusCode, gone.json()], [200, { Body: '' }]);
});

const FILTERS: readonly [query: string, expected: Partial<BounceFilter>][] = [
  ['', {}],
  ['&type=hardbounce', { type: 'HardBounce' }],
  ['&type=SMTPApiError', { type: 'SMTPApiError' }],
  ['&inactive=true', { inactive: true }],
  ['&inactive=False', { inactive: false }],
  ['&emailFilter=example', { emailContains: 'example' }],
  ['&tag=x', { tag: 'x' }],
  [`&messageID=${MESSAGE_ID.toUpperCase()}`, { messageId: MESSAGE_ID }],
  ['&messagestream=broadcast', { streamId: 'broadcast' }],
  ['&fromdate=2026-08-05&todate=2026-8-5', { from: Date.UTC(2026, 7, 5, 4), to: Date.UTC(2026, 7, 6, 4) - 1 }],
];

for (const [query, expected] of FILTERS) {
  test(`reads the filters of ${query || 'nothing'}`, async () => {
    const door = openDoor();
    await door.app.inject(get(`/bounces?count=500&offset=0${query}`));
    const value = { count: 500, offset: 0, serverId: SERVER_ID, streamId: 'outbound', ...expected };
    assert.deepEqual(door.asked, [{ name: 'searchBounces', value }]);
  });
}

for (const query of [
  '',
  '?count=501&offset=0',
  '?count=1&offset=10000',
  '?count=1&offset=0&type=Nope',
  '?count=1&offset=0&inactive=maybe',
  '?count=1&offset=0&fromdate=x',
]) {
  test(`refuses the query "${query}" with 1000`, async () => {
    const response = await openDoor().app.inject(get(`/bounces${query}`));
    assert.deepEqual([response.statusCode, response.headers['x-pm-apierrorcode']], [422, '1000']);
  });
}

for (const path of ['/bounces/5', '/bounces/5/dump', '/bounces/abc', '/bounces/99999999999999999999', '/bounces/-1']) {
  test(`${path} is an unknown bounce: 1001`, async () => {
    const response = await doorWith(bounceRow()).app.inject(get(path));
    assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [422, 1001]);
  });
}

test('a missing id is 400 with 1002', async () => {
  const response = await openDoor().app.inject(get('/bounces//dump'));
  assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [400, 1002]);
});

for (const payload of [undefined, '', '{}', 'null']) {
  test(`activating with the body ${JSON.stringify(payload)} lifts the suppression`, async () => {
    const door = doorWith(bounceRow());
    const response = await door.app.inject(activate(700000123, payload));
    assert.equal(response.statusCode, 200, response.body);
    assert.deepEqual(response.json(), {
      Message: 'OK',
      Bounce: { ...BOUNCE, Inactive: false, Content: 'the dump' },
    });
    const place = [SERVER_ID, 'outbound', 'anything@example.net'];
    const [serverId, streamId] = place;
    assert.deepEqual(door.asked, [
      {
        name: 'remove',
        value: { serverId, streamId, addresses: ['anything@example.net'], by: 'Customer', tellAbsent: true },
      },
      { name: 'markReactivated', value: place },
    ]);
  });
}

test('activating an address that is active already is a success and changes nothing', async () => {
  const door = doorWith(bounceRow({ inactive: false }));
  const response = await door.app.inject(activate(700000123));
  assert.equal(response.statusCode, 200);
  assert.deepEqual(door.asked, []);
});

for (const type of ['SpamComplaint', 'SoftBounce', 'SMTPApiError'] as const) {
  test(`a ${type} cannot be activated: 1003`, async () => {
    const door = doorWith(bounceRow({ type }));
    const response = await door.app.inject(activate(700000123));
    assert.deepEqual(
      [response.statusCode, response.json()],
      [422, { ErrorCode: 1003, Message: 'This bounce cannot be reactivated.' }],
    );
    assert.deepEqual(door.asked, []);
  });
}

test('an older bounce does not lift the complaint of the same address', async () => {
  const door = openDoor({ complained: true });
  door.rows.bounces.push(bounceRow(), bounceRow({ id: 2, type: 'SpamComplaint' }));
  const response = await door.app.inject(activate(700000123));
  assert.equal(response.json<{ ErrorCode: number }>().ErrorCode, 1003);
  assert.ok(door.asked.every(({ name }) => name !== 'markReactivated'));
});

test('tags of bounces are a bare list, as old clients know it', async () => {
  const door = doorWith(bounceRow(), bounceRow({ id: 2 }), bounceRow({ id: 3, tag: '' }));
  const response = await door.app.inject(get('/bounces/tags'));
  assert.deepEqual([response.statusCode, response.json()], [200, ['Invitation']]);
});

test('an unknown bounce cannot be activated: 1001', async () => {
  assert.equal((await openDoor().app.inject(activate(1))).json<{ ErrorCode: number }>().ErrorCode, 1001);
});

test('delivery statistics begin with the sum, which has no type', async () => {
  const door = doorWith(bounceRow(), bounceRow({ id: 2 }), bounceRow({ id: 3, type: 'SoftBounce', inactive: false }));
  const response = await door.app.inject(get('/deliveryStats/'));
  assert.deepEqual(response.json(), {
    InactiveMails: 2,
    Bounces: [
      { Name: 'All', Count: 3 },
      { Type: 'HardBounce', Name: 'Hard bounce', Count: 2 },
      { Type: 'SoftBounce', Name: 'Soft bounce', Count: 1 },
    ],
  });
});
