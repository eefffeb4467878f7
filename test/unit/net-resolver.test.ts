// The resolver against a real DNS server on loopback: kinds of answers, cache, joined questions, deadlines.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createResolver, type ClosableResolver } from '../../src/backends/net/resolver.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { startDnsServer, type DnsServer, type Entry } from '../support/dns-server.ts';

const circle: Record<string, Entry> = { 'one.test': { CNAME: 'two.test' }, 'two.test': { CNAME: 'one.test' } };
let server: DnsServer;

before(async () => {
  server = await startDnsServer({
    'example.test': {
      MX: [
        [10, 'MX1.Example.Test'],
        [20, 'mx2.example.test'],
      ],
      A: ['192.0.2.1'],
    },
    'mx1.example.test': { A: ['192.0.2.11', '192.0.2.12'], AAAA: ['2001:db8::11'], ttl: 10 },
    'null.test': { MX: [[0, '.']] },
    'quick.test': { A: ['192.0.2.2'], ttl: 0 },
    'slow.test': { A: ['192.0.2.2'], ttl: 1_000_000 },
    'alias.test': { CNAME: 'example.test' },
    'brief-alias.test': { CNAME: 'example.test', ttl: 20 },
    'dangling.test': { CNAME: 'nowhere.test' },
    'text.test': { TXT: [['v=DKIM1; ', 'k=rsa'], ['second']] },
    'many.test': { TXT: Array.from({ length: 40 }, (_, index) => [`record ${index} ${'x'.repeat(100)}`]) },
    '1.2.0.192.in-addr.arpa': { PTR: ['MX1.Example.Test', 'other.test'] },
    '2.2.0.192.in-addr.arpa': { CNAME: '2.sub.2.0.192.in-addr.arpa' },
    '2.sub.2.0.192.in-addr.arpa': { PTR: ['delegated.test'] },
    [`1.${'0.'.repeat(31)}ip6.arpa`]: { PTR: ['localhost.test'] },
    'servfail.test': 'servfail',
    'refused.test': 'refused',
    'silent.test': 'silence',
    'garbage.test': 'garbage',
    ...circle,
  });
});
after(() => server.close());

const movedClock = (): Clock & { time: number } => {
  const clock = {
    time: 0,
    now: () => clock.time,
    after: (ms: number, task: () => void) => systemClock.after(ms, task),
  };
  return clock;
};

const resolverWith = (options: { clock?: Clock; timeoutMs?: number; cacheSize?: number } = {}): ClosableResolver =>
  createResolver({ servers: [server.address], cacheSize: 100, timeoutMs: 300, clock: systemClock, ...options });

const asked = (question: string): number => server.questions.filter((each) => each === question).length;

const ANSWERS: readonly [string, (resolver: ClosableResolver) => Promise<unknown>, unknown][] = [
  [
    'names of an IPv4 address, in lower case',
    (dns) => dns.ptr('192.0.2.1'),
    { kind: 'found', records: ['mx1.example.test', 'other.test'] },
  ],
  [
    'the name of an address whose reverse zone is delegated by alias (RFC 2317)',
    (dns) => dns.ptr('192.0.2.2'),
    { kind: 'found', records: ['delegated.test'] },
  ],
  ['the name of an IPv6 address', (dns) => dns.ptr('::1'), { kind: 'found', records: ['localhost.test'] }],
  ['no name of an address', (dns) => dns.ptr('192.0.2.3'), { kind: 'nxdomain' }],
  [
    'MX records in lower case',
    (dns) => dns.mx('Example.Test.'),
    {
      kind: 'found',
      records: [
        { preference: 10, exchange: 'mx1.example.test' },
        { preference: 20, exchange: 'mx2.example.test' },
      ],
    },
  ],
  [
    'a null MX as an empty exchange',
    (dns) => dns.mx('null.test'),
    { kind: 'found', records: [{ preference: 0, exchange: '' }] },
  ],
  ['IPv4 addresses', (dns) => dns.a('mx1.example.test'), { kind: 'found', records: ['192.0.2.11', '192.0.2.12'] }],
  ['IPv6 addresses', (dns) => dns.aaaa('mx1.example.test'), { kind: 'found', records: ['2001:db8::11'] }],
  [
    'TXT with its strings joined',
    (dns) => dns.txt('text.test'),
    { kind: 'found', records: ['v=DKIM1; k=rsa', 'second'] },
  ],
  ['the name behind an alias', (dns) => dns.cname('alias.test'), { kind: 'found', records: ['example.test'] }],
  [
    'addresses behind an alias',
    (dns) => dns.a('alias.test'),
    { kind: 'found', records: ['192.0.2.1'], canonical: 'example.test' },
  ],
  ['a name without such records', (dns) => dns.aaaa('example.test'), { kind: 'none' }],
  ['a name without MX', (dns) => dns.mx('mx1.example.test'), { kind: 'none' }],
  ['a name that does not exist', (dns) => dns.mx('nowhere.test'), { kind: 'nxdomain' }],
  ['an alias of a name that does not exist', (dns) => dns.mx('dangling.test'), { kind: 'nxdomain' }],
  ['a name with an empty label', (dns) => dns.a('a..test'), { kind: 'nxdomain' }],
  ['a label of 64 characters', (dns) => dns.a(`${'a'.repeat(64)}.test`), { kind: 'nxdomain' }],
];
for (const [what, ask, expected] of ANSWERS) {
  test(`it answers: ${what}`, async () => assert.deepEqual(await ask(resolverWith()), expected));
}

