// The life of message streams in memory, beside the control store that holds them.
import { MAX_STREAMS, MAX_STREAMS_KEPT, PURGE_AFTER_MS, type SendingKind, type Stream } from '../../domain/stream.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LaneId, ServerId, StreamId } from '../../lib/ids.ts';
import type { StreamKey } from '../../ports/lane-queue.ts';
import type {
  CreatedStream,
  MessageStreamStore,
  NewStream,
  StreamEdit,
  UnarchivedStream,
} from '../../ports/message-stream-store.ts';

/** What the control store keeps of and around streams. */
export interface StreamsKept {
  hasServer(id: ServerId): boolean;
  find(serverId: ServerId, id: StreamId): Stream | undefined;
  all(): readonly Stream[];
  put(stream: Stream): void;
  /** The pool that a new stream of the server goes into. */
  poolFor(serverId: ServerId, kind: SendingKind): LaneId;
  isHeld(stream: Stream): boolean;
  /** With its suppressions and tokens. */
  drop(stream: Stream): void;
}

export class MemoryMessageStreamStore implements MessageStreamStore {
  readonly #clock: Clock;
  readonly #kept: StreamsKept;
  readonly #purged = new Set<string>();

  constructor(clock: Clock, kept: StreamsKept) {
    this.#clock = clock;
    this.#kept = kept;
  }

  async create(stream: NewStream): Promise<CreatedStream> {
    const { serverId, id, kind } = stream;
    if (!this.#kept.hasServer(serverId)) throw new Error(`there is no server ${serverId}`);
    if (this.#kept.find(serverId, id) !== undefined) return { kind: 'taken' };
    const own = this.#of(serverId);
    if (own.length >= MAX_STREAMS_KEPT || live(own) >= MAX_STREAMS) return { kind: 'full' };
    const made: Stream = {
      ...stream,
      pool: this.#kept.poolFor(serverId, kind),
      createdAt: this.#clock.now(),
      updatedAt: undefined,
      archivedAt: undefined,
    };
    this.#kept.put(made);
    this.#purged.delete(nameOf(serverId, id));
    return { kind: 'created', stream: made };
  }

  async edit(serverId: ServerId, id: StreamId, edit: StreamEdit): Promise<Stream | undefined> {
    return this.#change(serverId, id, { ...edit, updatedAt: this.#clock.now() });
  }

  async archive(serverId: ServerId, id: StreamId, at: number): Promise<Stream | undefined> {
    const stream = this.#kept.find(serverId, id);
    return stream?.archivedAt === undefined ? this.#change(serverId, id, { archivedAt: at }) : stream;
  }

  async unarchive(serverId: ServerId, id: StreamId, now: number): Promise<UnarchivedStream> {
    const stream = this.#kept.find(serverId, id);
    if (stream === undefined) return { kind: this.wasPurged(serverId, id) ? 'late' : 'missing' };
    if (stream.archivedAt === undefined) return { kind: 'live', stream };
    if (stream.archivedAt + PURGE_AFTER_MS <= now) return { kind: 'late' };
    if (live(this.#of(serverId)) >= MAX_STREAMS) return { kind: 'full' };
    const taken: Stream = { ...stream, archivedAt: undefined };
    this.#kept.put(taken);
    return { kind: 'live', stream: taken };
  }

  wasPurged(serverId: ServerId, id: StreamId): boolean {
    return this.#purged.has(nameOf(serverId, id));
  }

  async purge(before: number, limit: number): Promise<readonly StreamKey[]> {
    const due = this.#kept
      .all()
      .filter((stream) => (stream.archivedAt ?? Infinity) < before && !this.#kept.isHeld(stream))
      .sort((a, b) => (a.archivedAt ?? 0) - (b.archivedAt ?? 0))
      .slice(0, limit);
    for (const stream of due) {
      this.#kept.drop(stream);
      this.#purged.add(nameOf(stream.serverId, stream.id));
    }
    return due.map(({ serverId, id }) => ({ serverId, streamId: id }));
  }

  #of(serverId: ServerId): readonly Stream[] {
    return this.#kept.all().filter((stream) => stream.serverId === serverId);
  }

  #change(serverId: ServerId, id: StreamId, change: Partial<Stream>): Stream | undefined {
    const stream = this.#kept.find(serverId, id);
    if (stream === undefined) return undefined;
    const changed: Stream = { ...stream, ...change };
    this.#kept.put(changed);
    return changed;
  }
}

function live(streams: readonly Stream[]): number {
  return streams.filter(({ archivedAt }) => archivedAt === undefined).length;
}

function nameOf(serverId: ServerId, id: StreamId): string {
  return `${serverId}\n${id}`;
}
