// GET /tls: who may read it, and what is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDoor, TOKENS } from '../support/api-door.ts';
import type { TlsDestination } from '../../src/ports/tls-desk.ts';

const AT = Date.UTC(2026, 10, 5, 1, 2, 3);
const KNOWN: readonly TlsDestination[] = [
  {
    domain: 'example.test',
    policy: {
      domain: 'example.test',
      id: '7',
      policy: { mode: 'enforce', mx: ['*.example.test'], maxAge: 60 },
      fetchedAt: AT,
      expiresAt: AT + 60_000,
    },
    sessions: [
      {
        ...{ domain: 'example.test', host: 'mx.example.test', ip: '192.0.2.1', at: AT, policyType: 'sts' },
        ...{ protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verifiedBy: 'mta-sts' },
        ...{ failure: undefined, reason: undefined },
      },
    ],
    succeeded: 3,
    failed: 1,
  },
];

const asking = (token?: string): { headers: Record<string, string> } => ({
  headers: token === undefined ? {} : { 'X-Postmark-Account-Token': token },
});

test('an account token reads all destinations, and one', async () => {
  const { app } = openDoor({ tls: KNOWN });
  const all = await app.inject({ method: 'GET', url: '/tls', ...asking(TOKENS.account) });
  assert.equal(all.statusCode, 200);
  const body = all.json<Record<string, unknown>>();
  assert.equal(body['TotalCount'], 1);
  const one = await app.inject({ method: 'GET', url: '/tls/Example.test', ...asking(TOKENS.account) });
  assert.deepEqual(one.json(), {
    Day: '2026-11-05',
    Domain: 'example.test',
    Policy: {
      Type: 'MTA-STS',
      Mode: 'enforce',
      ID: '7',
      MX: ['*.example.test'],
      FetchedAt: '2026-11-05T01:02:03.0000000Z',
      ExpiresAt: '2026-11-05T01:03:03.0000000Z',
    },
    SucceededToday: 3,
    FailedToday: 1,
    Hosts: [
      {
        Host: 'mx.example.test',
        IP: '192.0.2.1',
        At: '2026-11-05T01:02:03.0000000Z',
        Policy: 'MTA-STS',
        Protocol: 'TLSv1.3',
        Cipher: 'TLS_AES_256_GCM_SHA384',
        VerifiedBy: 'mta-sts',
        Failure: null,
        Reason: null,
      },
    ],
  });
});

test('nobody else does, and what is not known is not found', async () => {
  const { app } = openDoor({ tls: KNOWN });
  for (const url of ['/tls', '/tls/example.test']) {
    assert.equal((await app.inject({ method: 'GET', url })).statusCode, 401);
    assert.equal((await app.inject({ method: 'GET', url, ...asking(TOKENS.server) })).statusCode, 401);
  }
  const answer = await app.inject({ method: 'GET', url: '/tls/other.test', ...asking(TOKENS.account) });
  assert.equal(answer.statusCode, 404);
});
