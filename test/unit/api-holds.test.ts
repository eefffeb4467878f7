// Paused streams and the guards over HTTP: who may see and change what, and in which shape.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { StreamGuard } from '../../src/ports/guard-watch.ts';
import { TOKENS, get, openDoor, post, type DoorOptions } from '../support/api-door.ts';

const ACCOUNT = { 'x-postmark-account-token': TOKENS.account };
const asAccount = (request: InjectOptions): InjectOptions => {
  const { 'x-postmark-server-token': _, ...headers } = (request.headers ?? {}) as Record<string, string>;
  return { ...request, headers: { ...headers, ...ACCOUNT } };
};
const WANTED = { ServerID: 1, StreamID: 'broadcast', Reason: 'the list is being cleaned' };

function door(options: DoorOptions = {}) {
  const { app } = openDoor(options);
  const ask = async (request: InjectOptions) => {
    const answer = await app.inject(asAccount(request));
    return { status: answer.statusCode, body: answer.json() };
  };
  return { app, ask };
}

describe('holds over HTTP', () => {
  test('pause a stream, are listed, and end', async () => {
    const { ask } = door();
    assert.deepEqual(await ask(get('/holds')), { status: 200, body: { Holds: [] } });
    const made = await ask(post('/holds', WANTED));
    assert.equal(made.status, 200);
    assert.match(made.body.HeldAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual({ ...made.body, HeldAt: '' }, { ...WANTED, By: 'Operator', HeldAt: '' });
    assert.deepEqual((await ask(get('/holds'))).body, { Holds: [made.body] });
    const ended = await ask({ method: 'DELETE', url: '/holds/1/broadcast' });
    assert.deepEqual([ended.status, ended.body.ErrorCode], [200, 0]);
    assert.match(ended.body.Message, /flows within a second/);
    assert.deepEqual((await ask(get('/holds'))).body, { Holds: [] });
  });

  test('that are there stay, with their reason; what is not there is 404', async () => {
    const { ask } = door();
    await ask(post('/holds', WANTED));
    assert.equal((await ask(post('/holds', { ...WANTED, Reason: 'another' }))).body.Reason, WANTED.Reason);
    const { status, body } = await ask({ method: 'DELETE', url: '/holds/1/outbound' });
    assert.deepEqual([status, body.ErrorCode], [404, 12]);
  });

  test('have a reason also where none is given', async () => {
    const { ask } = door();
    assert.equal((await ask(post('/holds', { serverid: 2, streamid: 'outbound' }))).body.Reason, 'paused over the API');
  });

  const refusals: readonly [string, unknown, code: number, status?: number][] = [
    ['a server that is not there', { ...WANTED, ServerID: 77 }, 12, 404],
    ['a stream that is not there', { ...WANTED, StreamID: 'news' }, 12, 404],
    ['an inbound stream', { ...WANTED, StreamID: 'inbound' }, 1236],
    ['no server', { StreamID: 'broadcast' }, 403],
    ['no stream', { ServerID: 1 }, 403],
    ['a server that is no number', { ...WANTED, ServerID: '1' }, 403],
    ['a server that is no whole number', { ...WANTED, ServerID: 1.5 }, 403],
    ['no JSON', '{', 402],
  ];
  for (const [name, body, code, status = 422] of refusals) {
    test(`refuse ${name} with ${code}`, async () => {
      const { ask } = door();
      const answer = await ask(post('/holds', body));
      assert.deepEqual([answer.status, answer.body.ErrorCode], [status, code]);
    });
  }

  test('are for account tokens only', async () => {
    const { app } = door();
    for (const request of [
      get('/holds'),
      get('/guards'),
      post('/holds', WANTED),
      { ...get('/'), method: 'DELETE', url: '/holds/1/broadcast' } as const,
    ]) {
      assert.equal((await app.inject(request)).statusCode, 401);
    }
  });
});

const GUARD: StreamGuard = {
  serverId: 1 as ServerId,
  streamId: 'broadcast' as StreamId,
  verdict: 'warn',
  reason: 'hard bounces are 6 %',
  since: Date.UTC(2026, 0, 2),
  bulkLike: { at: Date.UTC(2026, 0, 3), reason: 'the same content for all' },
  rates: [{ measure: 'bounces', provider: 'all', span: '24h', part: 6, whole: 100 }],
};

describe('guards over HTTP', () => {
  test('show rates, verdict and hold of each stream of the account, and the thresholds', async () => {
    const { ask } = door({ guards: [GUARD, { ...GUARD, serverId: 99 as ServerId }] });
    const hold = (await ask(post('/holds', WANTED))).body;
    const { body } = await ask(get('/guards'));
    assert.deepEqual(body.Thresholds.HardBounces, { Warn: 5, Stop: 10, Minimum: 100 });
    assert.deepEqual(body.Streams, [
      {
        ServerID: 1,
        StreamID: 'broadcast',
        Verdict: 'Warn',
        Reason: 'hard bounces are 6 %',
        Since: '2026-01-02T00:00:00.0000000Z',
        Held: hold,
        BulkLike: { Reason: 'the same content for all', SeenAt: '2026-01-03T00:00:00.0000000Z' },
        Rates: [{ Provider: 'all', Measure: 'HardBounces', WindowSeconds: 86_400, Count: 6, Of: 100, Percent: 6 }],
      },
    ]);
  });

  test('are part of the status for those who may know it', async () => {
    const { app, ask } = door({ guards: [GUARD] });
    await ask(post('/holds', WANTED));
    const { body } = await ask(get('/status'));
    assert.equal(body.Holds[0].Reason, WANTED.Reason);
    assert.deepEqual(
      body.Warnings.map(({ Reason }: { Reason: string }) => Reason),
      ['hard bounces are 6 %', 'mail that looks like bulk: the same content for all'],
    );
    const stranger = await app.inject({ ...get('/status'), remoteAddress: '192.0.2.7' });
    assert.equal(stranger.json().Holds, undefined);
    assert.equal(stranger.json().Warnings, undefined);
  });
});
