// guards.sqlite: what the guards have counted, their verdicts, and how far they have read each log.
//
// Promises: those of the port. synchronous=NORMAL in WAL mode, because the logs are synced and are read again from the
// cursors, which go back with the counts. A file that is lost is filled again from the logs.
import type { KeptWindows } from '../../domain/guard-windows.ts';
import type { ServerId, StreamId } from '../../lib/ids.ts';
import type { GuardChanges, GuardMemory, GuardNote, GuardStore } from '../../ports/guard-store.ts';
import { openDatabase, type Connection, type Schema, type Statement } from './database.ts';

export const GUARD_SCHEMA: Schema = {
  name: 'the file of the guards',
  migrations: [
    `
-- data is JSON: buckets of counts.
create table guard_window (
  server_id integer not null,
  stream_id text not null,
  provider text not null,
  data text not null,
  primary key (server_id, stream_id, provider)
) strict, without rowid;

-- data is JSON: the verdict and what was said of it.
create table guard_note (
  server_id integer not null,
  stream_id text not null,
  data text not null,
  primary key (server_id, stream_id)
) strict, without rowid;

create table guard_cursor (
  log text primary key,
  seq integer not null
) strict, without rowid;
`,
  ],
};

const CACHE_KIB = 512;
const CHECKPOINT_PAGES = 500;
const BUSY_TIMEOUT_MS = 5000;

export function openGuardStore(file: string): GuardStore {
  const db = openDatabase({
    file,
    schema: GUARD_SCHEMA,
    cacheKiB: CACHE_KIB,
    checkpointPages: CHECKPOINT_PAGES,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  db.pragma('synchronous = NORMAL');
  return new SqliteGuardStore(db);
}

class SqliteGuardStore implements GuardStore {
  readonly #db: Connection;
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = statements(db);
  }

  async load(): Promise<GuardMemory> {
    const windows = this.#sql.windows.all() as WindowRow[];
    const notes = this.#sql.notes.all() as Row[];
    const cursors = this.#sql.cursors.all() as { log: string; seq: number }[];
    return {
      windows: windows.map((row) => ({
        ...keyOf(row),
        provider: row.provider,
        windows: JSON.parse(row.data) as KeptWindows,
      })),
      notes: notes.map((row) => ({ ...keyOf(row), ...readNote(row.data) })),
      cursors: new Map(cursors.map(({ log, seq }) => [log, seq])),
    };
  }

  async save({ cleared, dropped, windows, notes, cursors }: GuardChanges): Promise<void> {
    const sql = this.#sql;
    this.#db
      .transaction(() => {
        for (const { serverId, streamId } of cleared) sql.clear.run(serverId, streamId);
        for (const { serverId, streamId, provider } of dropped) sql.drop.run(serverId, streamId, provider);
        for (const row of windows) {
          sql.setWindows.run(row.serverId, row.streamId, row.provider, JSON.stringify(row.windows));
        }
        for (const { serverId, streamId, ...note } of notes) sql.setNote.run(serverId, streamId, JSON.stringify(note));
        for (const [log, seq] of cursors) sql.setCursor.run(log, seq);
      })
      .immediate();
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}

interface Row {
  readonly server_id: number;
  readonly stream_id: string;
  readonly data: string;
}

interface WindowRow extends Row {
  readonly provider: string;
}

type NoteData = Omit<GuardNote, 'serverId' | 'streamId'>;

function keyOf(row: Row): { serverId: ServerId; streamId: StreamId } {
  return { serverId: row.server_id as ServerId, streamId: row.stream_id as StreamId };
}

function readNote(data: string): NoteData {
  // JSON leaves out what is undefined.
  const { bulkLike, ...rest } = JSON.parse(data) as NoteData;
  return { ...rest, bulkLike };
}

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    windows: prepare('select * from guard_window order by server_id, stream_id, provider'),
    notes: prepare('select * from guard_note order by server_id, stream_id'),
    cursors: prepare('select * from guard_cursor order by log'),
    clear: prepare('delete from guard_window where server_id = ? and stream_id = ?'),
    drop: prepare('delete from guard_window where server_id = ? and stream_id = ? and provider = ?'),
    setWindows: prepare(
      'insert or replace into guard_window (server_id, stream_id, provider, data) values (?, ?, ?, ?)',
    ),
    setNote: prepare('insert or replace into guard_note (server_id, stream_id, data) values (?, ?, ?)'),
    setCursor: prepare('insert or replace into guard_cursor (log, seq) values (?, ?)'),
  };
}
