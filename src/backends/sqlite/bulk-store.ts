// bulk.sqlite: bulk requests and the content of those that are not finished, in a file of its own, so that neither its size
// nor its commits concern anybody who sends single messages.
//
// Promises: those of the port. Content is written in slices of about a megabyte, each a commit, because a sync of fifty
// megabytes would hold up the syncs of other files on the same disk; the request's row, which makes it real, comes last. What
// a crash leaves of one that did not come so far is dropped at the next opening.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BulkContent, BulkEntry, BulkRequest } from '../../domain/bulk.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { BulkEnd, BulkKept, BulkPage, BulkProgress, BulkStore, NewBulk } from '../../ports/bulk-store.ts';
import { bulkStatements, toBulkRequest, type BlockRow, type RequestRow } from './bulk-rows.ts';
import { BULK_SCHEMA } from './bulk-schema.ts';
import { isUnavailable, openDatabase, type Connection } from './database.ts';

export interface BulkStoreOptions {
  readonly file: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether the disk has room for more. */
  readonly hasRoom?: () => boolean;
  readonly bounds?: Partial<BulkBounds>;
}

/** Of requests that are not finished, in bytes as they came. */
export interface BulkBounds {
  readonly total: number;
  readonly perServer: number;
}

const MIB = 1024 * 1024;

export const BULK_BOUNDS: BulkBounds = { total: 4096 * MIB, perServer: 1024 * MIB };

const CACHE_KIB = 4096;
const CHECKPOINT_PAGES = 1000;
const BUSY_TIMEOUT_MS = 5000;
/** Of one commit. */
const SLICE_BYTES = MIB;
const BLOCK_ENTRIES = 50;
const BLOCK_BYTES = 256 * 1024;
/** Blocks that one commit drops at most. */
const DROP_BLOCKS = 32;

