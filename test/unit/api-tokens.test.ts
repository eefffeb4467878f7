// Tokens in the headers (contract sending 1.1): who gets in, and what the others are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { MINIMAL, openDoor, TOKENS } from '../support/api-door.ts';

const NO_TOKEN =
  'No Account or Server API tokens were supplied in the HTTP headers. Please add a header for X-Postmark-Server-Token or X-Postmark-Account-Token.';
const BAD_SERVER = 'Request does not contain a valid Server token.';
const BAD_ACCOUNT = 'Request does not contain a valid Account token.';

const send = (headers: Record<string, string>): InjectOptions => ({
  method: 'POST',
  url: '/email',
  headers: { 'Content-Type': 'application/json', ...headers },
  payload: JSON.stringify(MINIMAL),
});

const ACCEPTED: readonly [what: string, headers: Record<string, string>][] = [
  ['the documented header', { 'X-Postmark-Server-Token': TOKENS.server }],
  ['the header in capitals', { 'X-POSTMARK-SERVER-TOKEN': TOKENS.server }],
  ['white space around the token', { 'x-postmark-server-token': `  ${TOKENS.server}\t` }],
  ['the token in capitals', { 'x-postmark-server-token': TOKENS.server.toUpperCase() }],
  [
    'an account token beside it',
    { 'x-postmark-server-token': TOKENS.server, 'x-postmark-account-token': TOKENS.account },
  ],
];

for (const [what, headers] of ACCEPTED) {
  test(`accepts ${what}`, async () => {
    assert.equal((await openDoor().app.inject(send(headers))).statusCode, 200);
  });
}

const REFUSED: readonly [what: string, headers: Record<string, string>, message: string][] = [
  ['no token', {}, NO_TOKEN],
  ['an empty token', { 'x-postmark-server-token': '' }, NO_TOKEN],
  ['a token of spaces', { 'x-postmark-server-token': '   ' }, NO_TOKEN],
  ['an unknown token', { 'x-postmark-server-token': '00000000-0000-4000-8000-000000000000' }, BAD_SERVER],
  ['a token that is no UUID', { 'x-postmark-server-token': 'hello' }, BAD_SERVER],
  ['an endless token', { 'x-postmark-server-token': 'a'.repeat(5000) }, BAD_SERVER],
  [
    'an account token in the server header',
    { 'x-postmark-server-token': TOKENS.account },
    `${BAD_SERVER} That is an Account API token, which manages servers and cannot send or read mail: use a Server API token in X-Postmark-Server-Token.`,
  ],
  [
    'the access key of an SMTP token',
    { 'x-postmark-server-token': TOKENS.smtp },
    `${BAD_SERVER} That is the access key of an SMTP token, which works over SMTP only: use a Server API token.`,
  ],
  [
    'a token whose server is gone',
    { 'x-postmark-server-token': TOKENS.orphan },
    `${BAD_SERVER} The server of this token no longer exists.`,
  ],
  [
    'an account token only',
    { 'x-postmark-account-token': TOKENS.account },
    `${BAD_SERVER} This endpoint needs the header X-Postmark-Server-Token.`,
  ],
];

for (const [what, headers, message] of REFUSED) {
  test(`refuses ${what} with 401 and code 10`, async () => {
    const door = openDoor();
    const response = await door.app.inject(send(headers));
    assert.equal(response.statusCode, 401);
    assert.equal(response.headers['x-pm-apierrorcode'], '10');
    assert.deepEqual(response.json(), { ErrorCode: 10, Message: message });
    assert.equal(door.handed.length, 0);
  });
}

for (const [method, url] of [
  ['POST', '/email/batch'],
  ['GET', '/messages/outbound?count=1&offset=0'],
  ['GET', '/messages/outbound/01900000-0000-7000-8000-000000000001/details'],
  ['GET', '/messages/outbound/01900000-0000-7000-8000-000000000001/dump'],
  ['GET', '/bounces?count=1&offset=0'],
  ['GET', '/bounces/1'],
  ['GET', '/bounces/1/dump'],
  ['PUT', '/bounces/1/activate'],
  ['GET', '/deliverystats'],
  ['GET', '/capture'],
  ['GET', '/capture/01900000-0000-7000-8000-000000000001'],
  ['GET', '/capture/01900000-0000-7000-8000-000000000001/source'],
] as const) {
  test(`${method} ${url} needs a token`, async () => {
    const { app } = openDoor();
    const none = await app.inject({ method, url });
    assert.deepEqual([none.statusCode, none.json()], [401, { ErrorCode: 10, Message: NO_TOKEN }]);
    const wrong = await app.inject({ method, url, headers: { 'x-postmark-server-token': 'wrong' } });
    assert.deepEqual([wrong.statusCode, wrong.json()], [401, { ErrorCode: 10, Message: BAD_SERVER }]);
  });
}

test('a server token in the account header is told where it belongs', async () => {
  const response = await openDoor().app.inject({
    method: 'GET',
    url: '/capture',
    headers: { 'x-postmark-account-token': TOKENS.server },
  });
  assert.equal(response.statusCode, 401);
  assert.deepEqual(response.json(), {
    ErrorCode: 10,
    Message: `${BAD_ACCOUNT} That is a Server API token: send it in X-Postmark-Server-Token.`,
  });
});

test('an unknown account token is told nothing more', async () => {
  const response = await openDoor().app.inject({
    method: 'GET',
    url: '/capture',
    headers: { 'x-postmark-account-token': 'nope' },
  });
  assert.deepEqual([response.statusCode, response.json()], [401, { ErrorCode: 10, Message: BAD_ACCOUNT }]);
});

test('the token is judged before the body is', async () => {
  const response = await openDoor().app.inject({ method: 'POST', url: '/email', payload: '{bad', headers: {} });
  assert.equal(response.statusCode, 401);
});

test('a refused token is logged by its reason, without the token', async () => {
  const door = openDoor();
  await door.app.inject(send({ 'x-postmark-server-token': TOKENS.account }));
  assert.equal(door.logged.length, 1);
  assert.equal(door.logged[0]?.fields.reason, 'account-token');
  assert.doesNotMatch(JSON.stringify(door.logged), new RegExp(TOKENS.account));
});
