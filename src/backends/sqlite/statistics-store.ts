// statistics.sqlite: sums per server, tag, Eastern day and stream, and how far each log is counted.
//
// Promises: those of the port. Rows with an empty tag hold the sums of all mail, so a year of a server without a tag is read
// from one stretch of the key, however many tags there are; so is a year of one tag. synchronous=NORMAL in WAL mode: the logs
// are synced and are read again from the cursors, which go back with the sums. The file is not made from the index and is
// never purged; lost, it is filled again as far as the logs reach back.
import { addCounts, addInto, OTHER_TAGS, type Counts } from '../../domain/statistics.ts';
import type { LogName } from '../../ports/activity-index.ts';
import { CursorMoved } from '../../ports/activity-index.ts';
import {
  FIRSTS_KEPT_DAYS,
  STATISTICS_LIMITS,
  type Counted,
  type CountedBatch,
  type DayCounts,
  type First,
  type StatisticsFilter,
  type StatisticsLimits,
  type StatisticsStore,
} from '../../ports/statistics.ts';
import { openDatabase, type Connection, type Schema, type Statement } from './database.ts';

export const STATISTICS_SCHEMA: Schema = {
  name: 'the file of the statistics',
  migrations: [
    `
-- tag is empty in the sums of all mail. counts is JSON, by measure.
create table day_counts (
  server_id integer not null,
  tag text not null,
  day text not null,
  stream_id text not null,
  counts text not null,
  primary key (server_id, tag, day, stream_id)
) strict, without rowid;

-- How many tags have rows of their own.
create table day_tags (
  server_id integer not null,
  day text not null,
  tags integer not null,
  primary key (server_id, day)
) strict, without rowid;

-- What counts once and was counted: the day on which its message was accepted, and a hash.
create table first (
  day integer not null,
  hash text not null,
  primary key (day, hash)
) strict, without rowid;

create table cursor (
  log integer primary key,
  seq integer not null
) strict;
`,
  ],
};

const CACHE_KIB = 4096;
const CHECKPOINT_PAGES = 1000;
const BUSY_TIMEOUT_MS = 5000;

export function openStatisticsStore(file: string, limits: StatisticsLimits = STATISTICS_LIMITS): StatisticsStore {
  const db = openDatabase({
    file,
    schema: STATISTICS_SCHEMA,
    cacheKiB: CACHE_KIB,
    checkpointPages: CHECKPOINT_PAGES,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  db.pragma('synchronous = NORMAL');
  const sql = statements(db);
  const cursor = (log: LogName): number => Number(sql.cursor.get(log.number) ?? 0);
  const add = db.transaction(({ log, after, upTo, counted, firsts = [] }: CountedBatch): void => {
    const at = cursor(log);
    if (at !== after) throw new CursorMoved(`the statistics of log ${log.id} are at ${at}, not at ${after}`);
    for (const one of counted) count(sql, one, limits);
    if (firsts.length > 0) keepFirsts(sql, firsts);
    sql.setCursor.run(log.number, upTo);
  });
  return {
    cursor: async (log) => cursor(log),
    uncounted: async (firsts) => firsts.filter(({ day, hash }) => sql.hasFirst.get(day, hash) === undefined),
    add: async (batch) => add.immediate(batch),
    dailyCounts: async (filter) => dailyCounts(sql, filter),
    close: async () => void db.close(),
  };
}

type Statements = ReturnType<typeof statements>;

function count(sql: Statements, one: Counted, limits: StatisticsLimits): void {
  addTo(sql, one, '');
  if (one.tag !== '') addTo(sql, one, placeOf(sql, one, limits));
}

function addTo(sql: Statements, { serverId, day, streamId, counts }: Counted, tag: string): void {
  const key = [serverId, tag, day, streamId];
  const kept = sql.counts.get(...key) as string | undefined;
  const sum = kept === undefined ? counts : addCounts(JSON.parse(kept) as Counts, counts);
  sql.setCounts.run(...key, JSON.stringify(sum));
}

/** The tag itself where it has rows on that day, or there is room for it. */
function placeOf(sql: Statements, { serverId, day, tag }: Counted, { tagsADay }: StatisticsLimits): string {
  if (tag === OTHER_TAGS || sql.hasTag.get(serverId, tag, day) !== undefined) return tag;
  const tags = Number(sql.tags.get(serverId, day) ?? 0);
  if (tags >= tagsADay) return OTHER_TAGS;
  sql.setTags.run(serverId, day, tags + 1);
  return tag;
}

/** A bounded part of those that are too old goes each time. */
function keepFirsts(sql: Statements, firsts: readonly First[]): void {
  for (const { day, hash } of firsts) sql.addFirst.run(day, hash);
  sql.forgetFirsts.run(Number(sql.newestFirst.get()) - FIRSTS_KEPT_DAYS, FORGOTTEN_AT_ONCE);
}

const FORGOTTEN_AT_ONCE = 2000;

function dailyCounts(sql: Statements, filter: StatisticsFilter): readonly DayCounts[] {
  const { serverId, streamId, tag = '', from = FIRST_DAY, to = LAST_DAY } = filter;
  const rows =
    streamId === undefined
      ? sql.days.iterate(serverId, tag, from, to)
      : sql.daysOfStream.iterate(serverId, tag, from, to, streamId);
  const days = new Map<string, Record<string, number>>();
  for (const [day, json] of rows as Iterable<readonly [day: string, counts: string]>) {
    const counts = JSON.parse(json) as Record<string, number>;
    const sum = days.get(day);
    if (sum === undefined) days.set(day, counts);
    else addInto(sum, counts);
  }
  return [...days].map(([day, counts]) => ({ day, counts }));
}

const FIRST_DAY = '';
const LAST_DAY = '9999-99-99';

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  const days = 'select day, counts from day_counts where server_id = ? and tag = ? and day between ? and ?';
  return {
    cursor: prepare('select seq from cursor where log = ?').pluck(),
    setCursor: prepare('insert into cursor values (?, ?) on conflict do update set seq = excluded.seq'),
    counts: prepare(
      'select counts from day_counts where server_id = ? and tag = ? and day = ? and stream_id = ?',
    ).pluck(),
    setCounts: prepare('insert or replace into day_counts values (?, ?, ?, ?, ?)'),
    hasTag: prepare('select 1 from day_counts where server_id = ? and tag = ? and day = ? limit 1').pluck(),
    tags: prepare('select tags from day_tags where server_id = ? and day = ?').pluck(),
    setTags: prepare('insert or replace into day_tags values (?, ?, ?)'),
    hasFirst: prepare('select 1 from first where day = ? and hash = ?').pluck(),
    addFirst: prepare('insert into first values (?, ?) on conflict do nothing'),
    newestFirst: prepare('select max(day) from first').pluck(),
    forgetFirsts: prepare(
      `delete from first where (day, hash) in (select day, hash from first where day < ? order by day, hash limit ?)`,
    ),
    days: prepare(`${days} order by day`).raw(),
    daysOfStream: prepare(`${days} and stream_id = ? order by day`).raw(),
  };
}