export function openBulkStore(options: BulkStoreOptions): SqliteBulkStore {
  const { file } = options;
  const db = openDatabase({
    file,
    schema: BULK_SCHEMA,
    cacheKiB: CACHE_KIB,
    checkpointPages: CHECKPOINT_PAGES,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  return new SqliteBulkStore(db, options);
}

export class SqliteBulkStore implements BulkStore {
  readonly #db: Connection;
  readonly #sql: ReturnType<typeof bulkStatements>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #hasRoom: () => boolean;
  readonly #bounds: BulkBounds;
  /** Contents that are being written: no leftovers. */
  readonly #writing = new Set<number>();

  constructor(db: Connection, { clock, hasRoom = () => true, bounds = {} }: BulkStoreOptions) {
    this.#db = db;
    this.#sql = bulkStatements(db);
    this.#clock = clock;
    this.#hasRoom = hasRoom;
    this.#bounds = { ...BULK_BOUNDS, ...bounds };
  }

  async keep(request: NewBulk): Promise<BulkKept> {
    const short = this.#shortOf(request);
    if (short !== undefined) return short;
    let content: number | undefined;
    try {
      content = Number(this.#sql.addContent.run(JSON.stringify(request.content)).lastInsertRowid);
      this.#writing.add(content);
      await this.#writeEntries(content, request.entries);
      if (this.#clock.now() < request.until) {
        this.#addRequest(content, request);
        return 'kept';
      }
      await this.#drop(content);
      return 'late';
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return 'full';
    } finally {
      if (content !== undefined) this.#writing.delete(content);
    }
  }

  async find(serverId: ServerId, id: string): Promise<BulkRequest | undefined> {
    const row = this.#sql.find.get(id, serverId) as RequestRow | undefined;
    return row === undefined ? undefined : toBulkRequest(row);
  }

  async list(
    serverId: ServerId,
    { count, before = Number.MAX_SAFE_INTEGER }: BulkPage,
  ): Promise<readonly BulkRequest[]> {
    return (this.#sql.list.all(serverId, before, count) as RequestRow[]).map(toBulkRequest);
  }

  async waiting(): Promise<readonly BulkRequest[]> {
    return (this.#sql.waiting.all() as RequestRow[]).map(toBulkRequest);
  }

  async content(seq: number): Promise<BulkContent | undefined> {
    const data = this.#sql.content.get(seq) as string | undefined;
    return data === undefined ? undefined : (JSON.parse(data) as BulkContent);
  }

  async entries(seq: number, from: number, limit: number): Promise<readonly BulkEntry[]> {
    const rows = this.#sql.blocks.all(this.#sql.contentOf.get(seq), from, from + limit) as BlockRow[];
    return rows.flatMap(({ first, data }) => {
      const entries = JSON.parse(data) as readonly BulkEntry[];
      return entries.slice(Math.max(from - first, 0), from + limit - first);
    });
  }

  async reserve(seq: number, reservedAt: number): Promise<void> {
    this.#sql.reserve.run(reservedAt, seq);
  }

  async advance(seq: number, { next, released, failed, failures, reservedAt }: BulkProgress): Promise<void> {
    this.#db
      .transaction(() => {
        this.#sql.advance.run(next, released, failed, JSON.stringify(failures), reservedAt, seq);
        this.#sql.dropDone.run(this.#sql.contentOf.get(seq), next);
      })
      .immediate();
  }

  async setNote(seq: number, note: string | undefined): Promise<void> {
    this.#sql.setNote.run(note ?? null, seq);
  }

  async finish(seq: number, status: string, { at, note }: BulkEnd): Promise<void> {
    this.#sql.finish.run(status, note ?? null, at, seq);
    const content = this.#sql.contentOf.get(seq) as number | undefined;
    if (content !== undefined) await this.#drop(content);
  }

  async purge(before: number, limit: number): Promise<number> {
    return this.#sql.purge.run(before, limit).changes;
  }

  /** Drops what nobody will ask for any more: to be called once, after opening. */
  async sweep(): Promise<void> {
    for (const content of this.#sql.leftOver.all() as number[]) {
      if (!this.#writing.has(content)) await this.#drop(content);
    }
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #shortOf({ serverId, bytes }: NewBulk): 'full' | 'server-full' | undefined {
    const { total, perServer } = this.#bounds;
    if (Number(this.#sql.bytesOfServer.get(serverId)) + bytes > perServer) return 'server-full';
    return Number(this.#sql.bytes.get()) + bytes > total || !this.#hasRoom() ? 'full' : undefined;
  }

  async #writeEntries(content: number, entries: readonly BulkEntry[]): Promise<void> {
    let slice: Block[] = [];
    let bytes = 0;
    for (const block of blocksOf(entries)) {
      slice.push(block);
      bytes += block.data.length;
      if (bytes < SLICE_BYTES) continue;
      this.#writeSlice(content, slice);
      slice = [];
      bytes = 0;
      await nextTurn();
    }
    this.#writeSlice(content, slice);
  }

  #writeSlice(content: number, blocks: readonly Block[]): void {
    this.#db
      .transaction(() => {
        for (const { first, count, data } of blocks) this.#sql.addBlock.run(content, first, count, data);
      })
      .immediate();
  }

  #addRequest(content: number, request: NewBulk): void {
    const { id, accountId, serverId, streamId, submittedAt, subject, entries, bytes } = request;
    const { length } = entries;
    this.#sql.addRequest.run(id, content, accountId, serverId, streamId, submittedAt, subject ?? null, length, bytes);
  }

  /** In pieces: freeing a page takes a read of it. */
  async #drop(content: number): Promise<void> {
    while (this.#sql.dropBlocks.run(content, DROP_BLOCKS).changes === DROP_BLOCKS) await nextTurn();
    this.#sql.dropContent.run(content);
  }
}

type Block = BlockRow;

function* blocksOf(entries: readonly BulkEntry[]): Generator<Block> {
  let texts: string[] = [];
  let bytes = 0;
  let first = 0;
  for (const [index, entry] of entries.entries()) {
    const text = JSON.stringify(entry);
    texts.push(text);
    bytes += text.length;
    if (texts.length < BLOCK_ENTRIES && bytes < BLOCK_BYTES) continue;
    yield { first, count: texts.length, data: `[${texts.join(',')}]` };
    first = index + 1;
    texts = [];
    bytes = 0;
  }
  if (texts.length > 0) yield { first, count: texts.length, data: `[${texts.join(',')}]` };
}
