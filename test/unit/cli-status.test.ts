// What `bulkhead status` tells of the answer of a running server.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { runInTest } from '../support/cli-host.ts';

const NOTE = 'Queues are isolated, reputation is not.';
const HOST = { Address: 'host', EHLO: 'mail.example.com', Shared: true, Note: NOTE, Usable: true, Reasons: [] };
const LANE = { ID: 'transactional', Queued: 3, InFlight: 1, NextDueAt: null, WaitsBecause: null, Addresses: [HOST] };
const STATUS = {
  Status: 'Ready',
  Version: '0.1.0',
  Hostname: 'mail.example.com',
  Delivery: 'Direct',
  Http: [],
  Smtp: [],
  Roles: [],
};

async function statusOf(t: TestContext, lanes: readonly object[]): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify({ ...STATUS, Lanes: lanes })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { code, out } = await runInTest(['status'], { baseUrl: `http://127.0.0.1:${port}` });
  assert.equal(code, 0);
  return out;
}

test('a lane that waits says why', async (t) => {
  const out = await statusOf(t, [{ ...LANE, Addresses: [], WaitsBecause: "the pool 'transactional' has no address" }]);
  assert.match(
    out,
    / {2}lane transactional: 3 messages not finished, 1 in flight\n {4}WAITS: the pool 'transactional' has no address$/,
  );
});

test('an address that lanes share is told with each of them', async (t) => {
  const own = { ...HOST, Address: '192.0.2.1', Shared: false, Note: undefined };
  const out = await statusOf(t, [LANE, { ...LANE, ID: 'news', Addresses: [own] }]);
  assert.match(
    out,
    /lane transactional: .*\n {4}host is shared: queues are isolated, reputation is not\n {2}lane news: .*$/,
  );
});

test('a server that does not answer is told with where it was looked for, whoever asks', async () => {
  const nobody = /: nothing answers at http:\/\/127\.0\.0\.1:1: the server is not running, or BULKHEAD_HTTP differs$/;
  for (const args of [
    ['status'],
    ['lanes', '--token', 'x'],
    ['send', '--to', 'a@b.example', '--from', 'a@b.example', '--token', 'x'],
  ]) {
    const { code, err } = await runInTest(args);
    assert.equal(code, 1, args[0]);
    assert.match(err, nobody, args[0]);
  }
});
