// Requests of a server per minute: off by default, 429 beyond, and headers that tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, MINIMAL, openDoor, post, TOKENS, type DoorOptions } from '../support/api-door.ts';

const MINUTE = Date.UTC(2026, 10, 5, 16, 33);

function limited(perMinute: number, options: DoorOptions = {}) {
  const clock = { at: MINUTE + 54_000 };
  const door = openDoor({
    limits: { requestsPerMinute: perMinute },
    clock: { now: () => clock.at, after: () => () => undefined },
    ...options,
  });
  return { door, clock };
}

const told = (headers: Record<string, unknown>) =>
  ['limit', 'remaining', 'reset'].map((name) => headers[`x-ratelimit-${name}`]);

test('without a limit nothing is counted and nothing is told', async () => {
  const { door } = limited(0);
  const answer = await door.app.inject(post('/email', MINIMAL));
  assert.deepEqual([answer.statusCode, ...told(answer.headers)], [200, undefined, undefined, undefined]);
});

test('a limit is told with every answer, and what is beyond it is 429 until the minute is over', async () => {
  const { door, clock } = limited(2);
  const reset = String((MINUTE + 60_000) / 1000);
  const first = await door.app.inject(post('/email', MINIMAL));
  assert.deepEqual([first.statusCode, ...told(first.headers)], [200, '2', '1', reset]);
  const second = await door.app.inject(get('/bounces'));
  assert.deepEqual([second.statusCode, ...told(second.headers)], [422, '2', '0', reset]);
  const third = await door.app.inject(post('/email', MINIMAL));
  assert.deepEqual([third.statusCode, ...told(third.headers)], [429, '2', '0', reset]);
  assert.deepEqual([third.headers['retry-after'], third.headers['x-pm-apierrorcode']], ['6', '429']);
  assert.equal(third.json<{ ErrorCode: number }>().ErrorCode, 429);
  assert.equal(door.handed.length, 1);
  clock.at = MINUTE + 60_000;
  assert.equal((await door.app.inject(post('/email', MINIMAL))).statusCode, 200);
});

test('servers are counted apart, and wrong tokens and account tokens not at all', async () => {
  const { door } = limited(1);
  const asOther = { headers: { 'x-postmark-server-token': TOKENS.other } };
  assert.equal((await door.app.inject(post('/email', MINIMAL))).statusCode, 200);
  assert.equal((await door.app.inject(post('/email', MINIMAL, asOther))).statusCode, 200);
  assert.equal((await door.app.inject(post('/email', MINIMAL))).statusCode, 429);
  for (let n = 0; n < 3; n += 1) {
    const answer = await door.app.inject({ url: '/pools', headers: { 'x-postmark-account-token': TOKENS.account } });
    assert.deepEqual([answer.statusCode, ...told(answer.headers)], [200, undefined, undefined, undefined]);
    const wrong = await door.app.inject(get('/bounces', { 'x-postmark-server-token': 'wrong' }));
    assert.deepEqual([wrong.statusCode, ...told(wrong.headers)], [401, undefined, undefined, undefined]);
  }
});

for (const [own, expected] of [
  [1, [200, 429, 429]],
  [0, [200, 200, 200]],
  [undefined, [200, 200, 429]],
] as const) {
  test(`a server whose own limit is ${own} gets ${expected.join(', ')} where the installation says 2`, async () => {
    const { door } = limited(2, { requestsPerMinute: own });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await door.app.inject(post('/email', MINIMAL))).statusCode);
    assert.deepEqual(statuses, expected);
  });
}
