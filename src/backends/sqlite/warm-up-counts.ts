// Counts of a lane's warming addresses, in a small file of their own beside the lane's: lanes/<lane>.warmup.sqlite.
//
// Promises: as the port says. A reader in another thread or process opens and closes it for one look; a lane that never
// warmed an address has no file.
import { existsSync } from 'node:fs';
import { ALL_PROVIDERS, type SentCount } from '../../domain/warm-up-budget.ts';
import type { WarmUpCounts } from '../../ports/warm-up-counts.ts';
import { openDatabase, openReadOnly, type Connection, type Schema } from './database.ts';

export const WARM_UP_SCHEMA: Schema = {
  name: 'the file of warm-up counts',
  migrations: [
    `
create table sent (
  day integer not null,
  ip text not null,
  provider text not null,
  recipients integer not null,
  primary key (day, ip, provider)
) strict, without rowid;
`,
  ],
};

/** Makes the file when something is written. */
export function openWarmUpCounts(file: string): WarmUpCounts {
  let db: Connection | undefined;
  return {
    read: async (day) => readWarmUpCounts(file, day),
    async write(counts) {
      const newest = Math.max(...counts.map((count) => count.day));
      if (counts.length === 0) return;
      db ??= openDatabase({ file, schema: WARM_UP_SCHEMA, ...SMALL });
      const put = db.prepare<[number, string, string, number]>(
        `insert into sent (day, ip, provider, recipients) values (?, ?, ?, ?)
         on conflict (day, ip, provider) do update set recipients = excluded.recipients`,
      );
      const forget = db.prepare<[number]>('delete from sent where day < ?');
      db.transaction(() => {
        for (const { day, ip, provider, recipients } of counts) put.run(day, ip, provider, recipients);
        forget.run(newest - KEPT_DAYS);
      }).immediate();
    },
    async close() {
      db?.close();
      db = undefined;
    },
  };
}

/** All of a day, from any thread or process; nothing where there is no file. */
export function readWarmUpCounts(file: string, day: number): readonly SentCount[] {
  const all = 'select ip, day, provider, recipients from sent where day = ?';
  return look(file, (db) => db.prepare(all).all(day) as SentCount[]) ?? [];
}

/** Recipients of an address on a day, of all providers; by one row, however many providers there are. */
export function sentInAll(file: string, { ip, day }: Pick<SentCount, 'ip' | 'day'>): number {
  const one = 'select recipients from sent where day = ? and ip = ? and provider = ?';
  return (look(file, (db) => db.prepare(one).pluck().get(day, ip, ALL_PROVIDERS)) as number | undefined) ?? 0;
}

function look<T>(file: string, read: (db: Connection) => T): T | undefined {
  if (!existsSync(file)) return undefined;
  const db = openReadOnly(file, WARM_UP_SCHEMA, SMALL.cacheKiB);
  try {
    return read(db);
  } finally {
    db.close();
  }
}

const KEPT_DAYS = 7;
const SMALL = { cacheKiB: 256, checkpointPages: 100, busyTimeoutMs: 5000 };
