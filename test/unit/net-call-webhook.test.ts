// Posting to a webhook over real sockets: what is sent, where redirects lead, and what is never connected to.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createWebhookCaller, type CallerOptions } from '../../src/backends/net/call-webhook.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { WebhookCall } from '../../src/ports/webhook-caller.ts';
import { fakeResolver } from '../support/fake-resolver.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Web {
  readonly port: number;
  readonly seen: Seen[];
}

async function web(t: TestContext, say: (response: ServerResponse, seen: Seen) => void): Promise<Web> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      say(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

function caller(changes: Partial<CallerOptions> = {}) {
  return createWebhookCaller({
    resolver: fakeResolver({ 'A hooks.example.com': ['127.0.0.1'], 'A within.example.com': ['10.1.2.3'] }),
    refusal: (address) => (address.startsWith('10.') ? `${address} is a private address` : undefined),
    clock: systemClock,
    timeoutMs: 2000,
    userAgent: 'Bulkhead/test',
    ...changes,
  });
}

function callTo(url: string, changes: Partial<WebhookCall> = {}): WebhookCall {
  return { url, httpAuth: undefined, httpHeaders: [], body: '{"RecordType":"Open","Name":"Jörg"}', ...changes };
}

const ok = (response: ServerResponse): void => void response.writeHead(200).end('thanks');

test('JSON is posted with the headers and credentials of the webhook', async (t) => {
  const { port, seen } = await web(t, ok);
  const answer = await caller()(
    callTo(`http://hooks.example.com:${port}/a?b=c`, {
      httpAuth: { username: 'team', password: 'pä:ss' },
      httpHeaders: [{ name: 'X-Team', value: 'billing' }],
    }),
  );
  assert.deepEqual(answer, { kind: 'answered', status: 200 });
  const [only] = seen;
  assert.deepEqual([only?.method, only?.url], ['POST', '/a?b=c']);
  assert.deepEqual(JSON.parse(only?.body ?? ''), { RecordType: 'Open', Name: 'Jörg' });
  const { host, authorization, 'x-team': team, 'content-type': type, 'user-agent': agent } = only?.headers ?? {};
  assert.deepEqual(
    [host, team, type, agent],
    [`hooks.example.com:${port}`, 'billing', 'application/json', 'Bulkhead/test'],
  );
  assert.equal(authorization, `Basic ${Buffer.from('team:pä:ss').toString('base64')}`);
});

test('a user name in the address is a credential too', async (t) => {
  const { port, seen } = await web(t, ok);
  await caller()(callTo(`http://us%40er:se%ret@127.0.0.1:${port}/`));
  assert.equal(seen[0]?.headers.authorization, `Basic ${Buffer.from('us@er:se%ret').toString('base64')}`);
  await caller()(callTo(`http://a:b@127.0.0.1:${port}/`, { httpAuth: { username: 'c', password: 'd' } }));
  assert.equal(seen[1]?.headers.authorization, `Basic ${Buffer.from('c:d').toString('base64')}`);
});

test('a redirect is followed; another origin is told no secret', async (t) => {
  const last = await web(t, ok);
  const { port, seen } = await web(t, (response, { url }) => {
    if (url === '/') return void response.writeHead(308, { Location: '/again' }).end();
    response.writeHead(302, { Location: `http://127.0.0.1:${last.port}/there` }).end();
  });
  const secret = { httpAuth: { username: 'a', password: 'b' }, httpHeaders: [{ name: 'X-Key', value: 'k' }] };
  assert.deepEqual(await caller()(callTo(`http://127.0.0.1:${port}/`, secret)), { kind: 'answered', status: 200 });
  assert.deepEqual(
    seen.map(({ method, url, headers }) => [method, url, headers['x-key']]),
    [
      ['POST', '/', 'k'],
      ['POST', '/again', 'k'],
    ],
  );
  const [there] = last.seen;
  assert.deepEqual([there?.method, there?.url, there?.body], ['GET', '/there', '']);
  assert.deepEqual([there?.headers.authorization, there?.headers['x-key']], [undefined, undefined]);
});

const NEVER: readonly [why: string, url: string, reason: RegExp][] = [
  ['a name that leads to a private address', 'http://within.example.com/', /10\.1\.2\.3 is a private address/],
  ['a private address itself', 'http://10.1.2.3/', /10\.1\.2\.3 is a private address/],
  ['a name that does not exist', 'http://nowhere.example.com/', /has no address/],
];

for (const [why, url, reason] of NEVER) {
  test(`never connected to: ${why}, at once or by a redirect`, async (t) => {
    const direct = await caller()(callTo(url));
    assert.match(direct.kind === 'failed' ? direct.reason : '', reason);
    const { port } = await web(t, (response) => void response.writeHead(307, { Location: url }).end());
    const answer = await caller()(callTo(`http://127.0.0.1:${port}/`));
    assert.match(answer.kind === 'failed' ? answer.reason : '', reason);
  });
}

test('redirects come to an end', async (t) => {
  const { port, seen } = await web(t, (response) => void response.writeHead(307, { Location: '/' }).end());
  const answer = await caller()(callTo(`http://127.0.0.1:${port}/`));
  assert.match(answer.kind === 'failed' ? answer.reason : '', /more than 10 redirects/);
  assert.equal(seen.length, 11);
  const file = await web(t, (response) => void response.writeHead(302, { Location: 'file:///etc/passwd' }).end());
  assert.equal((await caller()(callTo(`http://127.0.0.1:${file.port}/`))).kind, 'failed');
});

test('a silent server is given up, and an endless answer is not read', async (t) => {
  const silent = await web(t, () => undefined);
  const late = await caller({ timeoutMs: 100 })(callTo(`http://127.0.0.1:${silent.port}/`));
  assert.match(late.kind === 'failed' ? late.reason : '', /took more than 0\.1 s/);
  let written = 0;
  const endless = await web(t, (response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && written < 1e9 && response.write(CHUNK)) written += CHUNK.length;
    };
    response.on('drain', more);
    more();
  });
  assert.deepEqual(await caller()(callTo(`http://127.0.0.1:${endless.port}/`)), { kind: 'answered', status: 200 });
  assert.ok(written < 50_000_000, `${written} bytes`);
});

const CHUNK = Buffer.alloc(65_536);
