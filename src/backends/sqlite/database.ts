// Opens SQLite files the way Bulkhead needs them: WAL, synchronous=FULL (a commit is on disk when it returns), bounded
// caches, files that only their owner can read, and the schema brought up to date.
//
// Promises: migrations run once, in one transaction, also when several threads and processes open a new file together; a file
// of a newer version is refused and not touched. Leaves to others: what is in the tables.
import Database from 'better-sqlite3';
import { closeSync, openSync } from 'node:fs';

export type Connection = Database.Database;
export type Statement<Params extends unknown[] = unknown[]> = Database.Statement<Params>;

/** One kind of file. The number of migrations that have run is the file's `user_version`. */
export interface Schema {
  /** What the file is, for messages to people. */
  readonly name: string;
  /** SQL, one entry a version; entries are never changed once released. */
  readonly migrations: readonly string[];
}

export interface OpenOptions {
  readonly file: string;
  readonly schema: Schema;
  /** Upper bound of the page cache in KiB. */
  readonly cacheKiB: number;
  /** Pages in the WAL before a commit also moves them into the file, which takes a few milliseconds per thousand. */
  readonly checkpointPages: number;
  /** How long a statement waits for another connection's write before it fails. */
  readonly busyTimeoutMs: number;
}

export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew';
}

const OWNER_ONLY = 0o600;
/** 4 KB messages take 1.25 pages of this size; larger pages were no faster in groups and slower for single messages. */
const PAGE_BYTES = 4096;
/** A WAL that grew in a burst or under a long read is cut back to this after its next checkpoint. */
const WAL_KEEP_BYTES = 32 * 1024 * 1024;

export function openDatabase(options: OpenOptions): Connection {
  makeForOwnerOnly(options.file);
  const db = new Database(options.file, { timeout: options.busyTimeoutMs });
  try {
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma(`wal_autocheckpoint = ${options.checkpointPages}`);
    db.pragma(`journal_size_limit = ${WAL_KEEP_BYTES}`);
    db.pragma('temp_store = MEMORY');
    db.pragma(`cache_size = ${-options.cacheKiB}`);
    migrate(db, options.schema);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** SQLite gives its -wal and -shm files the mode of the main file, so that one is made first. */
export function makeForOwnerOnly(file: string): void {
  closeSync(openSync(file, 'a', OWNER_ONLY));
}

/** A connection that only reads; the file must exist and be of the schema's version. */
export function openReadOnly(file: string, schema: Schema, cacheKiB: number): Connection {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: READ_TIMEOUT_MS });
  try {
    db.pragma(`cache_size = ${-cacheKiB}`);
    const version = versionOf(db, schema);
    if (version < schema.migrations.length) {
      throw new Error(`${schema.name} ${file} is of version ${version} and was not brought up to date yet`);
    }
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Readers of a WAL wait only while another connection recovers the file after a crash. */
const READ_TIMEOUT_MS = 5000;

function migrate(db: Connection, schema: Schema): void {
  if (versionOf(db, schema) === schema.migrations.length) return;
  db.transaction(() => {
    // Another process may have been first while this one waited for the write lock.
    for (const sql of schema.migrations.slice(versionOf(db, schema))) db.exec(sql);
    db.pragma(`user_version = ${schema.migrations.length}`);
  }).immediate();
}

function versionOf(db: Connection, schema: Schema): number {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > schema.migrations.length) {
    throw new SchemaTooNew(
      `${schema.name} ${db.name} is of version ${version}, but this release knows only ${schema.migrations.length}; ` +
        `start the newer release again, or restore the copy from before it`,
    );
  }
  return version;
}

/** The schema as SQL text, statements in order of name: what is checked in beside the migrations. */
export function dumpSchema(db: Connection): string {
  const rows = db.prepare(
    "select sql from sqlite_schema where sql is not null and name not like 'sqlite_%' order by name",
  );
  return rows
    .pluck()
    .all()
    .map((sql) => `${String(sql)};\n`)
    .join('\n');
}

const UNAVAILABLE = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|BUSY|LOCKED|NOMEM|CORRUPT|NOTADB|PROTOCOL|PERM|AUTH)/;

/** True where the disk or the file is the trouble and not what was to be written. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Database.SqliteError && UNAVAILABLE.test(error.code);
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(error.code);
}
