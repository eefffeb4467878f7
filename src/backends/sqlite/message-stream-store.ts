// The life of message streams in control.sqlite, over the connection of the control store.
//
// Promises: those of the port; each change is one durable transaction that takes the write lock before it reads.
import { homePool } from '../../domain/pool.ts';
import { MAX_STREAMS, MAX_STREAMS_KEPT, PURGE_AFTER_MS, type Stream } from '../../domain/stream.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ServerId, StreamId } from '../../lib/ids.ts';
import type { StreamKey } from '../../ports/lane-queue.ts';
import type {
  CreatedStream,
  MessageStreamStore,
  NewStream,
  StreamEdit,
  UnarchivedStream,
} from '../../ports/message-stream-store.ts';
import { readStream, type StreamRow } from './control-rows.ts';
import type { Connection, Statement } from './database.ts';

export class SqliteMessageStreamStore implements MessageStreamStore {
  readonly #db: Connection;
  readonly #clock: Clock;
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#sql = statements(db);
  }

  async create(stream: NewStream): Promise<CreatedStream> {
    const { serverId, id, name, kind, description, unsubscribeHandling } = stream;
    return this.#write((): CreatedStream => {
      if (this.#find(serverId, id) !== undefined) return { kind: 'taken' };
      if (this.#isFull(serverId)) return { kind: 'full' };
      const pool = (this.#sql.serverPool.get(serverId, kind) as string | undefined) ?? homePool(kind).id;
      const more = [pool, description ?? null, unsubscribeHandling];
      this.#sql.add.run(serverId, id, name, kind, this.#clock.now(), ...more);
      this.#sql.forget.run(serverId, id);
      return { kind: 'created', stream: this.#find(serverId, id) as Stream };
    });
  }

  async edit(serverId: ServerId, id: StreamId, edit: StreamEdit): Promise<Stream | undefined> {
    return this.#write(() => {
      const stream = this.#find(serverId, id);
      if (stream === undefined) return undefined;
      const { name, description, unsubscribeHandling } = { ...stream, ...edit };
      this.#sql.edit.run(name, description ?? null, unsubscribeHandling, this.#clock.now(), serverId, id);
      return this.#find(serverId, id);
    });
  }

  async archive(serverId: ServerId, id: StreamId, at: number): Promise<Stream | undefined> {
    return this.#write(() => {
      this.#sql.archive.run(at, serverId, id);
      return this.#find(serverId, id);
    });
  }

  async unarchive(serverId: ServerId, id: StreamId, now: number): Promise<UnarchivedStream> {
    return this.#write((): UnarchivedStream => {
      const stream = this.#find(serverId, id);
      if (stream === undefined)
        return { kind: this.#sql.wasPurged.get(serverId, id) === undefined ? 'missing' : 'late' };
      if (stream.archivedAt === undefined) return { kind: 'live', stream };
      if (stream.archivedAt + PURGE_AFTER_MS <= now) return { kind: 'late' };
      if ((this.#sql.live.get(serverId) as number) >= MAX_STREAMS) return { kind: 'full' };
      this.#sql.unarchive.run(serverId, id);
      return { kind: 'live', stream: this.#find(serverId, id) as Stream };
    });
  }

  async purge(before: number, limit: number): Promise<readonly StreamKey[]> {
    return this.#write(() => {
      const due = this.#sql.due.all(before, limit) as StreamKey[];
      for (const { serverId, streamId } of due) this.#delete(serverId, streamId);
      return due;
    });
  }

  #delete(serverId: ServerId, id: StreamId): void {
    for (const statement of this.#sql.ofStream) statement.run(serverId, id);
    this.#sql.revokeTokens.run(this.#clock.now(), serverId, id);
    this.#sql.remember.run(serverId, id, this.#clock.now());
  }

  #find(serverId: ServerId, id: StreamId): Stream | undefined {
    const row = this.#sql.stream.get(serverId, id) as StreamRow | undefined;
    return row && readStream(row);
  }

  #isFull(serverId: ServerId): boolean {
    const live = this.#sql.live.get(serverId) as number;
    return live >= MAX_STREAMS || (this.#sql.all.get(serverId) as number) >= MAX_STREAMS_KEPT;
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    stream: prepare('select * from stream where server_id = ? and id = ?'),
    live: prepare('select count(*) from stream where server_id = ? and archived_at is null').pluck(),
    all: prepare('select count(*) from stream where server_id = ?').pluck(),
    serverPool: prepare('select pool from server_pool where server_id = ? and kind = ?').pluck(),
    add: prepare(
      `insert into stream (server_id, id, name, kind, created_at, pool, description, unsubscribe_handling)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    edit: prepare(
      `update stream set name = ?, description = ?, unsubscribe_handling = ?, updated_at = ?
       where server_id = ? and id = ?`,
    ),
    archive: prepare('update stream set archived_at = ? where server_id = ? and id = ? and archived_at is null'),
    unarchive: prepare('update stream set archived_at = null where server_id = ? and id = ?'),
    due: prepare(
      `select server_id as "serverId", id as "streamId" from stream where archived_at < ?
         and not exists (select 1 from hold where hold.server_id = stream.server_id and hold.stream_id = stream.id)
       order by archived_at limit ?`,
    ),
    ofStream: [
      prepare(
        `delete from webhook_tally where webhook_id in
           (select id from webhook where server_id = ? and stream_id = ?)`,
      ),
      prepare('delete from webhook where server_id = ? and stream_id = ?'),
      prepare('delete from suppression where server_id = ? and stream_id = ?'),
      prepare('delete from resumption where server_id = ? and stream_id = ?'),
      prepare('delete from stream where server_id = ? and id = ?'),
    ],
    revokeTokens: prepare(
      'update token set revoked_at = ? where server_id = ? and stream_id = ? and revoked_at is null',
    ),
    remember: prepare('insert into purged_stream (server_id, id, at) values (?, ?, ?) on conflict do nothing'),
    wasPurged: prepare('select 1 from purged_stream where server_id = ? and id = ?'),
    forget: prepare('delete from purged_stream where server_id = ? and id = ?'),
  };
}
