// DNS questions on the wire: random ids and ports, false replies, TCP, several servers, and a flood of lame domains.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import packet from 'dns-packet';
import { createDnsClient, type DnsClient, type DnsClientOptions } from '../../src/backends/net/dns-client.ts';
import { UdpSockets } from '../../src/backends/net/dns-udp.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startDnsServer } from '../support/dns-server.ts';

interface Asked {
  readonly message: Buffer;
  readonly port: number;
}

/** Answers as it is told; remembers what came. */
async function udpServer(
  t: TestContext,
  answer: (asked: Asked, say: (reply: Buffer) => void) => void,
): Promise<{ port: number; asked: Asked[] }> {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const asked: Asked[] = [];
  socket.on('message', (message, from) => {
    const one = { message, port: from.port };
    asked.push(one);
    answer(one, (reply) => socket.send(reply, from.port, from.address));
  });
  t.after(() => socket.close());
  return { port: socket.address().port, asked };
}

function client(t: TestContext, ports: readonly number[], options: Partial<DnsClientOptions> = {}): DnsClient {
  const servers = ports.map((port) => ({ host: '127.0.0.1', port }));
  const made = createDnsClient({ servers, timeoutMs: 900, trustsServers: true, clock: systemClock, ...options });
  t.after(() => made.close());
  return made;
}

function reply(query: Buffer, change: { id?: number; name?: string; flags?: number } = {}): Buffer {
  const { id = 0, questions = [] } = packet.decode(query);
  const asked = questions[0] ?? { type: 'A' as const, name: '' };
  const name = change.name ?? asked.name;
  return packet.encode({
    type: 'response',
    id: change.id ?? id,
    flags: packet.RECURSION_AVAILABLE | packet.AUTHENTIC_DATA | (change.flags ?? 0),
    questions: [{ ...asked, name }],
    answers: [{ type: 'A', name, ttl: 1, data: '192.0.2.1' }],
  });
}

test('ids and ports are not to be guessed, and what is asked says that DNSSEC is understood', async (t) => {
  const server = await udpServer(t, ({ message }, say) => say(reply(message)));
  const dns = client(t, [server.port]);
  for (let index = 0; index < 20; index += 1) assert.equal((await dns.ask('a.test', 'A')).kind, 'reply');
  const ids = new Set(server.asked.map(({ message }) => message.readUInt16BE(0)));
  const ports = new Set(server.asked.map(({ port }) => port));
  assert.ok(ids.size > 15 && ports.size > 10, `${ids.size} ids, ${ports.size} ports`);
  const query = packet.decode(server.asked[0]?.message ?? Buffer.alloc(0));
  assert.equal(query.flag_ad, true);
  const [opt] = query.additionals ?? [];
  assert.ok(opt?.type === 'OPT' && (opt.flags & packet.DNSSEC_OK) !== 0);
});

const FALSE: readonly [string, (query: Buffer) => Buffer][] = [
  ['another id', (query) => reply(query, { id: (query.readUInt16BE(0) + 1) & 0xffff })],
  ['another name', (query) => reply(query, { name: 'evil.test' })],
  ['the question itself', (query) => query],
  ['a few bytes', (query) => query.subarray(0, 5)],
];
for (const [what, forged] of FALSE) {
  test(`a datagram with ${what} is passed over, and the right one still read`, async (t) => {
    const server = await udpServer(t, ({ message }, say) => {
      say(forged(message));
      say(reply(message));
    });
    const answer = await client(t, [server.port]).ask('a.test', 'A');
    assert.ok(answer.kind === 'reply' && answer.authentic);
    assert.deepEqual(
      answer.answers.map((each) => each.type === 'A' && each.name),
      ['a.test'],
    );
  });
}

test('the word of a server that is not trusted is not taken', async (t) => {
  const server = await udpServer(t, ({ message }, say) => say(reply(message)));
  const answer = await client(t, [server.port], { trustsServers: false }).ask('a.test', 'A');
  assert.ok(answer.kind === 'reply' && !answer.authentic);
});

test('one server that is silent or cannot is followed by the next, and asked last for a while', async (t) => {
  const silent = await udpServer(t, () => undefined);
  const refusing = await udpServer(t, ({ message }, say) => say(reply(message, { flags: 5 })));
  const good = await udpServer(t, ({ message }, say) => say(reply(message)));
  const dns = client(t, [silent.port, refusing.port, good.port]);
  for (const name of ['a.test', 'b.test']) {
    const answer = await dns.ask(name, 'A');
    assert.equal(answer.kind === 'reply' && answer.rcode, 0);
  }
  assert.equal(silent.asked.length, 1);
});

test('what every server refuses is refused, without a second round', async (t) => {
  const refusing = await udpServer(t, ({ message }, say) => say(reply(message, { flags: 5 })));
  const answer = await client(t, [refusing.port]).ask('a.test', 'A');
  assert.equal(answer.kind === 'reply' && answer.rcode, 5);
  assert.equal(refusing.asked.length, 1);
});

test('a lost datagram is sent again', async (t) => {
  let asked = 0;
  const server = await udpServer(t, ({ message }, say) => ((asked += 1) > 1 ? say(reply(message)) : undefined));
  assert.equal((await client(t, [server.port]).ask('a.test', 'A')).kind, 'reply');
});

test('a thousand lame domains neither hold up a good one nor take a thousand sockets', async (t) => {
  const lame = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}.test`, 'silence' as const]));
  const server = await startDnsServer({ ...lame, 'good.test': { A: ['192.0.2.1'] } });
  t.after(() => server.close());
  const dns = client(t, [Number(server.address.split(':')[1])], { timeoutMs: 6000 });
  const waiting = Object.keys(lame).map((name) => dns.ask(name, 'A'));
  const answer = await dns.ask('good.test', 'A');
  assert.equal(answer.kind, 'reply');
  dns.close();
  assert.ok((await Promise.all(waiting)).every(({ kind }) => kind === 'failed'));
});

test('sockets are shared beyond their number, and gone when nobody waits', async (t) => {
  const held: (() => void)[] = [];
  const server = await udpServer(t, ({ message }, say) => held.push(() => say(message)));
  const sockets = new UdpSockets(3, systemClock);
  const to = { host: '127.0.0.1', port: server.port };
  const { signal } = new AbortController();
  const encode = (id: number): Buffer => Buffer.from([id >> 8, id & 0xff, 1]);
  const asked = Array.from({ length: 30 }, () =>
    sockets.ask({ server: to, encode, read: (message) => message.length, ms: 5000, signal }),
  );
  assert.equal(sockets.size, 3);
  while (held.length < 30) await new Promise((resolve) => setImmediate(resolve));
  for (const answer of held) answer();
  assert.deepEqual(await Promise.all(asked), Array(30).fill(3));
  assert.equal(sockets.size, 0);
});
