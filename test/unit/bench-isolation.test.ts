// The pure parts of the isolation bench: what is made of single times, what counts as missed, what a run will take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  figuresOf,
  lossesOf,
  phaseAt,
  phasesOf,
  slowestOf,
  type Figures,
  type Probe,
} from '../../bench/isolation/figures.ts';
import { missed, strayed, type Judged } from '../../bench/isolation/judge.ts';
import { forecast, messagesOf, readOptions, type IsolationOptions } from '../../bench/isolation/options.ts';
import { toMarkdown } from '../../bench/isolation/report.ts';
import { merge, type IsolationResult, type Taken } from '../../bench/isolation/result.ts';
import { SCENARIOS } from '../../bench/isolation/scenarios.ts';
import { parseLooks, slowTurns, turnsOf } from '../../bench/isolation/turns.ts';
import { broadcastDomains, isProbeDomain, zoneOf } from '../../bench/isolation/zone.ts';

const SECOND = 1e6;

/** A probe begun at that second; its other times in milliseconds after it, undefined for never. */
function probe(at: number, accepted: number | undefined, arrived: number | undefined): Probe {
  const openedAt = at * SECOND;
  const after = (ms: number | undefined): number => (ms === undefined ? 0 : openedAt + ms * 1000);
  return {
    openedAt,
    mailFromAt: accepted === undefined ? 0 : openedAt + 1000,
    acceptedAt: after(accepted),
    arrivedAt: after(arrived),
  };
}

function spread(p50: number, p99: number): Figures {
  const delivery = { p50, p99, p999: p99, max: p99 };
  return { samples: 100, delivery, fromConnect: delivery, acceptance: delivery };
}

const FINE: Judged = {
  idle: spread(4, 6),
  phases: [
    { phase: 'accepting', ...spread(7, 99) },
    { phase: 'draining', ...spread(7, 19) },
    { phase: 'after', ...spread(900, 900) },
  ],
  losses: { sent: 300, refused: 0, lost: 0, late: 0 },
  wrong: { transactional: 0, broadcast: 0 },
};

test('times are taken from MAIL FROM, from the connection, and until our own 250, of what was delivered', () => {
  const figures = figuresOf([probe(1, 3, 5), probe(2, 4, 11), probe(3, 2, undefined), probe(4, undefined, undefined)]);
  assert.equal(figures.samples, 2);
  assert.deepEqual(figures.delivery, { p50: 4, p99: 10, p999: 10, max: 10 });
  assert.deepEqual(figures.fromConnect, { p50: 5, p99: 11, p999: 11, max: 11 });
  assert.deepEqual(figures.acceptance, { p50: 2, p99: 3, p999: 3, max: 3 });
});

test('what is lost, refused and late is told apart', () => {
  const probes = [probe(1, 3, 1000), probe(2, 3, 1001), probe(3, 3, undefined), probe(4, undefined, undefined)];
  assert.deepEqual(lossesOf(probes), { sent: 4, refused: 1, lost: 1, late: 1 });
});

for (const [at, drainedAt, phase] of [
  [9, 20, 'accepting'],
  [10, 20, 'accepting'],
  [11, 20, 'draining'],
  [21, 20, 'after'],
  [21, undefined, 'draining'],
] as const) {
  test(`a probe at second ${at} of a flood accepted until 10 and drained ${drainedAt ?? 'never'} is ${phase}`, () => {
    assert.equal(phaseAt(at, { acceptedUntil: 10, drainedAt }), phase);
  });
}

test('each phase has its own figures, and one without a delivery has none', () => {
  const probes = [probe(1, 3, 51), probe(2, 3, 61), probe(12, 3, 6), probe(30, 3, undefined)];
  const phases = phasesOf(probes, { acceptedUntil: 10 * SECOND, drainedAt: 20 * SECOND });
  assert.deepEqual(
    phases.map(({ phase, samples, delivery }) => [phase, samples, delivery.max]),
    [
      ['accepting', 2, 60],
      ['draining', 1, 5],
    ],
  );
});

test('the slowest come first, with the second at which they began', () => {
  assert.deepEqual(slowestOf([probe(1, 3, 5), probe(3, 7, 90)])[0], { atSecond: 2, delivery: 89, acceptance: 6 });
});

const phase = (name: 'accepting' | 'draining', figures: Figures): Partial<Judged> => ({
  phases: [{ phase: name, ...figures }],
});
for (const [name, change, expected] of [
  ['everything reached', {}, []],
  ['one address for all mail', { wrong: undefined }, []],
  ['a slow flood', phase('accepting', spread(8, 100)), ['p99 100 ms while accepting, wanted under 100']],
  ['a slow backlog', phase('draining', spread(8, 20)), ['p99 20 ms while draining, wanted under 20']],
  ['a median beyond twice idle', phase('draining', spread(8.1, 9)), ['p50 8.1 ms while draining, wanted 8 at most']],
  [
    'losses',
    { losses: { sent: 9, refused: 1, lost: 2, late: 3 } },
    ['1 not accepted', '2 lost', '3 later than a second'],
  ],
  ['strays', { wrong: { transactional: 1, broadcast: 2 } }, ['3 from a wrong address']],
] as const) {
  test(`judged: ${name}`, () => {
    assert.deepEqual(missed({ ...FINE, ...(change as Partial<Judged>) }), expected);
  });
}

