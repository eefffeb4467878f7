// From samples to figures: the median of the rounds, the ratio to Postfix in the same run, the distance from the floor,
// and what limits it, for each line of the table of targets.
import type { Best } from './floors.ts';
import { bestAccept, bestCpu, bestEndToEnd, bestIdle, type Floors } from './floors.ts';
import type { PeerChoice } from './options.ts';
import type { RateSample } from './scenarios/accept.ts';
import type { BulkSample } from './scenarios/bulk.ts';
import type { EndToEndSample } from './scenarios/end-to-end.ts';
import type { IdleSample } from './scenarios/idle.ts';
import type { CoreShares } from './scenarios/measure.ts';
import type { MemorySample } from './scenarios/memory.ts';
import type { SearchSample } from './scenarios/search.ts';
import type { StatisticsSample } from './scenarios/statistics.ts';
import type { TemplatesSample } from './scenarios/templates.ts';

export type Rounds<Sample> = Readonly<Record<PeerChoice, readonly Sample[]>>;

/** Everything measured; what was not asked for or failed is absent or empty. */
export interface Samples {
  acceptReused?: Rounds<RateSample>;
  acceptEach?: Rounds<RateSample>;
  endToEndReused?: Rounds<EndToEndSample>;
  endToEndEach?: Rounds<EndToEndSample>;
  idle?: Rounds<IdleSample>;
  httpSingle?: Rounds<RateSample>;
  httpBatch?: Rounds<RateSample>;
  memory?: Rounds<MemorySample>;
  statistics?: Rounds<StatisticsSample>;
  templates?: Rounds<TemplatesSample>;
  bulk?: Rounds<BulkSample>;
  search?: Rounds<SearchSample>;
}

export interface Figure {
  readonly name: string;
  readonly unit: 'msg/s' | 'ms' | 'MB' | 's';
  readonly target: string;
  /** Medians, and the single rounds behind them. */
  readonly bulkhead: number | undefined;
  readonly bulkheadRounds: readonly number[];
  readonly postfix: number | undefined;
  readonly postfixRounds: readonly number[];
  /** Bulkhead over Postfix for rates, Postfix over Bulkhead for costs: more is better for us in both. */
  readonly ratio: number | undefined;
  readonly met: boolean | undefined;
  readonly best: Best | undefined;
  /** How near to the best, 1 is there. */
  readonly ofBest: number | undefined;
  readonly limitedBy: string;
}

