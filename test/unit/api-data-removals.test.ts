// POST /data-removals and GET /data-removals/{id} (contract management 11.1).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { openDoor, TOKENS, type Door } from '../support/api-door.ts';

const BODY = { RequestedBy: 'ann@example.com', RequestedFor: 'Bob <Bob@Example.NET>', NotifyWhenCompleted: true };
const account = { 'x-postmark-account-token': TOKENS.account, 'content-type': 'application/json' };

const ask = (door: Door, payload: unknown) =>
  door.app.inject({
    method: 'POST',
    url: '/data-removals',
    headers: account,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
const look = (door: Door, id: number | string) =>
  door.app.inject({ method: 'GET', url: `/data-removals/${id}`, headers: account });

/** A door whose store can be looked into. */
async function doorOver() {
  const store = new MemoryControlStore();
  const accountId = await store.createAccount('ours');
  await store.createServer(accountId, 'one', DEFAULT_SERVER_SETTINGS);
  await store.createServer(accountId, 'two', DEFAULT_SERVER_SETTINGS);
  await store.createToken({ kind: 'account', accountId, hash: TOKENS.account, hint: 'x' });
  await store.createToken({
    kind: 'account',
    accountId: await store.createAccount('b'),
    hash: TOKENS.other,
    hint: 'x',
  });
  return { store, accountId, door: openDoor({ store, removals: true }) };
}

test('a request is pending, and is kept with all servers of the account', async () => {
  const { door, store, accountId } = await doorOver();
  const response = await ask(door, BODY);
  assert.deepEqual([response.statusCode, response.json()], [200, { ID: 1, Status: 'Pending' }]);
  const [{ at = 0, ...kept } = { at: 0 }] = await store.removals.open(9);
  assert.ok(Math.abs(at - Date.now()) < 60_000);
  assert.deepEqual(kept, {
    id: 1,
    accountId,
    serverIds: [1, 2],
    address: 'bob@example.net',
    addressHash: 'hash of bob@example.net',
    requestedBy: 'ann@example.com',
    notify: true,
    erasedAt: undefined,
  });
});

test('its status is Pending, then Done', async () => {
  const { door, store } = await doorOver();
  await ask(door, { ...BODY, NotifyWhenCompleted: null });
  assert.deepEqual((await look(door, 1)).json(), { ID: 1, Status: 'Pending' });
  await store.removals.setErased(1, Date.now());
  assert.deepEqual((await look(door, 1)).json(), { ID: 1, Status: 'Done' });
});

const INVALID: readonly [why: string, body: unknown][] = [
  ['an empty body', ''],
  ['malformed JSON', '{'],
  ['null', 'null'],
  ['an empty object', {}],
  ['no RequestedBy', { RequestedFor: 'bob@example.net' }],
  ['no RequestedFor', { RequestedBy: 'ann@example.com' }],
  ['an empty RequestedFor', { ...BODY, RequestedFor: '' }],
  ['what is no address', { ...BODY, RequestedFor: 'example.net' }],
  ['two addresses', { ...BODY, RequestedFor: 'bob@example.net, carl@example.net' }],
  ['a line break', { ...BODY, RequestedBy: 'ann@example.com\r\nBcc: all@example.com' }],
  ['a number', { ...BODY, RequestedFor: 5 }],
  ['a text as NotifyWhenCompleted', { ...BODY, NotifyWhenCompleted: 'yes' }],
];

describe('refused with 1300:', () => {
  for (const [why, body] of INVALID) {
    test(why, async () => {
      const response = await ask(openDoor({ removals: true }), body);
      assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [422, 1300]);
    });
  }
});

for (const id of ['2', 'abc', '-1', '', '99999999999999999999']) {
  test(`the id "${id}" is unknown: 1301`, async () => {
    const { door } = await doorOver();
    await ask(door, BODY);
    const response = await look(door, id);
    assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [422, 1301]);
  });
}

test('a removal of another account is unknown', async () => {
  const { door } = await doorOver();
  await ask(door, BODY);
  const headers = { 'x-postmark-account-token': TOKENS.other };
  const response = await door.app.inject({ method: 'GET', url: '/data-removals/1', headers });
  assert.equal(response.json<{ ErrorCode: number }>().ErrorCode, 1301);
});

test('where they are turned off both are refused with 1302, and nothing is kept', async () => {
  const store = new MemoryControlStore();
  const accountId = await store.createAccount('ours');
  await store.createToken({ kind: 'account', accountId, hash: TOKENS.account, hint: 'x' });
  const door = openDoor({ store });
  for (const response of [await ask(door, BODY), await look(door, 1)]) {
    assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [422, 1302]);
  }
  assert.deepEqual(await store.removals.marks(0), []);
});

test('a server token is the wrong one', async () => {
  const door = openDoor({ removals: true });
  const headers = { 'x-postmark-server-token': TOKENS.server };
  const response = await door.app.inject({ method: 'GET', url: '/data-removals/1', headers });
  assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [401, 10]);
});