test('every message from another address than the own one is a stray', () => {
  assert.equal(strayed({ '127.0.0.2': 5, '127.0.0.1': 2, '127.0.0.3': 1 }, '127.0.0.2'), 3);
});

function options(...args: string[]): IsolationOptions {
  const read = readOptions(args);
  assert.ok(!('problem' in read), JSON.stringify(read));
  return read;
}

test('a whole run takes an hour at most, and less where less is asked for', () => {
  const whole = forecast(options());
  assert.ok(whole > 40 * 60 && whole < 65 * 60, `${whole} s`);
  assert.ok(forecast(options('--quick', '--peers', 'bulkhead', '--scenarios', 'a')) < 20);
});

test('a flood beside a shorter probe is smaller in proportion, a backlog bounded', () => {
  const whole = options();
  assert.equal(messagesOf(whole, 'a', 'bulkhead'), 200_000);
  assert.equal(messagesOf(whole, 'a', 'postfix'), 40_000);
  assert.equal(messagesOf(whole, 'b', 'bulkhead'), 50_000);
  assert.equal(messagesOf(whole, 'e', 'postfix'), 15_000);
  assert.equal(messagesOf(options('--messages', '7', '--backlog', '9'), 'f', 'postfix-two'), 7);
});

for (const args of [
  ['--scenarios', 'a,x'],
  ['--peers', 'sendmail'],
  ['--seconds', 'long'],
  ['--seconds', '0'],
  ['--what'],
]) {
  test(`refused: ${args.join(' ')}`, () => assert.ok('problem' in readOptions(args)));
}

test('no destination is shared by transactional and broadcast mail', () => {
  for (const scenario of SCENARIOS) {
    const zone = zoneOf(scenario);
    const of = (probes: boolean): Set<string> =>
      new Set([...zone].filter(([domain]) => isProbeDomain(domain) === probes).map(([, { address }]) => address));
    assert.deepEqual(
      [...of(true)].filter((address) => of(false).has(address)),
      [],
      scenario.key,
    );
    assert.equal(zone.size, 4 + broadcastDomains(scenario).count);
  }
});

const taken = (scenario: 'a' | 'b', peer: 'bulkhead' | 'postfix', seconds: number): Taken => ({
  ...FINE,
  scenario,
  peer,
  seconds,
  version: '1',
  overall: spread(1, 2),
  addresses: { transactional: {}, broadcast: {} },
  broadcast: {
    offered: 5,
    accepted: 5,
    failed: 0,
    reasons: [],
    acceptSeconds: 1,
    acceptedPerSecond: 5,
    deliveredPerSecond: 5,
    delivered: 5,
    duplicates: 0,
    left: 0,
  },
  kills: undefined,
  shares: { peer: 1, bench: 1, rest: 1, idle: 97, diskWait: 0 },
  slowest: [],
  behindMs: 0,
  reasons: [],
  notes: [],
  turns: undefined,
  quick: false,
  machine: {
    date: '2026-01-02T03:04:05Z',
    commit: 'abc',
    dirty: false,
    cpu: 'one',
    cores: 2,
    memoryMb: 1,
    kernel: '6',
    node: 'v24',
    postfix: '3',
    loadBefore: 0,
  },
});

test('a later measurement takes the place of an earlier one and of its failure; the rest is kept, in order', () => {
  const before: IsolationResult = {
    taken: [taken('b', 'bulkhead', 1), taken('a', 'postfix', 1)],
    failures: ['a, bulkhead: broke', 'b, postfix: broke'],
  };
  const merged = merge(before, { taken: [taken('a', 'bulkhead', 2), taken('b', 'bulkhead', 2)], failures: [] });
  assert.deepEqual(
    merged.taken.map(({ scenario, peer, seconds }) => `${scenario} ${peer} ${seconds}`),
    ['a bulkhead 2', 'a postfix 1', 'b bulkhead 2'],
  );
  assert.deepEqual(merged.failures, ['b, postfix: broke']);
});

test('the time of a slow probe is shared out to what the threads did meanwhile', () => {
  const looks = { main: parseLooks('1010000 4000 2000 10000\n1030000 10000 0 20000\nhalf a li') };
  const slow = { openedAt: 1e6, mailFromAt: 1.005e6, acceptedAt: 1.02e6, arrivedAt: 1.02e6 };
  assert.deepEqual(slowTurns(looks, [slow]), [{ delivery: 15, threads: { main: { cpu: 7, waited: 1, rest: 7 } } }]);
  const [turns] = turnsOf(looks, 1e6, 2e6);
  assert.deepEqual(turns, { thread: 'main', busy: 46.7, cpuP99: 10, cpuMax: 10, waitedP99: 2, waitedMax: 2 });
  assert.deepEqual(turnsOf(looks, 2e6, 3e6), []);
});

test('the report shows each phase, what was missed, and what could not be measured', () => {
  const slow = { ...taken('b', 'postfix', 60), losses: { sent: 9, refused: 0, lost: 4, late: 0 } };
  const text = toMarkdown({ taken: [taken('a', 'bulkhead', 300), slow], failures: ['c, bulkhead: broke'] });
  assert.match(text, /\| a: a flood to a healthy sink +\| bulkhead \| accepting \|/);
  assert.match(text, /\| after +\|/);
  assert.match(text, /- b, postfix: 4 lost/);
  assert.match(text, /- c, bulkhead: broke/);
});
