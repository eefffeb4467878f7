// Hosts and addresses are tried in order until one opens a session; what each failure means when none does.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createEgress, type EgressOptions } from '../../src/backends/net/egress.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import {
  bookOf,
  detailOf,
  FOREVER,
  impatientIn,
  PATIENT,
  siteOf,
  summary,
  transaction,
} from '../support/egress-fixture.ts';
import { EXTENSIONS, startScriptedMx, type Script, type ScriptedMx, type Step } from '../support/scripted-mx.ts';

const ALL = EXTENSIONS.filter((extension) => extension !== 'STARTTLS');
const NOBODY = '127.0.0.99';

interface Cluster {
  readonly servers: readonly ScriptedMx[];
  /** Hosts by their number in `servers`, or an address. */
  readonly send: (...hosts: (number | string)[]) => Promise<Outcome | undefined>;
}

/** Servers at 127.0.0.1, 127.0.0.2, … on one port. */
async function cluster(
  t: TestContext,
  scripts: readonly Script[],
  options: Partial<EgressOptions> = {},
): Promise<Cluster> {
  const servers: ScriptedMx[] = [];
  for (const [index, script] of scripts.entries()) {
    const at = { address: `127.0.0.${index + 1}`, port: servers[0]?.port ?? 0 };
    servers.push(await startScriptedMx({ extensions: ALL, ...script }, at));
  }
  const port = servers[0]?.port ?? 1;
  const egress = createEgress({ book: bookOf({}), clock: systemClock, port, deadlines: PATIENT, ...options });
  t.after(async () => {
    await egress.close();
    await Promise.all(servers.map((server) => server.close()));
  });
  const send: Cluster['send'] = async (...hosts) => {
    const named = hosts.map((host): [string, string] =>
      typeof host === 'number' ? [`mx${host + 1}.test`, `127.0.0.${host + 1}`] : ['gone.test', host],
    );
    return (await egress.send(siteOf(...named), transaction(), FOREVER))[0];
  };
  return { servers, send };
}

/** Failures of a session that make room for the next host. */
const PASSED_OVER: readonly [string, Script][] = [
  ['greets with 421', { greeting: () => ({ reply: '421 4.3.2 busy', then: 'end' }) }],
  ['greets with 554', { greeting: () => '554 5.3.2 no service here' }],
  ['closes at once', { greeting: () => ({ then: 'end' }) }],
  ['greets with garbage', { greeting: () => 'SSH-2.0-OpenSSH_9.2' }],
  ['never greets', { greeting: () => ({}) }],
  ['defers EHLO', { ehlo: () => '451 4.3.0 later' }],
  ['refuses EHLO and HELO', { ehlo: () => '550 5.7.1 no', helo: () => '550 5.7.1 no' }],
];
for (const [what, script] of PASSED_OVER) {
  test(`the next host is tried when the first ${what}`, async (t) => {
    const { servers, send } = await cluster(t, [script, {}], { deadlines: impatientIn('greeting') });
    const outcome = await send(0, 1);
    assert.equal(summary(outcome), 'delivered final 250');
    assert.deepEqual(outcome?.peer, { host: 'mx2.test', ip: '127.0.0.2', tls: false });
    assert.equal(servers[1]?.messages.length, 1);
  });
}

test('the next address is tried when the first refuses the connection', async (t) => {
  const { send } = await cluster(t, [{}]);
  assert.equal(summary(await send(NOBODY, 0)), 'delivered final 250');
});

test('a reply within the transaction decides: no other host is tried', async (t) => {
  const { servers, send } = await cluster(t, [{ mail: () => '451 4.3.0 later' }, {}]);
  assert.equal(summary(await send(0, 1)), 'deferred mail 451');
  assert.equal(servers[1]?.connections, 0);
});

const no554: Script = { greeting: () => '554 5.7.1 not for you' };
const no421: Script = { greeting: () => '421 4.3.2 busy' };
const ENDS: readonly [string, readonly Script[], (number | string)[], string, RegExp][] = [
  ['refused connections', [{}], [NOBODY], 'deferred connect', /^gone\.test \(127\.0\.0\.99\) refused the connection$/],
  [
    'a permanent greeting',
    [no554],
    [0],
    'bounced greeting 554',
    /^mx1\.test \(127\.0\.0\.1\) greeted with 554 5\.7\.1/,
  ],
  ['permanent greetings only', [no554, no554], [0, 1], 'bounced greeting 554', /^mx2\.test/],
  ['a permanent greeting after a temporary one', [no421, no554], [0, 1], 'deferred greeting 421', /^mx1\.test .* 421/],
  ['a permanent greeting and a refused connection', [no554], [0, NOBODY], 'deferred connect', /^gone\.test/],
  [
    'a refused HELO',
    [{ ehlo: () => '502 no', helo: () => '550 5.7.1 no' }],
    [0],
    'bounced ehlo 550',
    /550 5\.7\.1 no to EHLO/,
  ],
];
for (const [what, scripts, hosts, outcome, detail] of ENDS) {
  test(`no host left: ${what}`, async (t) => {
    const { send } = await cluster(t, scripts);
    const ended = await send(...hosts);
    assert.equal(summary(ended), outcome);
    assert.match(detailOf(ended), detail);
  });
}

