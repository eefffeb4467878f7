// The files of the activity index that hold messages: one for each day on which messages were accepted (UTC), which the id
// of a message tells (UUID version 7, RFC 9562 section 5.7).
//
// Promises: a day that retention has ended goes with its file, at once, however much is in it; few files are open at a time; a
// file that somebody took away is noticed at the next start, and the cursors go back so that the logs fill it again.
// Leaves the rows to others, and so the transactions: `forWriting` may be called inside one of the main file.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_STEPS } from './activity-day-schema.ts';
import { IN_MEMORY, openIndexFile, type Db } from './activity-schema.ts';
import { keepStatements, type KeptStatements } from './kept-statements.ts';

export interface DayFile extends KeptStatements {
  /** Whole days since 1970, UTC. */
  readonly day: number;
  readonly db: Db;
}

export interface ActivityDays {
  /** Undefined where nothing of the message's day is kept. */
  of(id: Buffer): DayFile | undefined;
  /** The file is made where there is none; undefined for a day that was dropped. */
  forWriting(id: Buffer): DayFile | undefined;
  /** Before a day is written to that was not opened for writing. */
  changed(day: number): void;
  /** Unix ms, both inclusive; all days without. */
  newestFirst(times?: { readonly from?: number | undefined; readonly to?: number | undefined }): Iterable<DayFile>;
  /** Days that have, or may have, tiles to be sealed, newest first. */
  unsealed(): Iterable<DayFile>;
  setSealed(day: number): void;
  /** Says how many days went that were over before that time. */
  dropBefore(time: number): number;
  /** What was written is on disk afterwards. Files that nobody asked for since the last time but one are closed. */
  sync(): void;
  close(): void;
}

export interface DaysOptions {
  /** The main file of the index. */
  readonly main: Db;
  /** Made with the first day; or `IN_MEMORY`. */
  readonly folder: string;
  readonly limits?: Partial<DaysLimits>;
}

export interface DaysLimits {
  /** Files open at a time. */
  readonly open: number;
  /** Page cache of a file that is written to, and of one that is only read, at most. */
  readonly cacheKiB: number;
  readonly readCacheKiB: number;
}

export const DAYS_LIMITS: DaysLimits = { open: 100, cacheKiB: 6 * 1024, readCacheKiB: 512 };

export const DAY_MS = 86_400_000;

export function dayAt(time: number): number {
  return Math.floor(time / DAY_MS);
}

export function dayOf(id: Buffer): number {
  return dayAt(id.readUIntBE(0, 6));
}

interface OpenFile extends DayFile {
  /** Since the last `sync`. */
  isUsed: boolean;
  isWritten: boolean;
}

export function openActivityDays({ main, folder, limits: given }: DaysOptions): ActivityDays {
  const limits = { ...DAYS_LIMITS, ...given };
  const inMemory = folder === IN_MEMORY;
  const rows = {
    all: main.prepare('SELECT day, sealed FROM day'),
    put: main.prepare('INSERT INTO day VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed'),
    remove: main.prepare('DELETE FROM day WHERE day = ?'),
  };
  /** By day, whether it is sealed. */
  const known = new Map<number, boolean>();
  /** The one that was used last comes last. */
  const files = new Map<number, OpenFile>();
  let keptSince = -Infinity;

  function findFiles(): void {
    const onDisk = new Set(!inMemory && existsSync(folder) ? readdirSync(folder).flatMap(dayOfFile) : []);
    const stored = rows.all.all() as { day: number; sealed: number }[];
    for (const { day, sealed } of stored) if (onDisk.has(day)) known.set(day, sealed === 1);
    const gone = stored.filter(({ day }) => !onDisk.has(day));
    main.transaction(() => {
      for (const day of onDisk) if (!known.has(day)) note(day, false);
      for (const { day } of gone) rows.remove.run(day);
      if (gone.length > 0) main.exec('UPDATE cursor SET seq = 0, synced = 0');
    })();
  }

  function note(day: number, isSealed: boolean): void {
    known.set(day, isSealed);
    rows.put.run(day, isSealed ? 1 : 0);
  }

  function open(day: number): OpenFile {
    const there = files.get(day);
    if (there !== undefined) files.delete(day);
    else makeRoom();
    const file = there ?? openFile(day);
    file.isUsed = true;
    files.set(day, file);
    return file;
  }

  function openFile(day: number): OpenFile {
    if (!inMemory) mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
    const path = inMemory ? IN_MEMORY : pathOf(folder, day);
    const db = openIndexFile({ path, steps: DAY_STEPS, cacheKiB: limits.readCacheKiB });
    return { day, db, ...keepStatements(db), isUsed: true, isWritten: false };
  }

  function change(day: number): OpenFile {
    const file = open(day);
    if (known.get(day) !== false) note(day, false);
    if (!file.isWritten) file.db.pragma(`cache_size = -${limits.cacheKiB}`);
    file.isWritten = true;
    return file;
  }

  function makeRoom(): void {
    if (inMemory || files.size < limits.open) return;
    const idle = [...files.values()].find(({ db }) => !db.inTransaction);
    if (idle !== undefined) closeFile(idle);
  }

  /** What SQLite has not moved from a file's WAL yet is moved, and synced, when the file is closed. */
  function closeFile(file: OpenFile): void {
    files.delete(file.day);
    file.db.close();
  }

  function drop(day: number): void {
    known.delete(day);
    rows.remove.run(day);
    // On disk before the file goes: the other way round its day would look like one that was taken away.
    main.pragma('wal_checkpoint(PASSIVE)');
    const file = files.get(day);
    if (file !== undefined) closeFile(file);
    if (!inMemory) for (const suffix of ['', '-wal', '-shm']) rmSync(pathOf(folder, day) + suffix, { force: true });
  }

  function* walk(isWanted: (day: number) => boolean): Generator<DayFile> {
    const days = [...known.keys()].filter(isWanted);
    for (const day of days.sort((one, other) => other - one)) yield open(day);
  }

  findFiles();
  return {
    of: (id) => (known.has(dayOf(id)) ? open(dayOf(id)) : undefined),
    forWriting(id) {
      const day = dayOf(id);
      if (day < keptSince) return undefined;
      return change(day);
    },
    changed: (day) => void change(day),
    newestFirst: ({ from = -Infinity, to = Infinity } = {}) =>
      walk((day) => day >= dayAt(from) - SLACK && day <= dayAt(to) + SLACK),
    unsealed: () => walk((day) => known.get(day) === false),
    setSealed: (day) => note(day, true),
    dropBefore(time) {
      keptSince = Math.max(keptSince, dayAt(time));
      const over = [...known.keys()].filter((day) => day < keptSince);
      over.forEach(drop);
      return over.length;
    },
    sync() {
      for (const file of [...files.values()]) {
        if (file.isWritten) file.db.pragma('wal_checkpoint(PASSIVE)');
        else if (!file.isUsed && !inMemory) closeFile(file);
        file.isWritten = false;
        file.isUsed = false;
      }
    },
    close: () => [...files.values()].forEach(closeFile),
  };
}

/** An id is made a moment before or after the time that its message is said to have come. */
const SLACK = 1;
const OWNER_ONLY = 0o700;
function pathOf(folder: string, day: number): string {
  return join(folder, `${new Date(day * DAY_MS).toISOString().slice(0, 10)}.sqlite`);
}

/** One day, or none where the file is another. */
function dayOfFile(name: string): number[] {
  const date = /^(\d{4}-\d{2}-\d{2})\.sqlite$/.exec(name)?.[1];
  return date === undefined ? [] : [dayAt(Date.parse(date))];
}
