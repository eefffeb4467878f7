// GET /messages/outbound/{id}/why and GET /lanes: who may ask, and the form of the answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneView } from '../../src/core/lane-view.ts';
import { siteWords, viewLanes } from '../../src/core/lane-view.ts';
import type { Explanation } from '../../src/core/why.ts';
import type { Hold } from '../../src/domain/hold.ts';
import { BROADCAST_LANE, TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import type { AccountId, ServerId, StreamId } from '../../src/lib/ids.ts';
import { get, MESSAGE_ID, openDoor, OTHER_SERVER_ID, SERVER_ID, SUBMITTED_AT, TOKENS } from '../support/api-door.ts';

const URL = `/messages/outbound/${MESSAGE_ID}/why`;
const ACCOUNT = { 'x-postmark-account-token': TOKENS.account, 'x-postmark-server-token': '' };
const NOW = SUBMITTED_AT;

const TOLD: Explanation = {
  id: MESSAGE_ID,
  state: 'waiting',
  summary: 'It waits.',
  serverId: SERVER_ID,
  streamId: 'outbound',
  lane: TRANSACTIONAL_LANE.id,
  receivedAt: NOW,
  from: 'Ann <ann@example.com>',
  subject: 'Hello',
  notes: ['a note'],
  recipients: [
    {
      address: 'bob@example.net',
      state: 'waiting',
      words: 'It waits.',
      nextAttemptAt: NOW + 60_000,
      holds: [{ kind: 'retry', words: 'held', until: undefined }],
      attempts: [
        {
          at: NOW,
          number: 1,
          outcome: 'deferred',
          via: { pool: TRANSACTIONAL_LANE.id, address: '192.0.2.1', ehlo: 'out.test', ptr: undefined },
          peer: { host: 'mx.test', ip: '192.0.2.25', tls: true, tlsPolicy: 'dane' },
          reply: '451 later',
          words: 'Later.',
          transcript: ['0 -- connecting'],
        },
      ],
    },
  ],
};

test('an explanation has every field in the form of the API', async () => {
  const { app } = openDoor({ explain: { why: async () => TOLD } });
  const answer = await app.inject(get(URL));
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    MessageID: MESSAGE_ID,
    State: 'waiting',
    Summary: 'It waits.',
    ServerID: 1,
    MessageStream: 'outbound',
    Lane: 'transactional',
    ReceivedAt: '2026-11-05T16:33:54.9070000Z',
    From: 'Ann <ann@example.com>',
    Subject: 'Hello',
    Recipients: [
      {
        Address: 'bob@example.net',
        State: 'waiting',
        Words: 'It waits.',
        NextAttemptAt: '2026-11-05T16:34:54.9070000Z',
        Holds: [{ Kind: 'retry', Words: 'held', Until: null }],
        Attempts: [
          {
            At: '2026-11-05T16:33:54.9070000Z',
            Number: 1,
            Pool: 'transactional',
            Address: '192.0.2.1',
            EHLO: 'out.test',
            PTR: null,
            Host: 'mx.test',
            IP: '192.0.2.25',
            TLS: true,
            TLSPolicy: 'dane',
            Outcome: 'deferred',
            Reply: '451 later',
            Words: 'Later.',
            Transcript: ['0 -- connecting'],
          },
        ],
      },
    ],
    Notes: ['a note'],
  });
});

test('a server token asks for its own server, an account token for those of the account', async () => {
  const asked: (readonly ServerId[])[] = [];
  const why = async (servers: readonly ServerId[]): Promise<undefined> => void asked.push(servers);
  const { app } = openDoor({ explain: { why } });
  await app.inject(get(URL));
  await app.inject(get(URL, { 'x-postmark-server-token': TOKENS.other }));
  await app.inject(get(URL, ACCOUNT));
  assert.deepEqual(asked, [[SERVER_ID], [OTHER_SERVER_ID], [SERVER_ID, OTHER_SERVER_ID]]);
});

test('what is not known, and what is no id, is not found, in words', async () => {
  const { app } = openDoor();
  for (const url of [URL, '/messages/outbound/nonsense/why']) {
    const answer = await app.inject(get(url));
    assert.equal(answer.statusCode, 422);
    assert.equal(answer.json().ErrorCode, 701);
    assert.match(answer.json().Message, /no server of this token accepted one with that MessageID/);
  }
});

test('without a token nothing is told, and lanes only to accounts', async () => {
  const { app } = openDoor({ explain: { why: async () => TOLD } });
  assert.equal((await app.inject({ method: 'GET', url: URL })).statusCode, 401);
  assert.equal((await app.inject(get('/lanes'))).statusCode, 401);
  assert.deepEqual((await app.inject(get('/lanes', ACCOUNT))).json(), { TotalCount: 0, Lanes: [] });
});