test('a server without EHLO is greeted with HELO, and nothing that it does not know is used', async (t) => {
  const { servers, send } = await cluster(t, [{ ehlo: () => '502 5.5.1 unknown' }]);
  assert.equal(summary(await send(0)), 'delivered final 250');
  assert.deepEqual(servers[0]?.commands.slice(0, 3), ['EHLO out.test', 'HELO out.test', 'MAIL FROM:<bounce@out.test>']);
});

test('a greeting of many lines is one greeting', async (t) => {
  const { send } = await cluster(t, [{ greeting: () => '220-mx.test ESMTP\r\n220-please\r\n220 behave' }]);
  assert.equal(summary(await send(0)), 'delivered final 250');
});

test('a number of addresses is tried and no more', async (t) => {
  const { servers, send } = await cluster(t, [{}], { limits: { maxAddresses: 2 } });
  assert.equal(summary(await send('127.0.0.98', NOBODY, 0)), 'deferred connect');
  assert.equal(servers[0]?.connections, 0);
});

test('a connection that is not made in time is given up, and the next address is tried', async (t) => {
  const deadlines = { ...PATIENT, connect: 777 };
  let late = 1;
  const clock: Clock = {
    now: () => systemClock.now(),
    after: (ms, task) => {
      if (ms !== 777 || late-- <= 0) return systemClock.after(ms, task);
      process.nextTick(task);
      return () => undefined;
    },
  };
  const { send } = await cluster(t, [{}, {}], { deadlines, clock });
  assert.equal((await send(0, 1))?.peer?.host, 'mx2.test');
  late = 1;
  const outcome = await send(1);
  assert.equal(summary(outcome), 'deferred connect');
  assert.equal(detailOf(outcome), 'timed out while connecting to mx2.test (127.0.0.2)');
});

test('an address that failed is tried last for a minute, then in its place again', async (t) => {
  const clock = {
    time: 0,
    now: () => clock.time,
    after: (ms: number, task: () => void) => systemClock.after(ms, task),
  };
  const limits = { maxTransactionsPerConnection: 1 };
  const { servers, send } = await cluster(t, [{ greeting: () => ({ then: 'end' }) }, {}], { clock, limits });
  const tried = async (): Promise<(number | undefined)[]> => {
    assert.equal(summary(await send(0, 1)), 'delivered final 250');
    return servers.map(({ connections }) => connections);
  };
  assert.deepEqual(await tried(), [1, 1]);
  assert.deepEqual(await tried(), [1, 2]);
  clock.time = 60_000;
  assert.deepEqual(await tried(), [2, 3]);
});

test('an address that answered, if only with 421, keeps its place', async (t) => {
  const { servers, send } = await cluster(t, [no421, {}], { limits: { maxTransactionsPerConnection: 1 } });
  await send(0, 1);
  await send(0, 1);
  assert.deepEqual(
    servers.map(({ connections }) => connections),
    [2, 2],
  );
});

test('an address that failed is back in its place once it was reached', async (t) => {
  let failing = true;
  const greeting = (): Step => (failing ? { then: 'end' } : undefined);
  const { send } = await cluster(t, [{ greeting }, {}], { limits: { maxTransactionsPerConnection: 1 } });
  assert.equal((await send(0, 1))?.peer?.host, 'mx2.test');
  failing = false;
  assert.equal((await send(0))?.peer?.host, 'mx1.test');
  assert.equal((await send(0, 1))?.peer?.host, 'mx1.test');
});

test('mail leaves from the address of the lane', async (t) => {
  const { servers, send } = await cluster(t, [{}], { book: bookOf({ ipv4: '127.0.0.77' }) });
  assert.equal(summary(await send(0)), 'delivered final 250');
  assert.deepEqual(servers[0]?.clients, ['127.0.0.77']);
});

test('without an own address of the family nothing is tried, and mail waits', async (t) => {
  const { servers, send } = await cluster(t, [{}], { book: bookOf({ ipv6: '::1' }) });
  const outcome = await send(0);
  assert.equal(summary(outcome), 'deferred route');
  assert.match(detailOf(outcome), /no own address of a family that mx1\.test has/);
  assert.equal(servers[0]?.connections, 0);
});

test('an address that this machine does not have is our trouble, not that of the host', async (t) => {
  const { servers, send } = await cluster(t, [{}], { book: bookOf({ ipv4: '192.0.2.55' }) });
  const outcome = await send(0);
  assert.equal(summary(outcome), 'deferred connect');
  assert.match(detailOf(outcome), /this machine cannot connect from the address 192\.0\.2\.55 .*EADDRNOTAVAIL/);
  assert.equal(servers[0]?.connections, 0);
});

/** An IPv6 address that this machine lacks: connecting fails before anything leaves. */
const HALF_HOME = { ipv4: '127.0.0.1', ipv6: '2001:db8::55' };

test('an address that cannot be tried from here does not count among those tried', async (t) => {
  const { send } = await cluster(t, [{}], { book: bookOf(HALF_HOME), limits: { maxAddresses: 1 } });
  assert.equal(summary(await send('::1', 0)), 'delivered final 250');
});

test('an address that cannot be tried from here does not hide what a host said', async (t) => {
  const { send } = await cluster(t, [no554], { book: bookOf(HALF_HOME) });
  assert.equal(summary(await send('::1', 0)), 'bounced greeting 554');
});
