// Pools and addresses over HTTP: shapes, rules, and who may ask.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { ServerId } from '../../src/lib/ids.ts';
import { SUBMITTED_AT, TOKENS, openDoor, type Door, type DoorOptions } from '../support/api-door.ts';

const AT = '2026-11-05T16:33:54.9070000Z';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface World {
  readonly door: Door;
  readonly store: MemoryControlStore;
  readonly serverId: ServerId;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly call: (method: Method, url: string, body?: unknown) => Promise<{ status: number; body: any }>;
}

async function world(addresses: DoorOptions['addresses'] = {}): Promise<World> {
  const store = new MemoryControlStore({ now: () => SUBMITTED_AT, after: () => () => undefined });
  const accountId = await store.createAccount('One');
  const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
  await store.createToken({ kind: 'account', accountId, hash: TOKENS.account, hint: '3333' });
  await store.createToken({ kind: 'server', accountId, serverId, hash: TOKENS.server, hint: '1111' });
  const door = openDoor({ store, addresses });
  return {
    door,
    store,
    serverId,
    async call(method, url, body) {
      const answer = await door.app.inject({
        method,
        url,
        headers: {
          'x-postmark-account-token': TOKENS.account,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}

describe('pools over HTTP', () => {
  test('are listed with their addresses, streams and what is to be said of them', async () => {
    const { call, serverId } = await world();
    const { status, body } = await call('GET', '/pools');
    assert.equal(status, 200);
    assert.equal(body.TotalCount, 2);
    const [first] = body.Pools;
    assert.deepEqual([first.ID, first.StreamType], ['transactional', 'Transactional']);
    assert.deepEqual(first.Streams, [{ ServerID: serverId, ServerName: 'Shop', StreamID: 'outbound' }]);
    assert.deepEqual(
      first.Addresses.map((address: { Address: string; Shared: boolean }) => [address.Address, address.Shared]),
      [['host', true]],
    );
    assert.deepEqual(first.Remarks, ['host: shared, so that queues are isolated and reputation is not']);
  });

  test('are made, shown, and take streams', async () => {
    const { call, serverId, store } = await world();
    const made = await call('POST', '/pools', { ID: 'news', StreamType: 'broadcasts' });
    assert.deepEqual(made, { status: 200, body: { ID: 'news', StreamType: 'Broadcasts', CreatedAt: AT } });
    const attached = await call('POST', '/pools/news/streams', { ServerID: serverId, StreamID: 'broadcast' });
    assert.deepEqual(attached.body.StreamIDs, ['broadcast']);
    assert.match(attached.body.Message, /accepted from now on/);
    assert.equal((await store.streams(serverId)).find(({ id }) => id === 'broadcast')?.pool, 'news');
    const shown = await call('GET', '/pools/news');
    assert.deepEqual(shown.body.Remarks, ['it has no address: its mail waits']);
    const server = await call('POST', '/pools/broadcast/streams', { ServerID: serverId });
    assert.deepEqual(server.body.StreamIDs, ['broadcast'], 'a whole server');
  });

  const REFUSALS: readonly [
    why: string,
    method: 'GET' | 'POST',
    url: string,
    body: unknown,
    status: number,
    code: number,
    text: RegExp,
  ][] = [
    [
      'a name with capitals',
      'POST',
      '/pools',
      { ID: 'News', StreamType: 'Broadcasts' },
      422,
      9001,
      /^The name of a pool is 1 to 40 lower-case/,
    ],
    [
      'a name that is taken',
      'POST',
      '/pools',
      { ID: 'broadcast', StreamType: 'Broadcasts' },
      422,
      9001,
      /^There is a pool 'broadcast' already\.$/,
    ],
    ['an inbound pool', 'POST', '/pools', { ID: 'news', StreamType: 'Inbound' }, 422, 403, /\$\.StreamType/],
    ['no name', 'POST', '/pools', { StreamType: 'Broadcasts' }, 422, 403, /\$\.ID/],
    ['no JSON', 'POST', '/pools', undefined, 422, 402, /body is empty/],
    ['a pool that is not there', 'GET', '/pools/none', undefined, 404, 12, /^There is no pool 'none'\.$/],
    ['streams for a pool that is not there', 'POST', '/pools/none/streams', { ServerID: 1 }, 404, 12, /no pool 'none'/],
    ['a server that is not there', 'POST', '/pools/broadcast/streams', { ServerID: 99 }, 404, 12, /no server 99/],
    [
      'a day of no warm-up plan',
      'POST',
      '/addresses',
      { Address: '192.0.2.1', Pool: 'broadcast', WarmUp: { Day: 3 } },
      422,
      403,
      /\$\.Plan/,
    ],
    ['a server by its name', 'POST', '/pools/broadcast/streams', { ServerID: 'Shop' }, 422, 403, /\$\.ServerID/],
    [
      'a stream that is not there',
      'POST',
      '/pools/broadcast/streams',
      { ServerID: 1, StreamID: 'x' },
      404,
      12,
      /has no stream 'x'/,
    ],
    [
      'a stream of another kind',
      'POST',
      '/pools/broadcast/streams',
      { ServerID: 1, StreamID: 'outbound' },
      422,
      9001,
      /for broadcast mail, and the stream 'outbound' is transactional/,
    ],
  ];
  for (const [why, method, url, body, status, code, text] of REFUSALS) {
    test(`refuse ${why}`, async () => {
      const { call } = await world();
      const answer = await call(method, url, body);
      assert.deepEqual([answer.status, answer.body.ErrorCode], [status, code], JSON.stringify(answer.body));
      assert.match(answer.body.Message, text);
    });
  }
});

describe('addresses over HTTP', () => {
  test('are added in the place of the machine itself, and checked at once', async () => {
    const { call } = await world();
    const wanted = { Address: '192.0.2.1', Pool: 'transactional', EHLO: 'MTA1.example.com' };
    const { status, body } = await call('POST', '/addresses', wanted);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      ID: 3,
      Address: '192.0.2.1',
      Pool: 'transactional',
      EHLO: 'mta1.example.com',
      Shared: false,
      State: 'Active',
      AddedAt: AT,
      Proof: { Verdict: 'Fit', CheckedAt: AT, Reasons: [], Notes: [], PTR: 'mta1.example.com' },
      WarmUp: null,
      ReplacedHost: true,
      Remarks: [
        "pool 'broadcast': the system chooses its address; where that is 192.0.2.1, of another pool, its mail waits: give it addresses of its own",
      ],
    });
    const list = await call('GET', '/addresses?Pool=transactional');
    assert.deepEqual(
      list.body.Addresses.map((each: { Address: string; State: string }) => [each.Address, each.State]),
      [
        ['host', 'Leaving'],
        ['192.0.2.1', 'Active'],
      ],
    );
    assert.equal((await call('GET', '/addresses')).body.TotalCount, 3);
  });

  test('are checked again, warmed up and taken out', async () => {
    const proof = { checkedAt: SUBMITTED_AT, verdict: 'quarantined', reasons: ['no PTR'], ptr: undefined } as const;
    const sentOn = ({ ip }: { ip: string }) => (ip === '192.0.2.1' ? 17 : 0);
    const { call } = await world({ prove: async () => proof, sentOn });
    await call('POST', '/addresses', { Address: '192.0.2.1', Pool: 'transactional' });
    const checked = await call('POST', '/addresses/3/check');
    assert.deepEqual(checked.body.Proof.Reasons, ['no PTR']);
    const warming = await call('PUT', '/addresses/3/warm-up', { Plan: 'default', Day: 2 });
    assert.deepEqual(warming.body.WarmUp, {
      Plan: 'default',
      Day: 2,
      Days: 30,
      SentToday: 17,
      AllowedToday: 300,
      AllowedPerProvider: 75,
    });
    assert.equal((await call('PUT', '/addresses/3/warm-up', { Plan: null })).body.WarmUp, null);
    const removed = await call('DELETE', '/addresses/3');
    assert.equal(removed.body.ErrorCode, 0);
    assert.match(removed.body.Message, /^Nothing new leaves through 192\.0\.2\.1/);
    assert.deepEqual(removed.body.Remarks, ['it has no address: its mail waits']);
  });

  const REFUSALS: readonly [
    why: string,
    method: 'POST' | 'PUT' | 'DELETE',
    url: string,
    body: unknown,
    status: number,
    code: number,
    text: RegExp,
  ][] = [
    ['a name', 'POST', '/addresses', { Address: 'a.example.com', Pool: 'broadcast' }, 422, 9001, /is a name/],
    ['a pool that is not there', 'POST', '/addresses', { Address: '192.0.2.1', Pool: 'x' }, 404, 12, /no pool 'x'/],
    [
      'an EHLO name without a dot',
      'POST',
      '/addresses',
      { Address: '192.0.2.1', Pool: 'broadcast', EHLO: 'mta' },
      422,
      9001,
      /EHLO name must be a host name/,
    ],
    ['no pool', 'POST', '/addresses', { Address: '192.0.2.1' }, 422, 403, /\$\.Pool/],
    [
      "the machine's own beside itself",
      'POST',
      '/addresses',
      { Address: 'host', Pool: 'broadcast', Shared: true },
      422,
      9001,
      /has host already/,
    ],
    ['a number that is not there', 'DELETE', '/addresses/99', undefined, 404, 12, /no address with the number 99/],
    ['no number', 'DELETE', '/addresses/all', undefined, 404, 12, /no address/],
    ['a check of none', 'POST', '/addresses/99/check', undefined, 404, 12, /no address/],
    [
      'a plan that is not there',
      'PUT',
      '/addresses/1/warm-up',
      { Plan: 'quick' },
      422,
      9001,
      /there are 'default', 'slow', 'fast'/,
    ],
    ['a day beyond the plan', 'PUT', '/addresses/1/warm-up', { Plan: 'fast', Day: 15 }, 422, 9001, /days 1 to 14/],
  ];
  for (const [why, method, url, body, status, code, text] of REFUSALS) {
    test(`refuse ${why}`, async () => {
      const { call } = await world();
      const answer = await call(method, url, body);
      assert.deepEqual([answer.status, answer.body.ErrorCode], [status, code], JSON.stringify(answer.body));
      assert.match(answer.body.Message, text);
    });
  }
});

const ENDPOINTS: readonly { readonly method: Method; readonly url: string }[] = [
  { method: 'GET', url: '/pools' },
  { method: 'POST', url: '/pools' },
  { method: 'GET', url: '/pools/broadcast' },
  { method: 'POST', url: '/pools/broadcast/streams' },
  { method: 'GET', url: '/addresses' },
  { method: 'POST', url: '/addresses' },
  { method: 'DELETE', url: '/addresses/1' },
  { method: 'POST', url: '/addresses/1/check' },
  { method: 'PUT', url: '/addresses/1/warm-up' },
];
for (const endpoint of ENDPOINTS) {
  test(`${endpoint.method} ${endpoint.url} is for account tokens alone`, async () => {
    const { door, store } = await world();
    for (const headers of [
      {},
      { 'x-postmark-server-token': TOKENS.server },
      { 'x-postmark-account-token': TOKENS.server },
    ]) {
      const answer = await door.app.inject({ ...endpoint, headers });
      assert.deepEqual([answer.statusCode, answer.json().ErrorCode], [401, 10]);
    }
    assert.equal((await store.pools.addresses()).filter(({ state }) => state === 'active').length, 2);
  });
}