const HOLD: Hold = {
  serverId: 1 as ServerId,
  streamId: 'news' as StreamId,
  by: 'guard',
  reason: 'too many bounces',
  at: NOW - 60_000 * 5,
};

async function views(captures = false): Promise<readonly LaneView[]> {
  const depth = { messages: 3, deliveries: 4, leased: 1, nextDueAt: NOW + 1000 };
  const report = { waitsBecause: undefined, addresses: [], depth, load: { leased: 1, jobs: 1, waiting: 2, putOff: 5 } };
  const streams = (pool: string) => (pool === 'broadcast' ? [HOLD] : [{ serverId: 1, streamId: 'outbound' }]);
  const warned = { serverId: 1, streamId: 'outbound', verdict: 'warn', reason: 'bounces near', since: 0, rates: [] };
  return viewLanes(
    {
      store: {
        servers: async () => [{ id: 1, name: 'My server' }],
        pools: {
          holds: async () => [HOLD, { ...HOLD, serverId: 9 }],
          streamsIn: async (pool: string) => streams(pool),
        },
      } as never,
      lanesNow: async () => [
        { lane: TRANSACTIONAL_LANE, report },
        { lane: BROADCAST_LANE, report: undefined },
      ],
      askLane: (async () => ({
        backlog: [
          { serverId: 1, streamId: 'outbound', deliveries: 3, held: false },
          { serverId: 9, streamId: 'secret', deliveries: 3, held: false },
        ],
        sites: [{ key: 'mx.test', waiting: 1, active: 0, state: 'open', concurrency: 2, limit: 20 }],
      })) as never,
      guards: { verdicts: async () => [{ ...warned, bulkLike: { at: 0, reason: 'looks like bulk' } }] as never },
      now: () => NOW,
      captures,
    },
    7 as AccountId,
  );
}

test('lanes show their own holds and warnings, and name streams of the own account only', async () => {
  const [transactional, broadcast] = await views();
  assert.deepEqual([transactional?.state, transactional?.words, broadcast?.state], ['running', 'mail leaves', 'down']);
  assert.deepEqual(
    transactional?.backlog.map(({ serverName, streamId }) => `${serverName} ${streamId}`),
    ['My server outbound'],
  );
  assert.deepEqual(transactional?.holds, []);
  assert.deepEqual(
    broadcast?.holds.map(({ words }) => words),
    ['paused by a guard 5 minutes ago: too many bounces'],
  );
  assert.deepEqual(
    transactional?.warnings.map(({ words }) => words),
    ['bounces near', 'looks like bulk'],
  );
  assert.match((await views(true))[0]?.words ?? '', /captured/);
});

test('lanes have every field in the form of the API', async () => {
  const { app } = openDoor({ explain: { lanes: () => views() } });
  const { Lanes, TotalCount } = (await app.inject(get('/lanes', ACCOUNT))).json();
  assert.equal(TotalCount, 2);
  const { Sites, Streams, ...lane } = Lanes[0];
  assert.deepEqual(
    [lane.ID, lane.StreamType, lane.Queued, lane.InFlight, lane.WaitingForSites, lane.PutOff],
    ['transactional', 'Transactional', 3, 1, 2, 5],
  );
  assert.deepEqual(Streams, [{ ServerID: 1, ServerName: 'My server', StreamID: 'outbound', Waiting: 3, Held: false }]);
  assert.equal(Sites[0].Words, 'open: 2 at a time of 20');
  assert.deepEqual([Lanes[1].Queued, Lanes[1].State], [null, 'down']);
});

const SITES: readonly [site: Parameters<typeof siteWords>[0], words: string][] = [
  [{ key: 'a', waiting: 0, active: 0, state: 'open', concurrency: 4, limit: 20 }, 'open: 4 at a time of 20'],
  [
    { key: 'a', waiting: 0, active: 0, state: 'slow', concurrency: 1, perMinute: 30, reason: 'mx said 421' },
    'slowed down: 1 at a time, 30 a minute; mx said 421',
  ],
  [
    { key: 'a', waiting: 0, active: 0, state: 'unreachable', until: NOW + 120_000, reason: 'refused' },
    'cannot be reached: nothing before 2026-11-05 16:35:54 UTC (in 2 minutes); refused',
  ],
];
for (const [site, words] of SITES)
  test(`a site is told as "${words}"`, () => assert.equal(siteWords(site, NOW), words));