export function figuresOf(samples: Samples, floors: Floors): Figure[] {
  const figures: Figure[] = [];
  const {
    acceptReused,
    acceptEach,
    endToEndReused,
    endToEndEach,
    idle,
    httpSingle,
    httpBatch,
    memory,
    statistics,
    templates,
  } = samples;
  const rate = (sample: { readonly perSecond: number }): number => sample.perSecond;
  const add = <Sample>(rounds: Rounds<Sample> | undefined, value: (sample: Sample) => number, line: Line): void => {
    if (rounds === undefined || rounds.bulkhead.length + rounds.postfix.length === 0) return;
    figures.push(figureOf(rounds, value, line));
  };
  add(acceptReused, rate, {
    ...rateLine('accepted over SMTP, durable, far side slow; reused', 3, bestAccept(floors, floors.smtpReused)),
    limit: limitOf(acceptReused),
  });
  add(acceptEach, rate, {
    ...rateLine('the same, one message a connection', 2, bestAccept(floors, floors.smtpEach)),
    limit: limitOf(acceptEach),
  });
  add(endToEndReused, rate, {
    ...rateLine('end to end with RSA-2048 DKIM; reused', 5, bestEndToEnd(floors, floors.smtpReused)),
    limit: limitOf(endToEndReused),
  });
  add(endToEndEach, rate, {
    ...rateLine('the same, one message a connection', 4, bestEndToEnd(floors, floors.smtpEach)),
    limit: limitOf(endToEndEach),
  });
  add(endToEndReused, (sample) => sample.cpuMsPerMessage, costLine('CPU per signed message', 1.2, bestCpu(floors)));
  add(idle, (sample) => sample.p50, costLine('one message, idle, MAIL FROM to sink, p50', 5, bestIdle(floors, 'p50')));
  add(idle, (sample) => sample.p99, costLine('one message, idle, MAIL FROM to sink, p99', 12, bestIdle(floors, 'p99')));
  add(httpSingle, rate, {
    ...floorLine('POST /email, 20 connections, accepted', 2500, bestAccept(floors, floors.httpSingle)),
    limit: limitOf(httpSingle),
  });
  add(httpBatch, rate, {
    ...floorLine('POST /email/batch of 500, accepted', 4000, bestAccept(floors, floors.httpBatch)),
    limit: limitOf(httpBatch),
  });
  const node: Best = { value: floors.nodePssBytes / 1e6, made: 'a bare Node process' };
  add(memory, (sample) => sample.atRest / 1e6, memoryLine('memory (PSS) at rest', 200, node));
  add(memory, (sample) => sample.warmedUp / 1e6, plainLine('memory when the warm-up has just ended', 'MB'));
  add(memory, (sample) => sample.queued / 1e6, memoryLine(`memory with ${queuedOf(memory)} queued`, 400, node));
  add(memory, (sample) => sample.filling / 1e6, plainLine('memory, highest while that queue was filled', 'MB'));
  add(memory, (sample) => sample.restartMs / 1000, plainLine('restart with that queue, until healthy', 's'));
  add(memory, (sample) => sample.stopMs / 1000, plainLine('orderly stop with that queue', 's'));
  add(statistics, (sample) => sample.wholeMs, answerLine('statistics of a year: all mail of a server', 50));
  add(statistics, (sample) => sample.streamMs, answerLine('the same, one stream', 50));
  add(statistics, (sample) => sample.tagMs, answerLine('the same, one tag', 50));
  add(statistics, (sample) => sample.countMs, plainLine('a batch of 500 events counted, 500 tags', 'ms'));
  add(statistics, (sample) => sample.fileBytes / 1e6, plainLine('the file of that year', 'MB'));
  add(templates, rate, {
    ...plainLine('renders of a 4 KB template, one thread', 'msg/s'),
    target: '10000/s',
    lessIsBetter: false,
    met: (value) => value >= 10_000,
  });
  add(templates, (sample) => sample.inlinedPerSecond, {
    ...plainLine('the same, styles inlined', 'msg/s'),
    lessIsBetter: false,
  });
  addBulk(samples.bulk, add);
  addSearch(samples.search, add);
  return figures;
}

type Add = <Sample>(rounds: Rounds<Sample> | undefined, value: (sample: Sample) => number, line: Line) => void;

function addBulk(bulk: Rounds<BulkSample> | undefined, add: Add): void {
  const none: Best = { value: NaN, made: '' };
  const accept = { ...costLine('a bulk request of 50,000, accepted', 5000, none), best: undefined, limit: '' };
  add(bulk, (sample) => sample.acceptMs, accept);
  for (const phase of ['before', 'accepting', 'releasing'] as const) {
    const name =
      phase === 'before'
        ? 'POST /email before it'
        : `POST /email while it is ${phase === 'accepting' ? 'accepted' : 'released'}`;
    add(bulk, (sample) => sample[phase].p50, plainLine(`${name}, p50`, 'ms'));
    add(bulk, (sample) => sample[phase].p99, plainLine(`${name}, p99`, 'ms'));
  }
  add(bulk, (sample) => sample.releasedPerSecond, plainLine('bulk messages released meanwhile', 'msg/s'));
}

function addSearch(search: Rounds<SearchSample> | undefined, add: Add): void {
  const stored = search?.bulkhead[0]?.fill.messages.toLocaleString('en') ?? '';
  add(search, (sample) => sample.searches.p50, plainLine(`a filtered search among ${stored} messages, p50`, 'ms'));
  add(search, (sample) => sample.searches.p95, answerLine('the same, p95', 200));
  add(search, (sample) => sample.searches.max, plainLine('the same, slowest', 'ms'));
  const alone = median(search?.bulkhead.map((sample) => sample.alone.p99) ?? []);
  const meanwhile = { paced: 'five searches a second come', pressed: 'searches follow without pause' } as const;
  add(search, (sample) => sample.alone.p99, plainLine('POST /email while nobody searches, p99', 'ms'));
  for (const [kind, words] of Object.entries(meanwhile)) {
    add(search, (sample) => sample[kind as keyof typeof meanwhile].p99, {
      ...plainLine(`POST /email while ${words}, p99`, 'ms'),
      target: 'at most 20 % more',
      met: (value) => (alone === undefined ? undefined : value <= alone * 1.2),
    });
  }
  add(search, (sample) => sample.alone.p50, plainLine('POST /email while nobody searches, p50', 'ms'));
  add(search, (sample) => sample.paced.p50, plainLine('the same while five searches a second come, p50', 'ms'));
  add(search, (sample) => sample.pressed.p50, plainLine('the same while searches follow without pause, p50', 'ms'));
  add(search, (sample) => sample.fill.fileBytes / 1e6, plainLine('the files of that store', 'MB'));
  add(search, (sample) => (sample.fill.fillMs * 1000) / sample.fill.messages / 1000, {
    ...plainLine('a message put into the index, with its delivery', 'ms'),
  });
  add(search, (sample) => sample.fill.sealMsMax, plainLine('16,384 messages prepared for searches, slowest', 'ms'));
  add(search, (sample) => sample.pssBytes / 1e6, plainLine('memory after the searches', 'MB'));
}

