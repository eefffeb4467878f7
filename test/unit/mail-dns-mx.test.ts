// Routes from tables of DNS answers: order, fall-backs, null MX, loops, refused networks, and what is temporary.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/lib/clock.ts';
import { routeDomain, type Lookup, type MxLookups, type Route, type RouteOptions } from '../../src/mail/dns/mx.ts';

interface Names {
  readonly mx?: Lookup<string> | readonly string[];
  readonly a?: Lookup<string> | readonly string[];
  readonly aaaa?: Lookup<string> | readonly string[];
}

const broken = { kind: 'temporary', reason: 'SERVFAIL' } as const;

/** MX are written `10 mx.test`. A name that is not in the table does not exist. */
function lookupsOf(table: Readonly<Record<string, Names>>): MxLookups {
  const answer = (name: string, type: keyof Names): Lookup<string> => {
    const entry = table[name];
    if (entry === undefined) return { kind: 'nxdomain' };
    const given = entry[type];
    if (given === undefined) return { kind: 'none' };
    return 'kind' in given ? given : { kind: 'found', records: given };
  };
  return {
    mx: async (name) => {
      const found = answer(name, 'mx');
      if (found.kind !== 'found') return found;
      const records = found.records.map((text) => {
        const space = text.indexOf(' ');
        return { preference: Number(text.slice(0, space)), exchange: text.slice(space + 1) };
      });
      return { kind: 'found', records };
    },
    a: async (name) => answer(name, 'a'),
    aaaa: async (name) => answer(name, 'aaaa'),
  };
}

const options = (change: Partial<RouteOptions> = {}): RouteOptions => ({
  random: () => 0,
  ownHosts: new Set(['me.test']),
  ownAddresses: new Set(['192.0.2.99', '2001:db8::99']),
  refusal: (address) => (address.startsWith('127.') ? `${address} is a loopback address` : undefined),
  clock: systemClock,
  deadlineMs: 1000,
  ...change,
});

const route = (table: Readonly<Record<string, Names>>, change?: Partial<RouteOptions>): Promise<Route> =>
  routeDomain('d.test', lookupsOf(table), options(change));

const a = (...addresses: string[]): Names => ({ a: addresses });
const site = (key: string, ...hosts: [string, ...string[]][]): Route => ({
  kind: 'site',
  key,
  hosts: hosts.map(([host, ...addresses]) => ({ host, addresses })),
});

const SITES: readonly [string, Readonly<Record<string, Names>>, Route][] = [
  [
    'hosts by preference',
    { 'd.test': { mx: ['20 b.test', '10 c.test'] }, 'b.test': a('192.0.2.2'), 'c.test': a('192.0.2.3') },
    site('b.test c.test', ['c.test', '192.0.2.3'], ['b.test', '192.0.2.2']),
  ],
  [
    'IPv6 before IPv4 of the same host',
    { 'd.test': { mx: ['1 b.test'] }, 'b.test': { a: ['192.0.2.2'], aaaa: ['2001:db8::2'] } },
    site('b.test', ['b.test', '2001:db8::2', '192.0.2.2']),
  ],
  ['the domain itself without MX', { 'd.test': a('192.0.2.4') }, site('d.test', ['d.test', '192.0.2.4'])],
  [
    'hosts without an address are passed over',
    { 'd.test': { mx: ['1 gone.test', '2 bare.test', '3 b.test'] }, 'bare.test': {}, 'b.test': a('192.0.2.2') },
    site('b.test bare.test gone.test', ['b.test', '192.0.2.2']),
  ],
  [
    'hosts that cannot be looked up are passed over while others can',
    { 'd.test': { mx: ['1 b.test', '2 c.test'] }, 'b.test': { a: broken, aaaa: broken }, 'c.test': a('192.0.2.3') },
    site('b.test c.test', ['c.test', '192.0.2.3']),
  ],
  [
    'one family is enough when the other fails',
    { 'd.test': { mx: ['1 b.test'] }, 'b.test': { a: ['192.0.2.2'], aaaa: broken } },
    site('b.test', ['b.test', '192.0.2.2']),
  ],
  [
    'MX that are IP addresses or no host names are passed over',
    {
      'd.test': { mx: ['1 192.0.2.1', '2 ::1', '3 a b', '4 ', '5 -x.test', '6 b.test'] },
      'b.test': a('192.0.2.2'),
      '192.0.2.1': a('192.0.2.1'),
    },
    site('b.test', ['b.test', '192.0.2.2']),
  ],
  [
    'a name that comes twice counts once, at its best',
    { 'd.test': { mx: ['20 B.test', '10 b.test'] }, 'b.test': a('192.0.2.2') },
    site('b.test', ['b.test', '192.0.2.2']),
  ],
  [
    'refused addresses are left out',
    { 'd.test': { mx: ['1 b.test'] }, 'b.test': a('127.0.0.1', '192.0.2.2') },
    site('b.test', ['b.test', '192.0.2.2']),
  ],
  [
    'only what is preferred to ourselves, by name',
    {
      'd.test': { mx: ['10 b.test', '20 ME.test', '20 c.test', '30 e.test'] },
      'b.test': a('192.0.2.2'),
      'c.test': a('192.0.2.3'),
      'e.test': a('192.0.2.5'),
    },
    site('b.test', ['b.test', '192.0.2.2']),
  ],
  [
    'only what is preferred to ourselves, by address',
    { 'd.test': { mx: ['10 b.test', '20 c.test'] }, 'b.test': a('192.0.2.2'), 'c.test': a('192.0.2.3', '192.0.2.99') },
    site('b.test', ['b.test', '192.0.2.2']),
  ],
];
for (const [what, table, expected] of SITES) {
  test(`a site: ${what}`, async () => assert.deepEqual(await route(table), expected));
}