const TROUBLE: readonly [string, string, RegExp][] = [
  ['SERVFAIL', 'servfail.test', /SERVFAIL.*servfail\.test/],
  ['REFUSED', 'refused.test', /refused to answer/],
  ['silence', 'silent.test', /did not answer in time|no answer in/],
  ['a circle of aliases', 'one.test', /./],
  ['a broken answer', 'garbage.test', /./],
];
for (const [what, name, reason] of TROUBLE) {
  test(`trouble is temporary and says why: ${what}`, async () => {
    const answer = await resolverWith().mx(name);
    assert.equal(answer.kind, 'temporary');
    assert.match(answer.kind === 'temporary' ? answer.reason : '', reason);
  });
}

test('a server that cannot be reached is temporary', async () => {
  const dns = createResolver({ servers: ['127.0.0.1:1'], cacheSize: 10, timeoutMs: 300, clock: systemClock });
  assert.equal((await dns.a('example.test')).kind, 'temporary');
});

test('a server that is no address is refused when the resolver is made', () => {
  assert.throws(() => createResolver({ servers: ['ns.test'], cacheSize: 10, timeoutMs: 300, clock: systemClock }));
});

test('silence ends within the deadline, however many servers there are', async () => {
  const servers = [server.address, '127.0.0.2:9', '127.0.0.3:9', '127.0.0.4:9'];
  const dns = createResolver({ servers, cacheSize: 10, timeoutMs: 200, clock: systemClock });
  const started = performance.now();
  assert.equal((await dns.a('silent.test')).kind, 'temporary');
  assert.ok(performance.now() - started < 1500, 'the deadline held');
  dns.close();
});

test('answers that do not fit a datagram come over TCP', async () => {
  const answer = await resolverWith().txt('many.test');
  assert.equal(answer.kind === 'found' ? answer.records.length : 0, 40);
});

test('concurrent equal questions are asked once', async () => {
  const dns = resolverWith();
  const before = asked('MX example.test');
  const answers = await Promise.all(Array.from({ length: 20 }, () => dns.mx('example.test')));
  assert.equal(asked('MX example.test') - before, 1);
  assert.ok(answers.every((answer) => answer.kind === 'found'));
});

/** Whether the second of two questions, `ms` apart, comes from the cache. */
const CACHE: readonly [string, (dns: ClosableResolver) => Promise<unknown>, string, number, boolean][] = [
  ['an address within its TTL', (dns) => dns.a('mx1.example.test'), 'A mx1.example.test', 9_999, true],
  ['an address past its TTL', (dns) => dns.a('mx1.example.test'), 'A mx1.example.test', 10_000, false],
  ['a TTL of 0 is lengthened to 5 s', (dns) => dns.a('quick.test'), 'A quick.test', 4_999, true],
  ['a TTL of 0 ends after 5 s', (dns) => dns.a('quick.test'), 'A quick.test', 5_000, false],
  ['a TTL of days is cut to an hour', (dns) => dns.a('slow.test'), 'A slow.test', 3_600_000, false],
  ['MX within its TTL', (dns) => dns.mx('example.test'), 'MX example.test', 299_999, true],
  ['MX not for longer', (dns) => dns.mx('example.test'), 'MX example.test', 300_000, false],
  ['an alias as long as its shortest TTL', (dns) => dns.a('brief-alias.test'), 'A brief-alias.test', 20_000, false],
  ['NXDOMAIN for half a minute', (dns) => dns.mx('nowhere.test'), 'MX nowhere.test', 29_999, true],
  ['NXDOMAIN not for longer', (dns) => dns.mx('nowhere.test'), 'MX nowhere.test', 30_000, false],
  ['trouble for seconds', (dns) => dns.mx('refused.test'), 'MX refused.test', 4_999, true],
  ['trouble not for longer', (dns) => dns.mx('refused.test'), 'MX refused.test', 5_000, false],
];
for (const [what, ask, question, ms, kept] of CACHE) {
  test(`the cache keeps ${what}`, async () => {
    const clock = movedClock();
    const dns = resolverWith({ clock });
    await ask(dns);
    const before = asked(question);
    clock.time = ms;
    await ask(dns);
    assert.equal(asked(question) === before, kept);
  });
}

test('types of one name are kept apart', async () => {
  const dns = resolverWith();
  await dns.a('mx1.example.test');
  assert.deepEqual(await dns.aaaa('mx1.example.test'), { kind: 'found', records: ['2001:db8::11'] });
});

test('the cache keeps no more than its size', async () => {
  const dns = resolverWith({ cacheSize: 1 });
  await dns.a('mx1.example.test');
  await dns.a('example.test');
  const before = asked('A mx1.example.test');
  await dns.a('mx1.example.test');
  assert.equal(asked('A mx1.example.test'), before + 1);
});

test('closing ends open questions as temporary', async () => {
  const dns = resolverWith({ timeoutMs: 20_000 });
  const open = dns.a('silent.test');
  setImmediate(() => dns.close());
  assert.equal((await open).kind, 'temporary');
});
