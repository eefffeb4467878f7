// A year of statistics of a busy server: so many tags a day in each of five streams, asked for as the API asks, over a port.
// Answer times are the slowest of 20; the port's other end is on the same thread, so the time is that of the work itself.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { BenchOptions } from '../options.ts';
import { createActivityClient } from '../../src/backends/lanes/activity-client.ts';
import { hostActivity } from '../../src/backends/lanes/activity-host.ts';
import type { ActivityAnswers } from '../../src/backends/lanes/activity-rpc.ts';
import { openStatisticsStore } from '../../src/backends/sqlite/statistics-store.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import type { Counts } from '../../src/domain/statistics.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { Counted, Statistics, StatisticsFilter, StatisticsStore } from '../../src/ports/statistics.ts';

export interface StatisticsSample {
  readonly rows: number;
  readonly fillMs: number;
  readonly fileBytes: number;
  /** Slowest answers. */
  readonly wholeMs: number;
  readonly streamMs: number;
  readonly tagMs: number;
  /** A batch of 500 events, each with a tag of its own, that falls on rows which are there. */
  readonly countMs: number;
}

const SERVER = 1 as ServerId;
const STREAMS: readonly StreamId[] = ['outbound', 'broadcast', 'receipts', 'news', 'alerts'].map(
  (id) => id as StreamId,
);
const DAYS = 365;
const ASKED = 20;
const BATCH = 500;

export async function measureStatistics(options: BenchOptions): Promise<StatisticsSample> {
  const folder = mkdtempSync(join(options.tmp, 'bulkhead-statistics-'));
  const file = join(folder, 'statistics.sqlite');
  const store = openStatisticsStore(file);
  const { port1, port2 } = new MessageChannel();
  try {
    const filling = performance.now();
    for (const day of days()) await add(store, ofDay(day, options.amounts.tags));
    const fillMs = performance.now() - filling;
    hostActivity(port2, { dailyCounts: (filter: StatisticsFilter) => store.dailyCounts(filter) } as ActivityAnswers);
    const asked = createActivityClient(port1);
    const streamId = STREAMS[1] as StreamId;
    return {
      rows: DAYS * STREAMS.length * options.amounts.tags,
      fillMs,
      fileBytes: statSync(file).size,
      wholeMs: await slowest(asked, {}),
      streamMs: await slowest(asked, { streamId }),
      tagMs: await slowest(asked, { tag: tagOf(1) }),
      countMs: await countBatch(store, options.amounts.tags),
    };
  } finally {
    port1.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function slowest(asked: Statistics, filter: Partial<StatisticsFilter>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < ASKED; n += 1) {
    const startedAt = performance.now();
    const found = await asked.dailyCounts({ serverId: SERVER, from: '2025-01-01', to: '2025-12-31', ...filter });
    times.push(performance.now() - startedAt);
    if (found.length !== DAYS) throw new Error(`${found.length} days were found`);
  }
  return Math.max(...times);
}

async function countBatch(store: StatisticsStore, tags: number): Promise<number> {
  const counted = Array.from({ length: BATCH }, (_, n): Counted => {
    return { ...place('2025-12-31', n % STREAMS.length), tag: tagOf(n % tags), counts: { sent: 1 } };
  });
  const startedAt = performance.now();
  await add(store, counted);
  return performance.now() - startedAt;
}

async function add(store: StatisticsStore, counted: readonly Counted[]): Promise<void> {
  const after = await store.cursor(TRANSACTIONAL_LANE);
  await store.add({ log: TRANSACTIONAL_LANE, after, upTo: after + 1, counted });
}

function* days(): Generator<string> {
  for (let n = 0; n < DAYS; n += 1) yield new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10);
}

function ofDay(day: string, tags: number): readonly Counted[] {
  return STREAMS.flatMap((_, stream) =>
    Array.from({ length: tags }, (_tag, n): Counted => ({ ...place(day, stream), tag: tagOf(n), counts: COUNTS })),
  );
}

function place(day: string, stream: number): Omit<Counted, 'tag' | 'counts'> {
  return { serverId: SERVER, streamId: STREAMS[stream] as StreamId, day };
}

function tagOf(n: number): string {
  return `campaign-${n}`;
}

/** Every measure, and a few names in each group. */
const COUNTS: Counts = {
  sent: 1000,
  tracked: 900,
  withOpenTracking: 900,
  withLinkTracking: 800,
  'bounce/HardBounce': 7,
  'bounce/SoftBounce': 5,
  'bounce/Transient': 1,
  'bounce/SpamComplaint': 1,
  opens: 400,
  uniqueOpens: 200,
  withClient: 150,
  withPlatform: 180,
  'openPlatform/Desktop': 80,
  'openPlatform/Mobile': 100,
  'openPlatform/WebMail': 15,
  'openClient/Apple Mail': 90,
  'openClient/Outlook 2019': 30,
  'openClient/Gmail': 30,
  clicks: 60,
  uniqueClicks: 50,
  'clickBrowser/Chrome': 30,
  'clickBrowser/Safari': 20,
  'clickPlatform/Desktop': 25,
  'clickPlatform/Mobile': 25,
  'clickLocation/HTML': 48,
  'clickLocation/Text': 2,
};