const ENDS: readonly [string, Readonly<Record<string, Names>>, Exclude<Route['kind'], 'site'>, RegExp][] = [
  ['a domain that does not exist', {}, 'no-such-domain', /d\.test does not exist/],
  ['neither MX nor address', { 'd.test': {} }, 'no-such-domain', /neither mail servers nor an address/],
  ['MX hosts that do not exist', { 'd.test': { mx: ['1 x.test', '2 y.test'] } }, 'temporary', /none of the mail/],
  ['only IP addresses as MX', { 'd.test': { mx: ['1 192.0.2.1'] } }, 'no-such-domain', /no MX record .* host/],
  ['null MX', { 'd.test': { mx: ['0 '], a: ['192.0.2.1'] } }, 'null-mx', /takes no mail/],
  ['null MX written as a dot', { 'd.test': { mx: ['0 .'] } }, 'null-mx', /takes no mail/],
  [
    'MX that fails, although there is an address',
    { 'd.test': { mx: broken, a: ['192.0.2.1'] } },
    'temporary',
    /SERVFAIL/,
  ],
  ['hosts that fail', { 'd.test': { mx: ['1 b.test'] }, 'b.test': { a: broken } }, 'temporary', /b\.test: SERVFAIL/],
  [
    'hosts of which one fails and one is gone',
    { 'd.test': { mx: ['1 gone.test', '2 b.test'] }, 'b.test': { aaaa: broken } },
    'temporary',
    /b\.test: SERVFAIL/,
  ],
  ['ourselves as best MX', { 'd.test': { mx: ['10 me.test', '20 b.test'] } }, 'refused', /loops back/],
  [
    'our address behind another name',
    { 'd.test': { mx: ['1 b.test'] }, 'b.test': a('192.0.2.99') },
    'refused',
    /loops/,
  ],
  ['our address as implicit MX', { 'd.test': { aaaa: ['2001:db8::99'] } }, 'refused', /loops back/],
  [
    'refused networks only',
    { 'd.test': { mx: ['1 b.test'] }, 'b.test': a('127.0.0.1') },
    'refused',
    /b\.test: 127\.0\.0\.1 is a loopback/,
  ],
];
for (const [what, table, kind, reason] of ENDS) {
  test(`no site: ${what}`, async () => {
    const ended = await route(table);
    assert.equal(ended.kind, kind);
    assert.match('reason' in ended ? ended.reason : '', reason);
  });
}

test('equal preferences follow the lots, and the key does not', async () => {
  const table = { 'd.test': { mx: ['5 b.test', '5 c.test'] }, 'b.test': a('192.0.2.2'), 'c.test': a('192.0.2.3') };
  const drawn = async (lots: number[]): Promise<[string, string[]]> => {
    const found = await route(table, { random: () => lots.shift() ?? 0 });
    assert.ok(found.kind === 'site');
    return [found.key, found.hosts.map(({ host }) => host)];
  };
  assert.deepEqual(await drawn([0.1, 0.9]), ['b.test c.test', ['b.test', 'c.test']]);
  assert.deepEqual(await drawn([0.9, 0.1]), ['b.test c.test', ['c.test', 'b.test']]);
});

test('a bounded number of hosts and addresses is kept, with room for IPv4', async () => {
  const names = Array.from({ length: 15 }, (_, index) => `h${String(index).padStart(2, '0')}.test`);
  const six = Array.from({ length: 9 }, (_, index) => `2001:db8::${index + 1}`);
  const four = Array.from({ length: 9 }, (_, index) => `198.51.100.${index + 1}`);
  const table: Record<string, Names> = { 'd.test': { mx: names.map((name, index) => `${index} ${name}`) } };
  for (const name of names) table[name] = { a: four, aaaa: six };
  const found = await route(table);
  assert.ok(found.kind === 'site');
  assert.deepEqual(
    found.hosts.map(({ host }) => host),
    names.slice(0, 10),
  );
  assert.deepEqual(found.hosts[0]?.addresses, [...six.slice(0, 3), ...four.slice(0, 2)]);
});

test('look-ups that do not end are temporary after the deadline', async () => {
  const never = new Promise<never>(() => undefined);
  const lookups: MxLookups = { mx: () => never, a: () => never, aaaa: () => never };
  const ended = await routeDomain('d.test', lookups, options({ deadlineMs: 10 }));
  assert.deepEqual(ended, { kind: 'temporary', reason: 'DNS did not answer for d.test within 0.01 s' });
});

for (const domain of [
  '',
  '192.0.2.1',
  '[192.0.2.1]',
  '::1',
  'a..test',
  '.test',
  'a b.test',
  `${'a'.repeat(64)}.test`,
  '10.1',
]) {
  test(`nothing is asked for ${JSON.stringify(domain.slice(0, 20))}, which is no domain name`, async () => {
    const lookups: MxLookups = { mx: assert.fail, a: assert.fail, aaaa: assert.fail };
    assert.equal((await routeDomain(domain, lookups, options())).kind, 'no-such-domain');
  });
}
