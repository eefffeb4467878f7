// The result of the isolation bench for people: what was asked and reached, then the same by phase, then what is behind it.
import { failureList, FOREIGN_PERCENT, plain, QUIET_LOAD, table } from '../report.ts';
import { missed, P50_TIMES_IDLE, P99_TARGET_MS } from './judge.ts';
import type { IsolationResult, Taken } from './result.ts';
import { scenarioOf } from './scenarios.ts';

export function toMarkdown({ taken, failures }: IsolationResult): string {
  const machine = taken[0]?.machine;
  const parts = [
    `# Isolation bench${machine === undefined ? '' : ` ${machine.date.slice(0, 10)}, commit ${commits(taken)}`}`,
    ...(machine === undefined
      ? []
      : [
          `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, Linux ${machine.kernel}, Node ${machine.node}, Postfix ${machine.postfix}. ` +
            'Servers, generators and sinks share the cores; the probe and its sink come before everything else.',
        ]),
    `One transactional message every 200 ms, each over a connection of its own, in and out, while broadcasts are in trouble. Milliseconds from MAIL FROM to the far side's 250. ` +
      `Wanted: p99 under ${P99_TARGET_MS.accepting} while a flood is accepted and under ${P99_TARGET_MS.draining} while a backlog drains, p50 within ${P50_TIMES_IDLE} x idle, ` +
      'nothing lost, refused or later than a second, nothing from a wrong address.',
    ...warnings(taken),
    table([HEAD, ...taken.flatMap(rowsOf)]),
    '## What was missed',
    missedList(taken),
    '## Behind the figures',
    table([BEHIND_HEAD, ...taken.map(behindOf)]),
    '## The slowest, at second: ms from MAIL FROM (of these until our 250)',
    taken.map(slowestOf).join('\n'),
    ...turnsOf(taken),
    ...notes(taken),
    ...failureList(failures),
  ];
  return `${parts.join('\n\n')}\n`;
}

const HEAD = [
  'broadcasts',
  'server',
  'phase',
  'p50',
  'x idle',
  'p99',
  'p99.9',
  'max',
  'samples',
  'lost',
  'refused',
  'over 1 s',
  'wrong address',
  'broadcasts/s',
  'reached',
];

/** A row for each phase; what belongs to the whole measurement stands in its first. */
function rowsOf(one: Taken): string[][] {
  const { losses, wrong, idle } = one;
  const whole = [
    String(losses.lost),
    String(losses.refused),
    String(losses.late),
    wrong === undefined ? 'n/a' : String(wrong.transactional + wrong.broadcast),
    plain(one.broadcast.deliveredPerSecond),
    missed(one).length === 0 ? 'yes' : '**no**',
  ];
  const rows = one.phases.map((phase, index) => {
    const { p50, p99, p999, max } = phase.delivery;
    return [
      index === 0 ? `${one.scenario}: ${scenarioOf(one.scenario).title}` : '',
      index === 0 ? one.peer : '',
      phase.phase,
      plain(p50),
      (p50 / idle.delivery.p50).toFixed(2),
      plain(p99),
      plain(p999),
      plain(max),
      String(phase.samples),
      ...(index === 0 ? whole : []),
    ];
  });
  return rows.length > 0
    ? rows
    : [
        [
          `${one.scenario}: ${scenarioOf(one.scenario).title}`,
          one.peer,
          'none',
          ...Array<string>(6).fill(''),
          ...whole,
        ],
      ];
}

const BEHIND_HEAD = [
  '',
  'server',
  'load before',
  'idle p50',
  'idle p99',
  'from connect p50',
  'p99',
  'until our 250 p50',
  'p99',
  'broadcasts accepted',
  '/s',
  'not accepted',
  'delivered',
  'twice',
  'left',
  'kills',
  'CPU server',
  'bench',
  'rest',
  'disk wait',
  'probe behind',
];

