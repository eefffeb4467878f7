// Servers over HTTP as clients in the field ask: null bodies, no bodies, odd casing, and tokens with limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { newServerSettings } from '../../src/core/manage-servers.ts';
import type { TokenLimits } from '../../src/domain/token-limits.ts';
import type { StreamId } from '../../src/lib/ids.ts';
import { SUBMITTED_AT, TOKENS, openDoor } from '../support/api-door.ts';

const LIMITED = '66666666-6666-4666-8666-666666666666';

async function world(limits: TokenLimits = {}) {
  const store = new MemoryControlStore({ now: () => SUBMITTED_AT, after: () => () => undefined });
  const accountId = await store.createAccount('One');
  const { id: serverId } = await store.createServer(accountId, 'Shop', newServerSettings({ color: 'red' }));
  await store.createToken({ kind: 'account', accountId, hash: TOKENS.account, hint: '3333' });
  const place = { kind: 'server', accountId, serverId, hint: '1111' } as const;
  await store.createToken({ ...place, hash: TOKENS.server, text: TOKENS.server });
  await store.createToken({ ...place, hash: LIMITED, text: LIMITED, limits });
  const door = openDoor({ store, servers: { deletion: true } });
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: string, token?: string) => {
    const header = token === undefined ? 'X-PostMark-ACCOUNT-Token' : 'x-postmark-server-token';
    const answer = await door.app.inject({
      method,
      url,
      headers: { [header]: token ?? ` ${TOKENS.account} `, 'content-type': 'application/json' },
      ...(payload !== undefined && { payload }),
    });
    return { status: answer.statusCode, code: answer.headers['x-pm-apierrorcode'], body: answer.json() };
  };
  return { store, serverId, ask };
}

test('the body null is no trouble where none is needed', async () => {
  const { ask } = await world();
  assert.equal((await ask('GET', '/Servers/1/', 'null')).body.Name, 'Shop');
  assert.equal((await ask('GET', '/SERVERS?COUNT=1&Offset=0', 'null')).body.TotalCount, 1);
  assert.equal((await ask('GET', '/server', 'null', TOKENS.server.toUpperCase())).body.Color, 'red');
  assert.equal((await ask('DELETE', '/servers/1', 'null')).body.Message, 'Server Shop removed.');
});

const NOTHING: readonly (string | undefined)[] = [undefined, '', 'null', '{}', '{"Name":null,"Colour":"red"}'];
for (const body of NOTHING) {
  test(`nothing is 609: ${body ?? 'no body'}`, async () => {
    const { ask } = await world();
    for (const [method, url] of [
      ['POST', '/servers'],
      ['PUT', '/servers/1'],
    ] as const) {
      const { status, code, body: answer } = await ask(method, url, body);
      assert.deepEqual([status, code, answer.ErrorCode], [422, '609', 609]);
    }
    assert.equal((await ask('PUT', '/server', body, TOKENS.server)).body.ErrorCode, 609);
  });
}

test('choices that are empty texts are not given; a name that is empty is refused', async () => {
  const { ask } = await world();
  const empty = { Color: '', TrackLinks: '', DeliveryType: '', InboundDomain: '', BounceHookUrl: '' };
  const made = await ask('POST', '/servers/', JSON.stringify({ NAME: 'Blog', ...empty }));
  assert.deepEqual([made.body.Color, made.body.TrackLinks, made.body.DeliveryType], ['blue', 'None', 'Live']);
  const edited = await ask('PUT', '/servers/1', JSON.stringify({ ...empty, trackopens: true }));
  assert.deepEqual([edited.body.Color, edited.body.TrackOpens], ['red', true]);
  assert.equal((await ask('PUT', '/servers/1', '{"Name":""}')).body.ErrorCode, 608);
});

test('what is not JSON, or not of its type, is told as everywhere', async () => {
  const { ask } = await world();
  assert.equal((await ask('POST', '/servers', '{"Name":"A",}')).body.ErrorCode, 402);
  assert.equal((await ask('POST', '/servers', '[]')).body.ErrorCode, 403);
  assert.equal((await ask('PUT', '/servers/1', '{"InboundSpamThreshold":5.5}')).body.ErrorCode, 403);
  assert.equal((await ask('PUT', '/servers/1', '{"__proto__":{"Name":"x"}}')).body.ErrorCode, 609);
});

test('a server with a paused stream is not deleted, and works on', async () => {
  const { store, serverId, ask } = await world();
  const hold = {
    serverId,
    streamId: 'broadcast' as StreamId,
    by: 'guard',
    reason: 'bounces',
    at: SUBMITTED_AT,
  } as const;
  await store.pools.hold(hold);
  const { status, body } = await ask('DELETE', '/servers/1');
  assert.deepEqual([status, body.ErrorCode], [422, 605]);
  assert.match(body.Message, /its stream 'broadcast' is paused/);
  assert.equal((await ask('GET', '/server', undefined, TOKENS.server)).status, 200);
});

test('a token with limits reads its server, without the tokens that have none, and does not change it', async () => {
  const { ask } = await world({ fromDomains: ['sender.test'], networks: ['127.0.0.1'] });
  const read = await ask('GET', '/server', undefined, LIMITED);
  assert.deepEqual([read.body.Name, read.body.ApiTokens], ['Shop', []]);
  const changed = await ask('PUT', '/server', '{"TrackOpens":true}', LIMITED);
  assert.deepEqual([changed.status, changed.body.ErrorCode], [422, 9002]);
  const seen = await ask('GET', '/servers/1');
  assert.deepEqual([seen.body.TrackOpens, seen.body.ApiTokens], [false, [TOKENS.server]]);
  const listed = await ask('GET', '/servers/1/tokens');
  assert.deepEqual(listed.body.Tokens[1].FromDomains, ['sender.test']);
});

test('a token that is used from elsewhere is 1480 with the address', async () => {
  const { ask } = await world({ networks: ['192.0.2.0/24'] });
  const { status, code, body } = await ask('GET', '/server', undefined, LIMITED);
  assert.deepEqual([status, code, body.Message], [422, '1480', 'This token may not be used from 127.0.0.1.']);
});
