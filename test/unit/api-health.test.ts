// How the installation is: for probes, people and Prometheus.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDoor, TOKENS } from '../support/api-door.ts';

test('health is 200 when every role is ready', async () => {
  const response = await openDoor().app.inject('/health');
  assert.deepEqual(
    [response.statusCode, response.json()],
    [
      200,
      {
        Status: 'Ready',
        Roles: [
          { Name: 'api', Ready: true },
          { Name: 'smtp', Ready: true },
        ],
      },
    ],
  );
});

test('health is 503 and names the roles that are not ready', async () => {
  const roles = [
    { name: 'api', ready: true },
    { name: 'smtp', ready: false, detail: 'port 2525 is taken' },
    { name: 'broadcast lane', ready: false },
  ];
  const response = await openDoor({ facts: { roles } }).app.inject('/health');
  assert.equal(response.statusCode, 503);
  assert.deepEqual(response.json(), {
    ErrorCode: 100,
    Message: 'Not ready: smtp, broadcast lane.',
    Status: 'NotReady',
    Roles: [
      { Name: 'api', Ready: true },
      { Name: 'smtp', Ready: false, Detail: 'port 2525 is taken' },
      { Name: 'broadcast lane', Ready: false },
    ],
  });
});

const STATUS = {
  Status: 'Ready',
  Roles: [
    { Name: 'api', Ready: true },
    { Name: 'smtp', Ready: true },
  ],
  Version: '0.1.0',
  Hostname: 'mail.example.com',
  Delivery: 'Capture',
  StartedAt: '2026-11-05T16:33:54.9070000Z',
  Http: ['http://127.0.0.1:8025'],
  Mx: ['127.0.0.1:2527'],
  Smtp: [
    { StreamType: 'Transactional', Address: '127.0.0.1:2525' },
    { StreamType: 'Broadcasts', Address: '127.0.0.1:2526' },
  ],
};
const LANES = [
  {
    ID: 'transactional',
    StreamType: 'Transactional',
    Queued: 3,
    InFlight: 1,
    NextDueAt: null,
    WaitsBecause: null,
    Addresses: [],
  },
];

const from = (remoteAddress: string, headers: Record<string, string> = {}) => ({ remoteAddress, headers });
const ASKERS: readonly [who: string, asker: ReturnType<typeof from>, mayKnow: boolean][] = [
  ['this machine', from('127.0.0.1'), true],
  ['this machine over IPv6', from('::1'), true],
  ['this machine as a mapped address', from('::ffff:127.0.0.1'), true],
  ['somebody', from('192.0.2.1'), false],
  ['somebody by way of a proxy on this machine', from('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }), false],
  ['an account', from('192.0.2.1', { 'x-postmark-account-token': TOKENS.account }), true],
  ['a server', from('192.0.2.1', { 'x-postmark-server-token': TOKENS.server }), false],
];

for (const [who, asker, mayKnow] of ASKERS) {
  test(`status is told to ${who}, ${mayKnow ? 'with' : 'without'} the depth of queues`, async () => {
    const response = await openDoor().app.inject({ method: 'GET', url: '/status', ...asker });
    assert.equal(response.statusCode, 200);
    assert.deepEqual(
      response.json(),
      mayKnow ? { ...STATUS, Lanes: LANES, Holds: [], Warnings: [], Domains: [] } : STATUS,
    );
  });

  test(`metrics are ${mayKnow ? 'told to' : 'kept from'} ${who}`, async () => {
    const { app } = openDoor({ metrics: async () => 'bulkhead_up 1\n' });
    const response = await app.inject({ method: 'GET', url: '/metrics', ...asker });
    assert.equal(response.statusCode, mayKnow ? 200 : 401);
    if (mayKnow) {
      assert.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
      assert.equal(response.body, 'bulkhead_up 1\n');
    }
  });
}

test('metrics that nobody provides are not found', async () => {
  assert.equal((await openDoor().app.inject('/metrics')).statusCode, 404);
});

const ELSEWHERE: readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, status: number, allow?: string][] = [
  ['GET', '/nowhere', 404],
  ['POST', '/nowhere', 404],
  ['GET', '/email/batch/more', 404],
  ['GET', '/messages/outbound/%zz/details', 404],
  ['GET', `/messages/outbound/${'x'.repeat(300)}/details`, 404],
  ['GET', '/email', 405, 'POST'],
  ['DELETE', '/email/batch', 405, 'POST'],
  ['POST', '/bounces', 405, 'GET, HEAD'],
  ['POST', '/bounces/1/activate', 405, 'PUT'],
  ['PUT', '/health', 405, 'GET, HEAD'],
];

for (const [method, url, status, allow] of ELSEWHERE) {
  test(`${method} ${url.slice(0, 40)} is ${status} with the envelope`, async () => {
    const response = await openDoor().app.inject({ method, url });
    assert.equal(response.statusCode, status);
    assert.equal(response.headers['x-pm-apierrorcode'], '12');
    assert.equal(response.headers.allow, allow);
    const { ErrorCode, Message } = response.json<{ ErrorCode: number; Message: string }>();
    assert.equal(ErrorCode, 12);
    assert.ok(Message.length < 300);
  });
}
