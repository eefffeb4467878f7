// Servers over HTTP: shapes, rules, codes, and who may ask (contract management 2).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { newServerSettings } from '../../src/core/manage-servers.ts';
import type { ServerId } from '../../src/lib/ids.ts';
import { SUBMITTED_AT, TOKENS, openDoor, type DoorOptions } from '../support/api-door.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

async function world(servers: DoorOptions['servers'] = {}) {
  const store = new MemoryControlStore({ now: () => SUBMITTED_AT, after: () => () => undefined });
  const accountId = await store.createAccount('One');
  const shop = await store.createServer(accountId, 'Shop', newServerSettings({}));
  await store.createToken({ kind: 'account', accountId, hash: TOKENS.account, hint: '3333' });
  const place = { accountId, serverId: shop.id, hint: '1111' };
  await store.createToken({ kind: 'server', ...place, hash: TOKENS.server, text: TOKENS.server });
  const strangers = await store.createAccount('Two');
  const foreign = await store.createServer(strangers, 'Foreign', newServerSettings({ inboundDomain: 'in.taken.test' }));
  const door = openDoor({ store, servers });
  const call = async (method: Method, url: string, body?: unknown, token = 'account'): Promise<Answer> => {
    const answer = await door.app.inject({
      method,
      url,
      headers: {
        [`x-postmark-${token}-token`]: token === 'account' ? TOKENS.account : TOKENS.server,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  return { store, shop, foreign, call };
}

describe('a server', () => {
  test('is shown whole', async () => {
    const { call, shop } = await world();
    const { status, body } = await call('GET', '/SERVER/', undefined, 'server');
    assert.equal(status, 200);
    assert.deepEqual(body, {
      ID: shop.id,
      Name: 'Shop',
      ApiTokens: [TOKENS.server],
      Color: 'blue',
      SmtpApiActivated: true,
      RawEmailEnabled: false,
      DeliveryType: 'Live',
      ServerLink: `http://127.0.0.1:8025/servers/${shop.id}/streams`,
      InboundAddress: `${shop.settings.inboundHash}@inbound.example.com`,
      InboundHookUrl: '',
      BounceHookUrl: '',
      OpenHookUrl: '',
      DeliveryHookUrl: '',
      PostFirstOpenOnly: false,
      InboundDomain: '',
      InboundHash: shop.settings.inboundHash,
      InboundSpamThreshold: 0,
      TrackOpens: false,
      TrackLinks: 'None',
      IncludeBounceContentInHook: false,
      ClickHookUrl: '',
      EnableSmtpApiErrorHooks: false,
    });
    assert.match(body.InboundHash, /^[0-9a-f]{32}$/);
    assert.deepEqual((await call('GET', `/servers/${shop.id}`)).body, body);
  });

  test('is changed in part: what is null or not given stays', async () => {
    const { call, shop } = await world();
    const first = await call('PUT', '/server', { name: 'Till', color: 'GREEN', TRACKLINKS: 'htmlonly' }, 'server');
    assert.deepEqual([first.body.Name, first.body.Color, first.body.TrackLinks], ['Till', 'green', 'HtmlOnly']);
    const change = {
      Color: null,
      TrackOpens: true,
      InboundDomain: '*.In.Example.NET',
      ClickHookUrl: 'https://a.test/x',
    };
    const { body } = await call('PUT', `/servers/${shop.id}`, change);
    assert.deepEqual(
      [body.Name, body.Color, body.TrackOpens, body.InboundDomain, body.ClickHookUrl],
      ['Till', 'green', true, '*.in.example.net', 'https://a.test/x'],
    );
    assert.equal((await call('PUT', `/servers/${shop.id}`, { ClickHookUrl: '' })).body.ClickHookUrl, '');
  });

  test('is made with its streams and a token that works', async () => {
    const { call, store } = await world();
    const { status, body } = await call('POST', '/servers', { Name: ' Receipts ', DeliveryType: 'sandbox' });
    assert.deepEqual([status, body.Name, body.DeliveryType], [200, 'Receipts', 'Sandbox']);
    assert.equal((await store.tokenByHash(body.ApiTokens[0]))?.serverId, body.ID);
    const streams = await store.streams(body.ID as ServerId);
    assert.deepEqual(
      streams.map(({ id }) => id),
      ['outbound', 'broadcast', 'inbound'],
    );
  });

  test('is found by a part of its name, in pages', async () => {
    const { call } = await world();
    for (const Name of ['Shop two', 'Blog']) await call('POST', '/servers', { Name });
    const { body } = await call('GET', '/servers?Count=1&offset=1&name=sHOP');
    assert.equal(body.TotalCount, 2);
    assert.deepEqual(
      body.Servers.map((server: { Name: string }) => server.Name),
      ['Shop two'],
    );
  });

  test('takes nothing more once it is deleted, and its name is free', async () => {
    const { call, shop } = await world({ deletion: true });
    const gone = await call('DELETE', `/servers/${shop.id}`);
    assert.deepEqual(gone.body, { ErrorCode: 0, Message: 'Server Shop removed.' });
    assert.equal((await call('GET', '/server', undefined, 'server')).status, 401);
    assert.equal((await call('GET', `/servers/${shop.id}`)).body.ErrorCode, 601);
    assert.equal((await call('GET', '/servers?count=10&offset=0')).body.TotalCount, 0);
    assert.equal((await call('POST', '/servers', { Name: 'Shop' })).status, 200);
  });

  test('has several tokens, so that one takes the place of another without a gap', async () => {
    const { call, shop } = await world();
    const made = await call('POST', `/servers/${shop.id}/tokens`, {});
    assert.match(made.body.Token, /^[0-9a-f-]{36}$/);
    const both = await call('GET', `/servers/${shop.id}`);
    assert.deepEqual(both.body.ApiTokens, [TOKENS.server, made.body.Token]);
    const [old] = (await call('GET', `/servers/${shop.id}/tokens`)).body.Tokens;
    assert.deepEqual(old, {
      ID: old.ID,
      Kind: 'Server',
      Hint: '1111',
      CreatedAt: '2026-11-05T16:33:54.9070000Z',
      LastUsedAt: null,
    });
    assert.equal((await call('DELETE', `/servers/${shop.id}/tokens/${old.ID}`)).status, 200);
    assert.equal((await call('GET', '/server', undefined, 'server')).status, 401);
    assert.deepEqual((await call('GET', `/servers/${shop.id}`)).body.ApiTokens, [made.body.Token]);
    assert.equal((await call('DELETE', `/servers/${shop.id}/tokens/${old.ID}`)).status, 404);
  });

  const REFUSALS: readonly [why: string, method: Method, url: string, body: unknown, code: number, text: RegExp][] = [
    ['no page', 'GET', '/servers', undefined, 600, /'count'/],
    ['a page that is too large', 'GET', '/servers?count=501&offset=0', undefined, 600, /'count'/],
    ['no name', 'POST', '/servers', { Color: 'red' }, 608, /missing/],
    ['an empty name', 'POST', '/servers', { Name: '  ' }, 608, /empty/],
    ['a long name', 'POST', '/servers', { Name: 'x'.repeat(256) }, 608, /255/],
    ['nothing', 'POST', '/servers', {}, 609, /No server data/],
    ['nothing in an edit', 'PUT', '/servers/1', { Unknown: 1 }, 609, /No server data/],
    ['a name that is taken', 'POST', '/servers', { Name: 'Shop' }, 603, /'Shop' exists/],
    ['a colour', 'POST', '/servers', { Name: 'A', Color: 'mauve' }, 607, /purple/],
    ['links', 'PUT', '/servers/1', { TrackLinks: 'Some' }, 612, /HtmlAndText/],
    ['a delivery type', 'POST', '/servers', { Name: 'A', DeliveryType: 'Dry' }, 613, /Sandbox/],
    ['another delivery type', 'PUT', '/servers/1', { DeliveryType: 'Sandbox' }, 613, /cannot be changed/],
    ['a threshold', 'PUT', '/servers/1', { InboundSpamThreshold: 31 }, 611, /0 to 30/],
    ['a domain of another account', 'PUT', '/servers/1', { InboundDomain: 'in.taken.test' }, 602, /in use/],
    ['a domain of ours', 'PUT', '/servers/1', { InboundDomain: 'a.inbound.example.com' }, 608, /installation/],
    ['no domain', 'PUT', '/servers/1', { InboundDomain: 'a b' }, 608, /name of a domain/],
    ['a wrong type', 'PUT', '/servers/1', { TrackOpens: 'yes' }, 403, /\$\.TrackOpens/],
    ['a server of another account', 'GET', '/servers/2', undefined, 601, /no server/],
    ['an edit of another account', 'PUT', '/servers/2', { Color: 'red' }, 601, /no server/],
    ['no number', 'GET', '/servers/abc', undefined, 601, /'abc'/],
    ['deletion', 'DELETE', '/servers/1', undefined, 604, /BULKHEAD_SERVER_DELETION/],
    ['a token that is none', 'POST', '/servers/1/tokens', { Token: 'short' }, 403, /\$\.Token/],
    ['a token that is taken', 'POST', '/servers/1/tokens', { Token: TOKENS.server }, 403, /\$\.Token/],
  ];
  for (const [why, method, url, body, code, text] of REFUSALS) {
    test(`refuses ${why}`, async () => {
      const { call, store } = await world();
      const before = await store.server(1 as ServerId);
      const answer = await call(method, url, body);
      assert.deepEqual([answer.status, answer.body.ErrorCode], [422, code], JSON.stringify(answer.body));
      assert.match(answer.body.Message, text);
      assert.deepEqual(await store.server(1 as ServerId), before);
    });
  }

  test('refuses targets and inbound domains that the installation does not take', async () => {
    const { call } = await world({
      urlProblem: async () => '10.0.0.1 is private',
      mxProblem: async () => 'it has none',
    });
    const hook = await call('PUT', '/servers/1', { BounceHookUrl: 'http://10.0.0.1/' });
    assert.deepEqual([hook.body.ErrorCode, /BounceHookUrl.*private/.test(hook.body.Message)], [606, true]);
    const domain = await call('PUT', '/servers/1', { InboundDomain: 'in.example.net' });
    assert.deepEqual([domain.body.ErrorCode, /it has none/.test(domain.body.Message)], [610, true]);
  });
});
