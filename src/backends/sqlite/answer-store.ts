// Answers of requests with an `Idempotency-Key` in a SQLite file of its own.
//
// Promises: those of the port. Calls take some ten microseconds on the thread that accepts mail: commits write to the WAL and
// do not wait for the disk (synchronous=NORMAL), and checkpoints are made by another thread. The file can be deleted: then
// repeated requests are new ones.
import type { ServerId } from '../../lib/ids.ts';
import {
  ANSWER_LIMITS,
  CLAIM_BYTES,
  type AnswerKey,
  type AnswerLimits,
  type AnswerStore,
  type Claim,
  type KeptAnswer,
} from '../../ports/answer-store.ts';
import { ANSWER_SCHEMA } from './answer-schema.ts';
import { openDatabase, type Connection, type Statement } from './database.ts';

const CACHE_KIB = 2048;
const BUSY_TIMEOUT_MS = 1000;
/** A bound of the WAL for when the other thread is late with its checkpoints. */
const CHECKPOINT_PAGES = 8000;
/** For each claim that comes so many may go that are too old: the file ends up no larger than a day of them. */
const EXPIRED_AT_A_TIME = 3;

export function openAnswerStore(file: string, limits: AnswerLimits = ANSWER_LIMITS): SqliteAnswerStore {
  const db = openDatabase({
    file,
    schema: ANSWER_SCHEMA,
    cacheKiB: CACHE_KIB,
    checkpointPages: CHECKPOINT_PAGES,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  db.pragma('synchronous = NORMAL');
  return new SqliteAnswerStore(db, limits);
}

interface AnswerRow {
  readonly id: number;
  readonly server_id: ServerId;
  readonly at: number;
  readonly fingerprint: string;
  readonly seed: string;
  readonly status: number | null;
  readonly body: string | null;
  readonly bytes: number;
}

type Cost = Pick<AnswerRow, 'id' | 'server_id' | 'bytes'>;

export class SqliteAnswerStore implements AnswerStore {
  readonly #db: Connection;
  readonly #limits: AnswerLimits;
  readonly #sql: ReturnType<typeof statements>;
  /** Bytes kept, by server. */
  readonly #bytes: Map<ServerId, number>;
  #total: number;

  constructor(db: Connection, limits: AnswerLimits) {
    this.#db = db;
    this.#limits = limits;
    this.#sql = statements(db);
    this.#bytes = new Map(this.#sql.sums.all() as [ServerId, number][]);
    this.#total = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  async claim(of: AnswerKey, fresh: Omit<Claim, 'answer'>): Promise<Claim> {
    return this.#write(() => {
      this.#drop(this.#sql.expired.all(EXPIRED_AT_A_TIME, fresh.at - this.#limits.keptMs) as Cost[]);
      const known = this.#find(of);
      if (known !== undefined && known.at > fresh.at - this.#limits.keptMs) return claimOf(known);
      if (known !== undefined) this.#drop([known]);
      this.#sql.add.run(of.serverId, of.key, fresh.at, fresh.fingerprint, fresh.seed, CLAIM_BYTES);
      this.#count(of.serverId, CLAIM_BYTES);
      return { ...fresh, answer: undefined };
    });
  }

  async keep(of: AnswerKey, { status, body }: KeptAnswer): Promise<void> {
    this.#write(() => {
      const kept = this.#sql.keep.run(status, body, body.length, of.serverId, of.key);
      if (kept.changes === 1) this.#count(of.serverId, body.length);
    });
  }

  async release(of: AnswerKey): Promise<void> {
    this.#write(() => {
      const known = this.#find(of);
      if (known !== undefined) this.#drop([known]);
    });
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #find({ serverId, key }: AnswerKey): AnswerRow | undefined {
    return this.#sql.find.get(serverId, key) as AnswerRow | undefined;
  }

  /** Adds, and makes room by what is oldest. */
  #count(serverId: ServerId, bytes: number): void {
    this.#change(serverId, bytes);
    while ((this.#bytes.get(serverId) ?? 0) > this.#limits.bytesPerServer) {
      if (!this.#drop(this.#sql.oldestOf.all(serverId) as Cost[])) break;
    }
    while (this.#total > this.#limits.bytes) {
      if (!this.#drop(this.#sql.oldest.all() as Cost[])) break;
    }
  }

  /** False where there is nothing to drop. */
  #drop(rows: readonly Cost[]): boolean {
    for (const { id, server_id: serverId, bytes } of rows) {
      this.#sql.drop.run(id);
      this.#change(serverId, -bytes);
    }
    return rows.length > 0;
  }

  #change(serverId: ServerId, bytes: number): void {
    this.#total += bytes;
    const left = (this.#bytes.get(serverId) ?? 0) + bytes;
    if (left > 0) this.#bytes.set(serverId, left);
    else this.#bytes.delete(serverId);
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

function claimOf({ fingerprint, at, seed, status, body }: AnswerRow): Claim {
  return { fingerprint, at, seed, answer: status === null || body === null ? undefined : { status, body } };
}

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  const COST = 'id, server_id, bytes';
  return {
    find: prepare('select * from answer where server_id = ? and key = ?'),
    add: prepare('insert into answer (server_id, key, at, fingerprint, seed, bytes) values (?, ?, ?, ?, ?, ?)'),
    keep: prepare(
      `update answer set status = ?, body = ?, bytes = bytes + ? where server_id = ? and key = ? and status is null`,
    ),
    drop: prepare('delete from answer where id = ?'),
    // Ids grow with time, so the oldest stand in front and none behind a young one has to be looked at.
    expired: prepare(`select ${COST} from (select * from answer order by id limit ?) where at <= ?`),
    oldest: prepare(`select ${COST} from answer order by id limit 1`),
    oldestOf: prepare(`select ${COST} from answer where id = (select min(id) from answer where server_id = ?)`),
    sums: prepare('select server_id, sum(bytes) from answer group by server_id').raw(),
  };
}
