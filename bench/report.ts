// The result of a run as a table for people (Markdown, also what the terminal shows) and as JSON for comparison.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { detailsOf } from './details.ts';
import type { Figure, Samples } from './figures.ts';
import type { Floors } from './floors.ts';
import { SCENARIOS, type BenchOptions } from './options.ts';
import type { CoreShares } from './scenarios/measure.ts';
import type { Machine } from './system/machine.ts';

export interface Result {
  readonly machine: Machine;
  readonly options: BenchOptions;
  readonly floors: Floors;
  readonly figures: readonly Figure[];
  /** What could not be measured, and why. */
  readonly failures: readonly string[];
  readonly samples: Samples;
}

export const RESULTS = fileURLToPath(new URL('./results', import.meta.url));
export const QUIET_LOAD = 0.5;
/** The kernel's own work and the bench itself stay below this on a quiet machine. */
export const FOREIGN_PERCENT = 25;

export function toMarkdown(result: Result): string {
  const { machine, options, floors } = result;
  const parts = [
    `# Bench ${machine.date.slice(0, 10)}, commit ${machine.commit}${machine.dirty ? ' with local changes' : ''}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, Linux ${machine.kernel}, Node ${machine.node}, Postfix ${machine.postfix}. ` +
      `Load before the run ${machine.loadBefore.toFixed(2)}. ` +
      `${options.size} byte messages, ${options.sessions} sessions, median of ${options.rounds}; server, generator and sink share the cores.`,
    ...warnings(result),
    figureTable(result.figures),
    '## Rounds',
    roundTable(result.figures),
    '## Behind the figures',
    table([
      ['median of the rounds', 'Bulkhead', 'Postfix'],
      ...detailsOf(result.samples).map(({ label, bulkhead, postfix }) => [label, bulkhead, postfix]),
    ]),
    '## Floors, measured in the same run',
    floorTable(floors),
    ...failureList(result.failures),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** @returns the paths written, without their ending. */
export function saveResult(result: Result): string {
  mkdirSync(RESULTS, { recursive: true });
  const { machine, options } = result;
  const part = [
    options.quick ? '-quick' : '',
    options.only.length < SCENARIOS.length ? `-${options.only.join('-')}` : '',
  ].join('');
  const path = join(RESULTS, `${machine.date.slice(0, 10)}-${machine.commit}${machine.dirty ? '-dirty' : ''}${part}`);
  writeFileSync(`${path}.md`, toMarkdown(result));
  writeFileSync(`${path}.json`, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

function warnings(result: Result): string[] {
  const found: string[] = [];
  if (result.options.quick) found.push('**A quick run: these figures mean nothing.**');
  if (result.machine.loadBefore > QUIET_LOAD) {
    found.push('**The machine was not quiet before the run: these figures are not to be relied on.**');
  }
  const disturbed = sharesOf(result.samples).filter((shares) => shares.rest > FOREIGN_PERCENT).length;
  if (disturbed > 0) {
    found.push(`**During ${disturbed} measurements something else used over ${FOREIGN_PERCENT} % of the cores.**`);
  }
  return found;
}

function sharesOf(samples: Samples): CoreShares[] {
  const { acceptReused, acceptEach, endToEndReused, endToEndEach, httpSingle, httpBatch } = samples;
  return [acceptReused, acceptEach, endToEndReused, endToEndEach, httpSingle, httpBatch].flatMap((rounds) =>
    [...(rounds?.bulkhead ?? []), ...(rounds?.postfix ?? [])].map((sample) => sample.shares),
  );
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    figure.target,
    withUnit(figure.bulkhead, figure.unit),
    withUnit(figure.postfix, figure.unit),
    figure.ratio === undefined ? '' : `${figure.ratio.toFixed(1)} x`,
    figure.met === undefined ? '' : figure.met ? 'yes' : '**no**',
    withUnit(figure.best?.value, figure.unit),
    figure.ofBest === undefined ? '' : `${Math.round(figure.ofBest * 100)} %`,
    figure.limitedBy,
  ]);
  const head = ['figure', 'target', 'Bulkhead', 'Postfix', 'better by', 'met', 'floor', 'of floor', 'limited by'];
  return table([head, ...rows]);
}

function roundTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    figure.bulkheadRounds.map(plain).join(' · '),
    figure.postfixRounds.map(plain).join(' · '),
    figure.best?.made ?? '',
  ]);
  return table([['figure', 'Bulkhead', 'Postfix', 'how the floor is made'], ...rows]);
}

function floorTable(floors: Floors): string {
  const rate = (name: string, value: number, cpuMicros?: number): string[] => [
    name,
    `${plain(value)}/s`,
    cpuMicros === undefined ? '' : `${cpuMicros.toFixed(0)} µs`,
  ];
  return table([
    ['floor', 'rate', 'CPU for one'],
    rate('4 KB append and fdatasync, one at a time', floors.fsync.perSecond, floors.fsync.cpuMicros),
    rate('4 KB rows into SQLite, 64 a commit, full fsync', floors.sqliteGroup.perSecond, floors.sqliteGroup.cpuMicros),
    rate('RSA-2048 signatures, one thread', floors.rsaOneThread, 1e6 / floors.rsaOneThread),
    rate(`RSA-2048 signatures, ${floors.cores} threads`, floors.rsaAllCores),
    rate('generator straight into the sink, reused', floors.smtpReused.perSecond, floors.smtpReused.cpuMicros),
    rate('the same, one message a connection', floors.smtpEach.perSecond, floors.smtpEach.cpuMicros),
    rate('POST to a bare node:http that parses and answers', floors.httpSingle.perSecond, floors.httpSingle.cpuMicros),
    rate('the same, 500 messages a request', floors.httpBatch.perSecond, floors.httpBatch.cpuMicros),
    [
      'generator straight into the sink, idle, MAIL FROM to 250',
      `p50 ${floors.idleP50} ms, p99 ${floors.idleP99} ms`,
      '',
    ],
    ['a bare Node process', `${plain(floors.nodePssBytes / 1e6)} MB`, ''],
  ]);
}

export function failureList(failures: readonly string[]): string[] {
  return failures.length === 0 ? [] : ['## Not measured', failures.map((line) => `- ${line}`).join('\n')];
}

function withUnit(value: number | undefined, unit: Figure['unit']): string {
  if (value === undefined) return '';
  return unit === 'msg/s' ? `${plain(value)}/s` : `${plain(value)} ${unit}`;
}

/** Three digits at least, no false precision. */
export function plain(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string => `| ${widths.map((w, i) => (row[i] ?? '').padEnd(w)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
