// Bulk requests in memory: for tests.
import { isFinished, type BulkContent, type BulkEntry, type BulkRequest, type BulkStatus } from '../../domain/bulk.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { BulkEnd, BulkKept, BulkPage, BulkProgress, BulkStore, NewBulk } from '../../ports/bulk-store.ts';

interface Kept {
  request: BulkRequest;
  readonly bytes: number;
  /** Until it is finished. */
  content: { readonly shared: string; readonly entries: readonly string[] } | undefined;
}

export interface MemoryBulkOptions {
  readonly now: () => number;
  readonly bounds?: { readonly total: number; readonly perServer: number };
}

export class MemoryBulkStore implements BulkStore {
  readonly #kept = new Map<number, Kept>();
  readonly #options: MemoryBulkOptions;
  #seq = 0;

  constructor(options: MemoryBulkOptions) {
    this.#options = options;
  }

  async keep(given: NewBulk): Promise<BulkKept> {
    const { content, entries, bytes, until, ...request } = given;
    const { total, perServer } = this.#options.bounds ?? { total: Infinity, perServer: Infinity };
    if (this.#bytes((each) => each.request.serverId === given.serverId) + bytes > perServer) return 'server-full';
    if (this.#bytes(() => true) + bytes > total) return 'full';
    if (this.#options.now() >= until) return 'late';
    this.#seq += 1;
    this.#kept.set(this.#seq, {
      bytes,
      content: { shared: JSON.stringify(content), entries: entries.map((entry) => JSON.stringify(entry)) },
      request: { ...request, ...NEW, seq: this.#seq, total: entries.length },
    });
    return 'kept';
  }

  async find(serverId: ServerId, id: string): Promise<BulkRequest | undefined> {
    return this.#all().find((request) => request.serverId === serverId && request.id === id);
  }

  async list(serverId: ServerId, { count, before = Infinity }: BulkPage): Promise<readonly BulkRequest[]> {
    return this.#all()
      .filter((request) => request.serverId === serverId && request.seq < before)
      .reverse()
      .slice(0, count);
  }

  async waiting(): Promise<readonly BulkRequest[]> {
    const oldest = new Map<string, BulkRequest>();
    for (const request of this.#all()) {
      const key = `${request.serverId} ${request.streamId}`;
      if (!isFinished(request) && !oldest.has(key)) oldest.set(key, request);
    }
    return [...oldest.values()];
  }

  async content(seq: number): Promise<BulkContent | undefined> {
    const content = this.#kept.get(seq)?.content;
    return content && (JSON.parse(content.shared) as BulkContent);
  }

  async entries(seq: number, from: number, limit: number): Promise<readonly BulkEntry[]> {
    const texts = this.#kept.get(seq)?.content?.entries ?? [];
    return texts.slice(from, from + limit).map((text) => JSON.parse(text) as BulkEntry);
  }

  async reserve(seq: number, reservedAt: number): Promise<void> {
    this.#change(seq, (request) => (isFinished(request) ? {} : { reservedAt, status: 'Processing' }));
  }

  async advance(seq: number, progress: BulkProgress): Promise<void> {
    this.#change(seq, () => progress);
  }

  async setNote(seq: number, note: string | undefined): Promise<void> {
    this.#change(seq, (request) => (isFinished(request) ? {} : { note }));
  }

  async finish(seq: number, status: BulkStatus, { at, note }: BulkEnd): Promise<void> {
    this.#change(seq, (request) => (isFinished(request) ? {} : { status, note, finishedAt: at }));
    const kept = this.#kept.get(seq);
    if (kept !== undefined) kept.content = undefined;
  }

  async purge(before: number, limit: number): Promise<number> {
    const old = this.#all().filter(({ finishedAt }) => finishedAt !== undefined && finishedAt < before);
    const gone = old.slice(0, limit);
    for (const { seq } of gone) this.#kept.delete(seq);
    return gone.length;
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #all(): BulkRequest[] {
    return [...this.#kept.values()].map(({ request }) => request);
  }

  #bytes(counts: (kept: Kept) => boolean): number {
    const waiting = [...this.#kept.values()].filter((kept) => !isFinished(kept.request) && counts(kept));
    return waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #change(seq: number, change: (request: BulkRequest) => Partial<BulkRequest>): void {
    const kept = this.#kept.get(seq);
    if (kept !== undefined) kept.request = { ...kept.request, ...change(kept.request) };
  }
}

const NEW = {
  status: 'Accepted',
  released: 0,
  failed: 0,
  next: 0,
  reservedAt: undefined,
  failures: [],
  note: undefined,
  finishedAt: undefined,
} as const;
