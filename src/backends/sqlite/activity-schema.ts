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
import { DAYS_TAKE_OVER, LATER_TABLES } from './activity-schema-later.ts';
import { makeForOwnerOnly } from './database.ts';

export type Db = Database.Database;

export const IN_MEMORY = ':memory:';

export interface ActivityFile {
  /** Or `IN_MEMORY`. */
  readonly path: string;
  /** SQL, one entry a version; what was released stays as it is. */
  readonly steps: readonly string[];
  readonly cacheKiB: number;
}

const BUSY_TIMEOUT_MS = 5000;
const CACHE_KIB = 4 * 1024;
/** Pages between checkpoints: fewer, larger ones leave the disk to those who wait for it. */
const CHECKPOINT_PAGES = 4000;

export function openActivityFile(path: string): Db {
  return openIndexFile({ path, steps: ACTIVITY_STEPS, cacheKiB: CACHE_KIB });
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
  if (version > steps.length) {
    db.close();
    throw new Error(`${path} has schema version ${version}, and this release knows ${steps.length}`);
  }
  if (version < steps.length) bringUpToDate(db, steps, version);
  return db;
}

function bringUpToDate(db: Db, steps: readonly string[], version: number): void {
  db.transaction(() => {
    for (const step of steps.slice(version)) db.exec(step);
    db.pragma(`user_version = ${steps.length}`);
  })();
}

const TABLES = `
CREATE TABLE cursor (
  log INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT;

CREATE TABLE message (
  number INTEGER PRIMARY KEY,    -- counts up
  server_id INTEGER NOT NULL,
  id BLOB NOT NULL,              -- the 16 bytes of the UUID
  stream_id TEXT NOT NULL,
  log INTEGER NOT NULL,          -- number of the log that holds the body
  received_at INTEGER NOT NULL,  -- Unix ms, as all times here
  from_key TEXT NOT NULL,
  tag TEXT,                      -- null where there is none
  subject_key TEXT NOT NULL,
  pending INTEGER NOT NULL,      -- a bit per recipient that is not finished; 0 is 'Sent'
  size INTEGER NOT NULL,
  sender TEXT NOT NULL,
  shown TEXT NOT NULL            -- JSON: what is shown and never searched
) STRICT;
CREATE UNIQUE INDEX message_by_id ON message (server_id, id);
CREATE INDEX message_by_stream ON message (server_id, stream_id, received_at);
CREATE INDEX message_by_from ON message (server_id, stream_id, from_key, received_at);
CREATE INDEX message_by_tag ON message (server_id, stream_id, tag, received_at) WHERE tag IS NOT NULL;
CREATE INDEX message_queued ON message (server_id, stream_id, received_at) WHERE pending <> 0;

CREATE TABLE recipient (
  server_id INTEGER NOT NULL,
  slab INTEGER NOT NULL,         -- see activity-slab
  address_key TEXT NOT NULL,
  message INTEGER NOT NULL,      -- number of the message
  PRIMARY KEY (server_id, slab, address_key, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE metadata (
  server_id INTEGER NOT NULL,
  slab INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  message INTEGER NOT NULL,
  PRIMARY KEY (server_id, slab, name, value, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_event (
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  place INTEGER NOT NULL,
  shown TEXT NOT NULL,           -- JSON of a MessageEvent
  PRIMARY KEY (server_id, message_id, at, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused_source (
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  source BLOB NOT NULL,
  PRIMARY KEY (server_id, message_id)
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

CREATE TABLE captured (
  server_id INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  captured_at INTEGER NOT NULL,
  mail_from TEXT NOT NULL,
  rcpt_to TEXT NOT NULL,         -- JSON array
  prefix TEXT NOT NULL,
  PRIMARY KEY (server_id, message_id)
) STRICT;
CREATE INDEX captured_by_time ON captured (captured_at);
CREATE INDEX captured_by_server ON captured (server_id, captured_at);
CREATE INDEX captured_by_id ON captured (message_id);
`;

/** One a version; what was released stays as it is. */
export const ACTIVITY_STEPS: readonly string[] = [
  TABLES,
  // The report that came back by mail, as it came; null where none did.
  'ALTER TABLE bounce ADD COLUMN returned BLOB',
  // Messages whose content was erased because of one of their recipients; the others are still shown.
  `CREATE TABLE erased (
    server_id INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    PRIMARY KEY (server_id, message_id)
  ) STRICT, WITHOUT ROWID;`,
  LATER_TABLES,
  DAYS_TAKE_OVER,
];
