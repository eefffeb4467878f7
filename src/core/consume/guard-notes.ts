// What the guards have said about each stream: the verdict of now, since when, and why. Remembers what is not saved yet.
import type { GuardNote, StreamKey } from '../../ports/guard-store.ts';

export interface GuardNotes {
  /** `fine` where nothing was ever said. */
  of(stream: StreamKey): GuardNote;
  /** A change of the verdict is of `now`. */
  change(stream: StreamKey, change: Partial<Omit<GuardNote, keyof StreamKey | 'since'>>, now: number): void;
  all(): readonly GuardNote[];
  /** Those changed since the last call. */
  takeUnsaved(): readonly GuardNote[];
  /** Gives back what could not be saved. */
  putBack(notes: readonly GuardNote[]): void;
}

export function createGuardNotes(kept: readonly GuardNote[]): GuardNotes {
  const notes = new Map(kept.map((note) => [streamName(note), note]));
  const unsaved = new Set<string>();
  const of = ({ serverId, streamId }: StreamKey): GuardNote =>
    notes.get(streamName({ serverId, streamId })) ?? { serverId, streamId, ...NOTHING_SAID };
  return {
    of,
    change(stream, change, now) {
      const before = of(stream);
      const isTurn = change.verdict !== undefined && change.verdict !== before.verdict;
      notes.set(streamName(stream), { ...before, ...change, since: isTurn ? now : before.since });
      unsaved.add(streamName(stream));
    },
    all: () => [...notes.values()],
    takeUnsaved() {
      const taken = [...unsaved].flatMap((name) => notes.get(name) ?? []);
      unsaved.clear();
      return taken;
    },
    putBack(taken) {
      for (const note of taken) unsaved.add(streamName(note));
    },
  };
}

const NOTHING_SAID = { verdict: 'fine', reason: '', since: 0, resumedAt: 0, bulkLike: undefined } as const;

export function streamName({ serverId, streamId }: StreamKey): string {
  return `${serverId} ${streamId}`;
}
