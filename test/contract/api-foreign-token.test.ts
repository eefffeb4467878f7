// Isolation of servers (contract sending 24): a token of one server finds nothing of another, on any endpoint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, MESSAGE_ID, openDoor, TOKENS, type Door } from '../support/api-door.ts';
import { bounceRow, capturedRow, outboundRow } from '../support/api-rows.ts';

function doorWithMailOfServerOne(): Door {
  const door = openDoor();
  door.rows.outbound.push(outboundRow());
  door.rows.bounces.push(bounceRow());
  door.rows.captured.push(capturedRow());
  return door;
}

const PATHS: readonly [path: string, method: 'GET' | 'PUT', foreign: unknown][] = [
  ['/messages/outbound?count=500&offset=0', 'GET', { TotalCount: 0, Messages: [] }],
  [`/messages/outbound/${MESSAGE_ID}/details`, 'GET', 701],
  [`/messages/outbound/${MESSAGE_ID}/dump`, 'GET', 701],
  [`/messages/outbound/opens/${MESSAGE_ID}?count=1&offset=0`, 'GET', 701],
  [`/messages/outbound/clicks/${MESSAGE_ID}?count=1&offset=0`, 'GET', 701],
  ['/bounces?count=500&offset=0', 'GET', { TotalCount: 0, Bounces: [] }],
  ['/bounces/700000123', 'GET', 1001],
  ['/bounces/700000123/dump', 'GET', 1001],
  ['/bounces/700000123/activate', 'PUT', 1001],
  ['/bounces/tags', 'GET', []],
  ['/deliverystats', 'GET', { InactiveMails: 0, Bounces: [{ Name: 'All', Count: 0 }] }],
  ['/capture', 'GET', { TotalCount: 0, Messages: [] }],
  [`/capture/${MESSAGE_ID}`, 'GET', 701],
  [`/capture/${MESSAGE_ID}/source`, 'GET', 701],
];

for (const token of [TOKENS.other, 'POSTMARK_API_TEST']) {
  for (const [path, method, foreign] of PATHS) {
    test(`${method} ${path} shows nothing of another server to ${token.slice(0, 8)}`, async () => {
      const door = doorWithMailOfServerOne();
      const own = await door.app.inject({ ...get(path), method });
      assert.equal(own.statusCode, 200, 'the owner finds it');
      const fresh = doorWithMailOfServerOne();
      const response = await fresh.app.inject({ ...get(path, { 'x-postmark-server-token': token }), method });
      if (typeof foreign === 'number') {
        assert.equal(response.statusCode, 422);
        assert.equal(response.json<{ ErrorCode: number }>().ErrorCode, foreign);
      } else assert.deepEqual([response.statusCode, response.json()], [200, foreign]);
      assert.ok(fresh.asked.every(({ name }) => name !== 'remove' && name !== 'markReactivated'));
    });
  }
}