interface Line {
  readonly name: string;
  readonly unit: Figure['unit'];
  readonly target: string;
  readonly lessIsBetter: boolean;
  met(bulkhead: number, ratio: number | undefined): boolean | undefined;
  readonly best: Best | undefined;
  readonly limit: string;
}

function rateLine(name: string, factor: number, best: Best): Line {
  const met = (_value: number, ratio: number | undefined): boolean | undefined =>
    ratio === undefined ? undefined : ratio >= factor;
  return { name, unit: 'msg/s', target: `${factor} x Postfix`, lessIsBetter: false, met, best, limit: '' };
}

function floorLine(name: string, least: number, best: Best): Line {
  const target = `${least}/s`;
  return { name, unit: 'msg/s', target, lessIsBetter: false, met: (value) => value >= least, best, limit: '' };
}

function costLine(name: string, most: number, best: Best): Line {
  const target = `under ${most} ms`;
  return {
    name,
    unit: 'ms',
    target,
    lessIsBetter: true,
    met: (value) => value < most,
    best,
    limit: `its own work beyond ${best.made}`,
  };
}

function memoryLine(name: string, most: number, best: Best): Line {
  const target = `under ${most} MB`;
  return {
    name,
    unit: 'MB',
    target,
    lessIsBetter: true,
    met: (value) => value < most,
    best,
    limit: `beyond ${best.made}`,
  };
}

function answerLine(name: string, most: number): Line {
  return { ...plainLine(name, 'ms'), target: `under ${most} ms`, met: (value) => value < most };
}

function plainLine(name: string, unit: Figure['unit']): Line {
  return { name, unit, target: '', lessIsBetter: true, met: () => undefined, best: undefined, limit: '' };
}

function figureOf<Sample>(rounds: Rounds<Sample>, value: (sample: Sample) => number, line: Line): Figure {
  const bulkheadRounds = rounds.bulkhead.map(value);
  const postfixRounds = rounds.postfix.map(value);
  const bulkhead = median(bulkheadRounds);
  const postfix = median(postfixRounds);
  const over = (ours: number | undefined, theirs: number | undefined): number | undefined => {
    if (ours === undefined || theirs === undefined) return undefined;
    return line.lessIsBetter ? theirs / ours : ours / theirs;
  };
  const ratio = over(bulkhead, postfix);
  return {
    name: line.name,
    unit: line.unit,
    target: line.target,
    bulkhead,
    bulkheadRounds,
    postfix,
    postfixRounds,
    ratio,
    met: bulkhead === undefined ? undefined : line.met(bulkhead, ratio),
    best: line.best,
    ofBest: over(bulkhead, line.best?.value),
    limitedBy: line.limit,
  };
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 1 ? middle : middle - 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/** Cores that stand still for less than this share are what limits a rate. */
const BUSY_IDLE_PERCENT = 12;

function limitOf(rounds: Rounds<{ readonly shares: CoreShares }> | undefined): string {
  const all = rounds?.bulkhead.map((sample) => sample.shares);
  if (all === undefined || all.length === 0) return '';
  const share = (key: keyof CoreShares): number => Math.round(median(all.map((shares) => shares[key])) ?? 0);
  const where = `server ${share('peer')} %, generator ${share('load')} %, sink ${share('sink')} %, kernel and others ${share('rest')} %`;
  const still = share('idle') + share('diskWait');
  return still < BUSY_IDLE_PERCENT
    ? `the cores: ${where}`
    : `waiting: cores idle ${share('idle')} %, on disk ${share('diskWait')} %; ${where}`;
}

function queuedOf(memory: Rounds<MemorySample> | undefined): string {
  return (median((memory?.bulkhead ?? []).map((sample) => sample.queuedMessages)) ?? 0).toLocaleString('en');
}
