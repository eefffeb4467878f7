// Bodies: media types, sizes, and what happens to who sends too much (contract sending 1, 1.3 and 26; management 1.1).
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { accept, MINIMAL, openDoor, post, TOKENS, type Door, type DoorOptions } from '../support/api-door.ts';
import { talk } from '../support/http-wire.ts';

const TYPES: readonly [type: string | undefined, status: number][] = [
  ['application/json', 200],
  ['application/json; charset=utf-8', 200],
  ['APPLICATION/JSON;charset=UTF-8', 200],
  ['text/json', 200],
  ['text/x-json', 200],
  ['application/vnd.api+json', 200],
  [undefined, 200],
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['multipart/form-data; boundary=x', 415],
  ['application/jsonp', 415],
  ['nonsense', 415],
];

for (const [type, status] of TYPES) {
  test(`answers ${status} to a body of type ${type ?? '(none)'}`, async () => {
    const { app } = openDoor();
    const headers = {
      'x-postmark-server-token': TOKENS.server,
      ...(type === undefined ? {} : { 'content-type': type }),
    };
    const response = await app.inject({
      method: 'POST',
      url: '/email',
      payload: Buffer.from(JSON.stringify(MINIMAL)),
      headers,
    });
    assert.equal(response.statusCode, status, response.body);
    if (status !== 415) return;
    assert.equal(response.headers['x-pm-apierrorcode'], '409');
    assert.deepEqual(response.json(), {
      ErrorCode: 409,
      Message: 'The Content-Type of the request must be application/json.',
    });
  });
}

test('refuses a compressed body and says so', async () => {
  const response = await openDoor().app.inject(post('/email', MINIMAL, { headers: { 'content-encoding': 'gzip' } }));
  assert.equal(response.statusCode, 415);
  assert.match(response.json<{ Message: string }>().Message, /must not be compressed/);
});

test('a body on GET is ignored, as clients send null with every request', async () => {
  const response = await openDoor().app.inject({
    method: 'GET',
    url: '/deliverystats',
    payload: 'null',
    headers: { 'content-type': 'application/json', 'x-postmark-server-token': TOKENS.server },
  });
  assert.equal(response.statusCode, 200);
});

async function listen(t: TestContext, options: DoorOptions = {}): Promise<Door & { port: number }> {
  const door = openDoor(options);
  await door.app.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => door.app.close());
  return { ...door, port: (door.app.server.address() as AddressInfo).port };
}

const head = (path: string, length: number | 'chunked'): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `X-Postmark-Server-Token: ${TOKENS.server}`,
    length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n');

const KIB = 1024;
const blocks = (count: number): Buffer[] => Array.from({ length: count }, () => Buffer.alloc(64 * KIB, 0x20));
const chunked = (count: number): Buffer[] =>
  blocks(count).map((block) => Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')]));
const LIMITS = { singleBodyBytes: 1024 * KIB, batchBodyBytes: 2048 * KIB };

const TOO_LARGE = [
  ['/email', 'declared', [head('/email', 64 * KIB * 32), ...blocks(32)], 1],
  ['/email', 'chunked', [head('/email', 'chunked'), ...chunked(32), '0\r\n\r\n'], 1],
  ['/email/batch', 'declared', [head('/email/batch', 64 * KIB * 64), ...blocks(64)], 2],
  ['/email/batch', 'chunked', [head('/email/batch', 'chunked'), ...chunked(64), '0\r\n\r\n'], 2],
] as const;

for (const [path, how, chunks, megabytes] of TOO_LARGE) {
  test(`a ${how} body over the limit of ${path} is written to its end and then reads 413`, async (t) => {
    const { port, handed } = await listen(t, { limits: LIMITS });
    const answer = await talk(port, chunks);
    assert.equal(answer.status, 413);
    assert.match(answer.headers, /x-pm-apierrorcode: 300/i);
    assert.deepEqual(JSON.parse(answer.body), {
      ErrorCode: 300,
      Message: `The request body is larger than ${megabytes} MB.`,
    });
    assert.equal(handed.length, 0);
  });
}

test('a body exactly at the limit is taken', async (t) => {
  const { port } = await listen(t, { limits: LIMITS });
  const body = JSON.stringify(MINIMAL).padEnd(LIMITS.singleBodyBytes);
  assert.equal((await talk(port, [head('/email', body.length), body])).status, 200);
  assert.equal((await talk(port, [head('/email', body.length + 1), `${body} `])).status, 413);
});

test('who goes on sending after a refusal loses the connection at the bound', async (t) => {
  const { port } = await listen(t, { limits: { ...LIMITS, discardBytes: 512 * KIB } });
  await assert.rejects(talk(port, [head('/email', 64 * KIB * 2000), ...blocks(2000)]), /ECONNRESET|EPIPE|closed/);
});

test('the default limits are those of the contract', async () => {
  const { app } = openDoor();
  const tenMb = JSON.stringify({ ...MINIMAL, TextBody: 'a'.repeat(10 * 1000 * 1000) });
  assert.equal((await app.inject(post('/email', tenMb))).statusCode, 200);
  assert.equal((await app.inject(post('/email', `${tenMb}${' '.repeat(500_000)}`))).statusCode, 413);
  assert.equal((await app.inject(post('/email/batch', `[${tenMb}${' '.repeat(500_000)}]`))).statusCode, 200);
});

test('one server cannot take all the room for bodies, and all of them together not more than there is', async (t) => {
  const gate = Promise.withResolvers<void>();
  const door = await listen(t, {
    limits: { inFlightBytes: 300 * KIB, inFlightBytesPerServer: 200 * KIB },
    submit: async () => {
      await gate.promise;
      return accept();
    },
  });
  const body = JSON.stringify(MINIMAL).padEnd(150 * KIB);
  const send = async (token: string): Promise<{ status: number; code: string | null }> => {
    const response = await fetch(`http://127.0.0.1:${door.port}/email`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-postmark-server-token': token },
    });
    await response.text();
    return { status: response.status, code: response.headers.get('x-pm-apierrorcode') };
  };
  const untilHanded = async (count: number): Promise<void> => {
    const deadline = Date.now() + 5000;
    while (door.handed.length < count && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(door.handed.length, count);
  };

  const first = send(TOKENS.server);
  await untilHanded(1);
  assert.deepEqual(await send(TOKENS.server), { status: 429, code: '429' });
  const second = send(TOKENS.other);
  await untilHanded(2);
  assert.deepEqual(await send('POSTMARK_API_TEST'), { status: 503, code: '100' });
  gate.resolve();
  assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  assert.equal((await send(TOKENS.server)).status, 200, 'the room is given back');
});

const NOT_HTTP: readonly [what: string, sent: string, status: number][] = [
  ['what is no HTTP', 'HELO example.com\r\n\r\n', 400],
  ['a bad Content-Length', 'POST /email HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n', 400],
  [
    'a length in two ways',
    'POST /email HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
  ],
  ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
];

for (const [what, sent, status] of NOT_HTTP) {
  test(`${what} is answered with ${status} and the envelope`, async (t) => {
    const { port } = await listen(t);
    const answer = await talk(port, [sent]);
    assert.equal(answer.status, status);
    assert.equal((JSON.parse(answer.body) as { ErrorCode: number }).ErrorCode, 402);
  });
}

test('a request that does not arrive in time is answered with 408', async (t) => {
  const { port } = await listen(t, { limits: { requestTimeoutMs: 300, headersTimeoutMs: 200 } });
  assert.equal((await talk(port, [head('/email', 1000), '{'])).status, 408);
});
