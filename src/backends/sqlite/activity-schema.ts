// The tables of activity.sqlite, and how a file of the index is opened. Messages are not in this file but in one for each day
// (activity-day-schema): here are bounces, openings, clicks and inbound mail, which are fewer, and the cursors.
//
// synchronous=NORMAL in WAL mode: a power cut may take back the newest commits of a file, whole and in order, but of each file
// its own. So a cursor has two values: what was applied, and what is known to be on disk in all files (`synced`). A start
// begins at the second; what is read twice changes nothing.
//
// `server_id` leads every key. What happens to a message is kept by (server, message id), not by the message's number,
// because logs are read side by side and a late bounce may be read before the message itself. Columns named `…_key` hold
// lower-case text.
import Database from 'better-sqlite3';
import { LATER_TABLES } from './activity-schema-later.ts';
import { makeForOwnerOnly } from './database.ts';

export type Db = Database.Database;

export const IN_MEMORY = ':memory:';

export interface ActivityFile {
  /** Or `IN_MEMORY`. */
  readonly path: string;
  readonly steps: IndexSteps;
  readonly cacheKiB: number;
}

export interface IndexSteps {
  /** The version that the first of them makes. A file that is older is emptied, and the logs fill it again. */
  readonly since: number;
  /** SQL, one entry a version; what was released stays as it is. */
  readonly steps: readonly string[];
}

const BUSY_TIMEOUT_MS = 5000;
const CACHE_KIB = 4 * 1024;
/** Pages between checkpoints: fewer, larger ones leave the disk to those who wait for it. */
const CHECKPOINT_PAGES = 4000;

export function openActivityFile(path: string): Db {
  return openIndexFile({ path, steps: MAIN_STEPS, cacheKiB: CACHE_KIB });
}

/** Brings an older file up to date. Throws for one of a later release; the operator may delete it, the logs fill it again. */
export function openIndexFile({ path, steps, cacheKiB }: ActivityFile): Db {
  if (path !== IN_MEMORY) makeForOwnerOnly(path);
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma('temp_store = MEMORY');
  db.pragma(`cache_size = -${cacheKiB}`);
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const version = Number(db.pragma('user_version', { simple: true }));
  const newest = steps.since + steps.steps.length - 1;
  if (version > newest) {
    db.close();
    throw new Error(`${path} has schema version ${version}, and this release knows ${newest}`);
  }
  if (version < newest) bringUpToDate(db, steps, version);
  return db;
}

function bringUpToDate(db: Db, { since, steps }: IndexSteps, version: number): void {
  db.transaction(() => {
    if (version < since) {
      const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck();
      for (const name of tables.all() as string[]) db.exec(`DROP TABLE "${name}"`);
    }
    for (const step of steps.slice(Math.max(0, version - since + 1))) db.exec(step);
    db.pragma(`user_version = ${since + steps.length - 1}`);
  })();
}

const MAIN_TABLES = `
CREATE TABLE cursor (
  log INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  synced INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE day (
  day INTEGER PRIMARY KEY,       -- whole days since 1970, UTC
  sealed INTEGER NOT NULL        -- 1 once all of its tiles are
) STRICT;

CREATE TABLE bounce (
  id INTEGER PRIMARY KEY,
  server_id INTEGER NOT NULL,
  stream_id TEXT NOT NULL,
  message_id BLOB NOT NULL,
  type TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  details TEXT NOT NULL,
  report TEXT NOT NULL,
  returned BLOB,                 -- the report that came back by mail, as it came; null where none did
  bounced_at INTEGER NOT NULL,
  inactive INTEGER NOT NULL,     -- 1 while it keeps the address suppressed
  tag TEXT,                      -- these three are null where the message came later
  sender TEXT,
  subject TEXT
) STRICT;
CREATE INDEX bounce_by_stream ON bounce (server_id, stream_id, bounced_at);
CREATE INDEX bounce_by_type ON bounce (server_id, type, bounced_at);
CREATE INDEX bounce_by_message ON bounce (server_id, message_id);
CREATE INDEX bounce_inactive ON bounce (server_id, stream_id, email_key) WHERE inactive = 1;

CREATE TABLE reactivated (
  server_id INTEGER NOT NULL,
  stream_id TEXT NOT NULL,
  email_key TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (server_id, stream_id, email_key)
) STRICT, WITHOUT ROWID;
`;

/** Before it the index was one file. */
const MAIN_STEPS: IndexSteps = { since: 5, steps: [MAIN_TABLES + LATER_TABLES] };
