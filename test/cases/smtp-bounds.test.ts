// The bounds of a server: connections, time, memory, and the end of it all.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createConnectionLimits } from '../../src/mail/smtp/connection-limits.ts';
import { createByteBudget } from '../../src/mail/smtp/message-buffer.ts';
import { TestClient } from '../support/smtp-client.ts';
import { startTestServer } from '../support/smtp-server.ts';
import type { TestServer } from '../support/smtp-server.ts';

const LOGIN = `EHLO x\r\nAUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}\r\n`;
const envelope = (from: string): string => `MAIL FROM:<${from}@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n`;

/** A server that ends with the test, however the test ends. */
async function start(t: TestContext, options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  t.after(() => closeNow(server));
  return server;
}

async function greeted(port: number): Promise<TestClient> {
  const client = await TestClient.connect(port);
  assert.match(await client.line(), /^220 /);
  return client;
}

/** Sends `text` and reads `replies` replies; the last one is returned. */
async function talk(client: TestClient, text: string, replies: number): Promise<string> {
  client.send(text);
  let last = '';
  for (let index = 0; index < replies; index += 1) last = (await client.reply()).at(-1) ?? '';
  return last;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function closeNow({ server, clock, release }: TestServer): Promise<void> {
  release();
  const closed = server.close(0);
  clock.advance(1);
  await closed;
}

describe('connections', () => {
  test('one more than may be gets 421 at once, over all servers that share the limits', async (t) => {
    const connections = createConnectionLimits({ maxConnections: 2, maxConnectionsPerClient: 2 });
    const [one, other] = [await start(t, { connections }), await start(t, { connections })];
    const first = await greeted(one.port);
    await greeted(other.port);
    const third = await TestClient.connect(one.port);
    assert.match(await third.line(), /^421 4\.7\.0 Too many connections/);
    assert.deepEqual(await third.remaining(), []);
    assert.deepEqual(one.facts.at(-1), { kind: 'rejected', reason: 'too-many', remoteAddress: '127.0.0.1' });
    assert.equal(connections.count, 2);
    first.destroy();
    await until(() => connections.count === 1);
    await greeted(other.port);
    await Promise.all([closeNow(one), closeNow(other)]);
    assert.equal(connections.count, 0);
  });

  test('one client takes no more than its share, another still gets in', async (t) => {
    const connections = createConnectionLimits({ maxConnections: 10, maxConnectionsPerClient: 1 });
    const server = await start(t, { connections });
    await greeted(server.port);
    assert.match(await (await TestClient.connect(server.port)).line(), /^421 /);
    assert.match(await (await TestClient.connect(server.port, '127.0.0.2')).line(), /^220 /);
  });

  test('an IPv6 client is its /64, and IPv4 in IPv6 is IPv4', () => {
    const limits = createConnectionLimits({ maxConnections: 10, maxConnectionsPerClient: 1 });
    assert.equal(limits.admit('2001:db8:0:1::1'), 'admitted');
    assert.equal(limits.admit('2001:0db8:0000:0001:ffff::2'), 'too-many-from-client');
    assert.equal(limits.admit('2001:db8:0:2::1'), 'admitted');
    assert.equal(limits.admit('::ffff:192.0.2.1'), 'admitted');
    assert.equal(limits.admit('192.0.2.1'), 'too-many-from-client');
    limits.release('192.0.2.1');
    assert.equal(limits.admit('192.0.2.1'), 'admitted');
  });
});

describe('time', () => {
  test('content that drips below the least rate is ended, although it never pauses', async (t) => {
    const limits = { dataTimeoutMs: 60_000, dataGraceMs: 100_000, minDataBytesPerSecond: 10 };
    const server = await start(t, { limits });
    const client = await greeted(server.port);
    await talk(client, LOGIN + envelope('ann'), 5);
    let seconds = 0;
    while (!client.over && seconds < 1000) {
      client.send('x\r\n');
      server.clock.advance(30_000);
      seconds += 30;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.ok(seconds >= 90 && seconds <= 180, `ended after ${seconds} s`);
    assert.match((await client.remaining()).join(), /^421 4\.4\.2/);
  });

  test('a client that does not answer the end is cut off', async (t) => {
    const server = await start(t, { limits: { lingerMs: 2000 } });
    const client = await greeted(server.port);
    client.pause();
    client.send('QUIT\r\n');
    await until(() => server.server.connections === 1 && server.facts.length === 1);
    await until(() => {
      server.clock.advance(1000);
      return server.server.connections === 0;
    });
    client.destroy();
  });

  test('a TLS handshake that never comes is ended', async (t) => {
    const server = await start(t);
    const client = await greeted(server.port);
    await talk(client, 'EHLO x\r\n', 1);
    await talk(client, 'STARTTLS\r\n', 1);
    server.clock.advance(31_000);
    assert.deepEqual(await client.remaining(), []);
    await until(() => server.server.connections === 0);
  });
});

describe('memory', () => {
  test('what several connections hold counts together, and comes back when they break off', async (t) => {
    const inFlight = createByteBudget(1000);
    const server = await start(t, { inFlight });
    const first = await greeted(server.port);
    await talk(first, LOGIN + envelope('ann'), 5);
    first.send('x'.repeat(998) + '\r\n');
    await until(() => inFlight.used === 1000);
    const second = await greeted(server.port);
    await talk(second, LOGIN, 2);
    assert.match(await talk(second, 'MAIL FROM:<ann@example.com>\r\n', 1), /^452 4\.3\.1/);
    first.destroy();
    await until(() => inFlight.used === 0);
    assert.match(await talk(second, `${envelope('ann')}x\r\n.\r\n`, 4), /^250 2\.0\.0/);
  });

  test('bytes of a message stay counted until its handler is done, also without its client', async (t) => {
    const inFlight = createByteBudget(1000);
    const server = await start(t, { inFlight });
    const client = await greeted(server.port);
    await talk(client, `${LOGIN}${envelope('hold')}x\r\n.\r\n`, 5);
    await until(() => server.kept.length === 1);
    client.reset();
    await until(() => server.server.connections === 0);
    assert.equal(inFlight.used, 3);
    assert.equal(server.signals[0]?.aborted, true);
    server.release();
    await until(() => inFlight.used === 0);
    assert.ok(server.facts.some((fact) => fact.kind === 'reply-lost'));
  });

  test('a client that does not read its replies is not read either', async (t) => {
    const server = await start(t, { limits: { maxIdleCommands: 1e9, maxBadCommands: 1e9 } });
    const client = await greeted(server.port);
    client.pause();
    const flood = 'HELP\r\n'.repeat(10_000);
    let written = 0;
    const before = process.memoryUsage.rss();
    while (client.send(flood) && written < 200e6) {
      written += flood.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(written < 100e6, `${written} octets were read from a client that reads nothing`);
    assert.ok(process.memoryUsage.rss() - before < 100e6);
    client.destroy();
  });
});

describe('the end', () => {
  test('idle sessions get 421, a message on its way is finished and answered', async (t) => {
    const server = await start(t);
    const idle = await greeted(server.port);
    const waiting = await greeted(server.port);
    await talk(waiting, `${LOGIN}${envelope('hold')}x\r\n.\r\n`, 5);
    const sending = await greeted(server.port);
    await talk(sending, `${LOGIN}${envelope('ann')}x\r\n`, 5);
    const broken = await greeted(server.port);
    await talk(broken, `${LOGIN}${envelope('ann')}x\n`, 5);
    await until(() => server.kept.length === 1);
    const closed = server.server.close(10_000);
    assert.match((await idle.remaining()).join(), /^421 4\.3\.2/);
    sending.send('y\r\n.\r\nMAIL FROM:<late@example.com>\r\n');
    assert.match((await sending.remaining()).join(), /^250 2\.0\.0 Ok: queued as 2,421 4\.3\.2/);
    broken.send('\r\n.\r\n');
    assert.match((await broken.remaining()).join(), /^554 5\.6\.0 .*,421 4\.3\.2/);
    server.release();
    assert.match((await waiting.remaining()).join(), /^250 2\.0\.0.*,421 4\.3\.2/);
    await closed;
    assert.equal(server.server.connections, 0);
    await assert.rejects(TestClient.connect(server.port));
  });

  test('what is not finished after the grace is broken off, and its handler is told', async (t) => {
    const server = await start(t);
    const client = await greeted(server.port);
    await talk(client, `${LOGIN}${envelope('hold')}x\r\n.\r\n`, 5);
    await until(() => server.kept.length === 1);
    const signal = server.signals[0];
    assert.ok(signal !== undefined && !signal.aborted);
    const closed = server.server.close(5000);
    server.clock.advance(5001);
    await Promise.all([closed, signal.aborted ? undefined : once(signal, 'abort')]);
    assert.deepEqual(await client.remaining(), []);
    server.release();
  });

  test('a server that is closed twice closes twice', async (t) => {
    const server = await start(t);
    const client = await greeted(server.port);
    await Promise.all([server.server.close(1000), server.server.close(1000)]);
    assert.match((await client.remaining()).join(), /^421 /);
  });
});