function behindOf(one: Taken): string[] {
  const { idle, overall, broadcast, shares } = one;
  return [
    one.scenario,
    one.peer,
    one.machine.loadBefore.toFixed(2),
    plain(idle.delivery.p50),
    plain(idle.delivery.p99),
    plain(overall.fromConnect.p50),
    plain(overall.fromConnect.p99),
    plain(overall.acceptance.p50),
    plain(overall.acceptance.p99),
    String(broadcast.accepted),
    plain(broadcast.acceptedPerSecond),
    String(broadcast.offered - broadcast.accepted),
    String(broadcast.delivered),
    String(broadcast.duplicates),
    String(broadcast.left),
    one.kills === undefined ? '' : String(one.kills),
    `${shares.peer} %`,
    `${shares.bench} %`,
    `${shares.rest} %`,
    `${shares.diskWait} %`,
    `${plain(one.behindMs)} ms`,
  ];
}

function missedList(taken: readonly Taken[]): string {
  const lines = taken.flatMap((one) => missed(one).map((what) => `- ${one.scenario}, ${one.peer}: ${what}`));
  return lines.length === 0 ? 'Nothing.' : lines.join('\n');
}

function slowestOf({ scenario, peer, slowest }: Taken): string {
  const list = slowest.slice(0, 5).map((one) => `${one.atSecond} s: ${plain(one.delivery)} (${plain(one.acceptance)})`);
  return `- ${scenario}, ${peer}: ${list.join(' · ')}`;
}

function turnsOf(taken: readonly Taken[]): string[] {
  const watched = taken.flatMap((one) => (one.turns === undefined ? [] : [{ ...one, turns: one.turns }]));
  if (watched.length === 0) return [];
  const head = ['', 'thread', 'of a core', 'CPU of a turn p99', 'max', 'waited for a core p99', 'max'];
  const rows = watched.flatMap(({ scenario, turns }) =>
    turns.threads.map(({ thread, busy, ...times }) => [
      scenario,
      thread,
      `${busy} %`,
      ...[times.cpuP99, times.cpuMax, times.waitedP99, times.waitedMax].map(plain),
    ]),
  );
  const slow = watched.flatMap(({ scenario, turns }) =>
    turns.slowest.slice(0, 5).map(({ delivery, threads }) => {
      const parts = Object.entries(threads).map(
        ([thread, { cpu, waited, rest }]) => `${thread} ${plain(cpu)} + ${plain(waited)} + ${plain(rest)}`,
      );
      return `- ${scenario}, ${plain(delivery)} ms: ${parts.join(' · ')}`;
    }),
  );
  return [
    '## Turns of the threads, ms',
    table([head, ...rows]),
    'The slowest: CPU + waiting for a core + sleep or disk, of each thread, from MAIL FROM to the 250:',
    slow.join('\n'),
  ];
}

function warnings(taken: readonly Taken[]): string[] {
  const found: string[] = [];
  const names = (which: (one: Taken) => boolean): string =>
    taken
      .filter(which)
      .map(({ scenario, peer }) => `${scenario} ${peer}`)
      .join(', ');
  const say = (which: string, what: string): void =>
    void (which === '' ? undefined : found.push(`**${what}: ${which}.**`));
  say(
    names(({ quick }) => quick),
    'Quick runs, whose figures mean nothing',
  );
  say(
    names(({ machine }) => machine.loadBefore > QUIET_LOAD),
    'The machine was not quiet before, so that these are not to be relied on',
  );
  say(
    names(({ shares }) => shares.rest > FOREIGN_PERCENT),
    `Something else used over ${FOREIGN_PERCENT} % of the cores meanwhile`,
  );
  say(
    names(({ machine }) => machine.dirty),
    'The checkout held changes that no commit has',
  );
  return found;
}

function notes(taken: readonly Taken[]): string[] {
  const lines = taken.flatMap((one) =>
    [...one.notes, ...one.reasons.map((reason) => `the probe was told: ${reason}`)].map(
      (line) => `- ${one.scenario}, ${one.peer}: ${line}`,
    ),
  );
  return lines.length === 0 ? [] : ['## Notes', lines.join('\n')];
}

function commits(taken: readonly Taken[]): string {
  return [...new Set(taken.map(({ machine }) => `${machine.commit}${machine.dirty ? '-dirty' : ''}`))].join(', ');
}
