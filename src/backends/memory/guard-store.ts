// What the guards keep, in memory: for tests.
import type {
  GuardChanges,
  GuardMemory,
  GuardNote,
  GuardStore,
  StreamKey,
  WindowsRow,
} from '../../ports/guard-store.ts';

export class MemoryGuardStore implements GuardStore {
  readonly #windows = new Map<string, WindowsRow>();
  readonly #notes = new Map<string, GuardNote>();
  readonly #cursors = new Map<string, number>();

  async load(): Promise<GuardMemory> {
    return {
      windows: inOrder(this.#windows, byProvider),
      notes: inOrder(this.#notes, byStream),
      cursors: new Map(this.#cursors),
    };
  }

  async save({ cleared, dropped, windows, notes, cursors }: GuardChanges): Promise<void> {
    for (const gone of cleared) {
      for (const [key, row] of this.#windows) if (byStream(row, gone) === 0) this.#windows.delete(key);
    }
    for (const row of dropped) this.#windows.delete(nameOf(row, row.provider));
    for (const row of windows) this.#windows.set(nameOf(row, row.provider), structuredClone(row));
    for (const note of notes) this.#notes.set(nameOf(note, ''), structuredClone(note));
    for (const [log, seq] of cursors) this.#cursors.set(log, seq);
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}

function nameOf({ serverId, streamId }: StreamKey, provider: string): string {
  return `${serverId} ${streamId} ${provider}`;
}

function inOrder<T>(rows: ReadonlyMap<string, T>, order: (a: T, b: T) => number): readonly T[] {
  return [...rows.values()].map((row) => structuredClone(row)).sort(order);
}

function byStream(a: StreamKey, b: StreamKey): number {
  return a.serverId - b.serverId || compare(a.streamId, b.streamId);
}

function byProvider(a: WindowsRow, b: WindowsRow): number {
  return byStream(a, b) || compare(a.provider, b.provider);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
