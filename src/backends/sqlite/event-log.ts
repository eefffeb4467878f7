// Events of a lane's file, read through a connection of their own (in another thread, beside the queue that writes), and
// the front log: a file of the same kind for events that belong to no lane.
//
// Promises: those of the port. Each read is one statement and holds no snapshot open afterwards, so the writer's WAL can
// always be cut. The front log may be written by several threads and processes.
import { GroupCommit } from '../../lib/group-commit.ts';
import type { Event, LoggedEvent } from '../../domain/event.ts';
import type { Message } from '../../domain/message.ts';
import type { MessageId } from '../../lib/ids.ts';
import type { EventLog, EventReader, MessageReader } from '../../ports/event-log.ts';
import type { Purgeable, PurgeRequest, Purged } from '../../ports/lane-queue.ts';
import { openDatabase, openReadOnly, type Connection, type Statement } from './database.ts';
import { eventRow, idBytes, readEvent, readMessage } from './lane-rows.ts';
import { LANE_SCHEMA } from './lane-schema.ts';
import { LaneStore, type Change } from './lane-store.ts';

const READ_CACHE_KIB = 2048;
const FRONT_CACHE_KIB = 1024;
const FRONT_CHECKPOINT_PAGES = 1000;
const BUSY_TIMEOUT_MS = 5000;
const GROUP_ITEMS = 256;
const GROUP_BYTES = 4 * 1024 * 1024;

/** Reads the events and bodies of a lane or of the front log; an empty one where there is no file yet. */
export function openEventReader(file: string): SqliteEventReader {
  // Whoever comes first makes the file, so that readers and owners may start in any order.
  openLaneFile(file).close();
  return new SqliteEventReader(openReadOnly(file, LANE_SCHEMA, READ_CACHE_KIB));
}

/** Opens the front log, or makes it. */
export function openEventLog(file: string): SqliteEventLog {
  return new SqliteEventLog(openLaneFile(file));
}

function openLaneFile(file: string): Connection {
  return openDatabase({
    file,
    schema: LANE_SCHEMA,
    cacheKiB: FRONT_CACHE_KIB,
    checkpointPages: FRONT_CHECKPOINT_PAGES,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
}

export class SqliteEventReader implements EventReader, MessageReader {
  readonly #db: Connection;
  readonly #read: Statement;
  readonly #latest: Statement;
  readonly #at: Statement;
  readonly #body: Statement;
  readonly #meta: Statement;

  constructor(db: Connection) {
    this.#db = db;
    this.#read = db
      .prepare<unknown[]>(
        `select event.seq, event.at, event.data, message.meta from event
           left join message on message.seq = event.message_seq
         where event.seq > ? order by event.seq limit ?`,
      )
      .raw();
    this.#at = db
      .prepare<unknown[]>(
        `select event.seq, event.at, event.data, message.meta from event
           left join message on message.seq = event.message_seq
         where event.seq in (select value from json_each(?)) order by event.seq`,
      )
      .raw();
    this.#latest = db.prepare<unknown[]>('select coalesce(max(seq), 0) from event').pluck();
    this.#body = db.prepare<unknown[]>('select body from message where id = ?').pluck();
    this.#meta = db.prepare<unknown[]>('select meta from message where id = ?').pluck();
  }

  async read(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    return logged(this.#read.all(after, limit) as StoredEvent[]);
  }

  async latest(): Promise<number> {
    return this.#latest.get() as number;
  }

  async at(seqs: readonly number[]): Promise<readonly LoggedEvent[]> {
    return logged(this.#at.all(JSON.stringify(seqs)) as StoredEvent[]);
  }

  async body(id: MessageId): Promise<Uint8Array | undefined> {
    return this.#body.get(idBytes(id)) as Uint8Array | undefined;
  }

  async message(id: MessageId): Promise<Message | undefined> {
    const meta = this.#meta.get(idBytes(id)) as string | undefined;
    return meta === undefined ? undefined : readMessage(meta);
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}

type StoredEvent = readonly [seq: number, at: number, data: string | null, meta: string | null];

function logged(rows: readonly StoredEvent[]): readonly LoggedEvent[] {
  return rows.map(([seq, at, data, meta]) => readEvent(seq, at, data, meta));
}

export class SqliteEventLog extends SqliteEventReader implements EventLog, Purgeable {
  readonly #store: LaneStore;
  readonly #group: GroupCommit<Change>;

  constructor(db: Connection) {
    super(db);
    this.#store = new LaneStore(db);
    this.#group = new GroupCommit<Change>({
      commit: (changes) => void this.#store.write(changes),
      retry: (changes) => changes.map((change) => [change]),
      sizeOf: (change) =>
        change.kind === 'events' ? change.events.reduce((sum, { data }) => sum + (data?.length ?? 0), 0) : 0,
      maxItems: GROUP_ITEMS,
      maxBytes: GROUP_BYTES,
    });
  }

  async append(events: readonly Event[]): Promise<void> {
    await this.#group.add({ kind: 'events', events: events.map(eventRow) });
  }

  /** Drops a bounded part of what is older than retention. */
  async purge(request: PurgeRequest): Promise<Purged> {
    return this.#store.purge(request);
  }

  override async close(): Promise<void> {
    await this.#group.close();
    await super.close();
  }
}
