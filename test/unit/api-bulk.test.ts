// The bulk endpoints over HTTP (contract sending 9): shapes, lists with their key, errors by field, foreign ids.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, openDoor, post, TOKENS } from '../support/api-door.ts';
import { openBulkDoor } from '../support/bulk-door.ts';
import { request } from '../support/bulk-world.ts';

const OTHER = { 'x-postmark-server-token': TOKENS.other };

test('an accepted request is answered with its id and counters, and found by it', async () => {
  const { app, world } = await openBulkDoor();
  const response = await app.inject(post('/email/bulk', request(2)));
  assert.equal(response.statusCode, 200);
  const body = response.json<Record<string, unknown>>();
  assert.match(String(body['Id']), /^[0-9a-f-]{36}$/);
  assert.deepEqual(body, {
    Id: body['Id'],
    ID: body['Id'],
    SubmittedAt: '2026-11-05T12:00:00.0000000Z',
    Status: 'Accepted',
    Subject: 'Hello {{name}}',
    TotalMessages: 2,
    PercentageCompleted: 0,
    ReleasedCount: 0,
    FailedCount: 0,
    MessageStream: 'broadcast',
  });
  world.releaser.start();
  await world.until(() => world.arrived.length === 2);
  await world.releaser.stop();
  const found = await app.inject(get(`/Email/Bulk/${String(body['Id']).toUpperCase()}/`));
  const { Status, PercentageCompleted, ReleasedCount, FinishedAt } = found.json<Record<string, unknown>>();
  assert.deepEqual([Status, PercentageCompleted, ReleasedCount], ['Completed', 100, 2]);
  assert.match(String(FinishedAt), /Z$/);
});

for (const [what, url, method] of [
  ['an unknown id', '/email/bulk/01900000-0000-7000-8000-000000000001', 'GET'],
  ['what is no id', '/email/bulk/1', 'GET'],
  ['an unknown id to cancel', '/email/bulk/01900000-0000-7000-8000-000000000001/cancel', 'POST'],
] as const) {
  test(`${what} is 404 with code 12`, async () => {
    const { app } = await openBulkDoor();
    const response = await app.inject({ ...get(url), method });
    assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [404, 12]);
  });
}

test("another server's request is not found, listed or cancelled", async () => {
  const { app } = await openBulkDoor();
  const { Id } = (await app.inject(post('/email/bulk', request(1)))).json<{ Id: string }>();
  assert.equal((await app.inject(get(`/email/bulk/${Id}`, OTHER))).statusCode, 404);
  assert.equal((await app.inject({ ...get(`/email/bulk/${Id}/cancel`, OTHER), method: 'POST' })).statusCode, 404);
  assert.deepEqual((await app.inject(get('/email/bulk', OTHER))).json(), { Requests: [] });
  assert.equal((await app.inject(get(`/email/bulk/${Id}`))).json<{ Status: string }>().Status, 'Accepted');
});

test('cancelling answers with the request, twice as well; what is completed cannot be cancelled', async () => {
  const { app, world } = await openBulkDoor();
  const { Id } = (await app.inject(post('/email/bulk', request(1)))).json<{ Id: string }>();
  for (let time = 0; time < 2; time += 1) {
    const response = await app.inject({ ...get(`/email/bulk/${Id}/cancel`), method: 'POST' });
    assert.deepEqual([response.statusCode, response.json<{ Status: string }>().Status], [200, 'Cancelled']);
  }
  const done = (await app.inject(post('/email/bulk', request(1)))).json<{ Id: string }>();
  world.releaser.start();
  await world.until(() => world.arrived.length === 1);
  await world.releaser.stop();
  const response = await app.inject({ ...get(`/email/bulk/${done.Id}/cancel`), method: 'POST' });
  assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [422, 9101]);
});

test('several errors come as lists by field under code 11', async () => {
  const { app } = await openBulkDoor();
  const bad = request(1, { From: '', Messages: [{ To: 'x', Cc: 'y' }] });
  const response = await app.inject(post('/email/bulk', bad));
  assert.equal(response.statusCode, 422);
  assert.equal(response.headers['x-pm-apierrorcode'], '11');
  const body = response.json<{ ErrorCode: number; Errors: unknown }>();
  assert.equal(body.ErrorCode, 11);
  assert.deepEqual(body.Errors, {
    From: [{ ErrorCode: 300, Message: "Invalid 'From' value." }],
    'Messages[0].To': [{ ErrorCode: 300, Message: "Invalid 'To' address: 'x'." }],
    'Messages[0].Cc': [{ ErrorCode: 300, Message: "Invalid 'Cc' address: 'y'." }],
  });
});

test('one error has its own code and no member Errors', async () => {
  const { app } = await openBulkDoor();
  const response = await app.inject(post('/email/bulk', request(1, { MessageStream: 'nope' })));
  assert.deepEqual(response.json(), {
    ErrorCode: 1226,
    Message: "The message stream for the provided 'ID' was not found.",
  });
});

test('the list is newest first, in pages by key, and the last page has none', async () => {
  const { app } = await openBulkDoor();
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    ids.unshift((await app.inject(post('/email/bulk', request(1)))).json<{ Id: string }>().Id);
  }
  const seen: string[] = [];
  let key: string | undefined;
  for (let page = 0; page < 3; page += 1) {
    const query = key === undefined ? '' : `&paginationkey=${key}`;
    const body = (await app.inject(get(`/email/bulk?Count=2${query}`))).json<{
      Requests: { Id: string }[];
      PaginationKey?: string;
    }>();
    seen.push(...body.Requests.map(({ Id }) => Id));
    assert.equal('PaginationKey' in body, page < 2);
    key = body.PaginationKey;
  }
  assert.deepEqual(seen, ids);
});

for (const [query, code] of [
  ['paginationKey=nonsense', 13],
  ['paginationKey=YnVsazo', 13],
  ['paginationKey=%00', 13],
  ['count=0', 700],
  ['count=501', 700],
  ['count=x', 700],
  ['count=', undefined],
] as const) {
  test(`GET /email/bulk?${query} is answered with ${code ?? 'a list'}`, async () => {
    const { app } = await openBulkDoor();
    const response = await app.inject(get(`/email/bulk?${query}`));
    assert.equal(response.json<{ ErrorCode?: number }>().ErrorCode, code);
  });
}

test('the test token is answered as if it were accepted, and has no requests', async () => {
  const { app } = await openBulkDoor();
  const headers = { 'x-postmark-server-token': 'POSTMARK_API_TEST' };
  const response = await app.inject(post('/email/bulk', request(2), { headers }));
  const { Id, TotalMessages } = response.json<{ Id: string; TotalMessages: number }>();
  assert.equal(TotalMessages, 2);
  assert.equal((await app.inject(get(`/email/bulk/${Id}`, headers))).statusCode, 404);
  assert.deepEqual((await app.inject(get('/email/bulk', headers))).json(), { Requests: [] });
});

test('a body larger than the limit is 413, and a desk that is away 503', async () => {
  const large = openDoor({ limits: { batchBodyBytes: 1000 } });
  assert.equal((await large.app.inject(post('/email/bulk', 'x'.repeat(1001)))).statusCode, 413);
  assert.equal((await openDoor().app.inject(post('/email/bulk', request(1)))).statusCode, 503);
});
