// Which recipients of which messages have been erased: the marks of all data removals, by keyed hash.
//
// Promises: a message that was accepted after the newest removal costs one comparison. Marks stay for good, few bytes each, so
// that an index which is made again from the logs does not bring back what was erased.
import { timeOfUuid } from '../lib/ids.ts';
import type { Covers } from '../ports/erasure.ts';
import type { RemovalMark, RemovalStore } from '../ports/removal-store.ts';

export interface ErasureMarks {
  readonly covers: Covers;
  /** Reads those that are new. */
  refresh(): Promise<void>;
}

export interface ErasureMarksDeps {
  readonly store: Pick<RemovalStore, 'marks'>;
  /** Of a lower-case address. */
  readonly hashAddress: (address: string) => string;
}

export function createErasureMarks({ store, hashAddress }: ErasureMarksDeps): ErasureMarks {
  const marks = new Map<string, RemovalMark[]>();
  const known = { newestId: 0, newestAt: Number.NEGATIVE_INFINITY };
  return {
    covers(of, address) {
      const { serverId } = of;
      const acceptedAt = of.messageId === undefined ? of.at : timeOfUuid(of.messageId);
      if (acceptedAt > known.newestAt) return false;
      const found = marks.get(hashAddress(address.toLowerCase())) ?? [];
      return found.some(({ serverIds, at }) => acceptedAt <= at && serverIds.includes(serverId));
    },
    async refresh() {
      for (const mark of await store.marks(known.newestId)) {
        const same = marks.get(mark.addressHash);
        if (same === undefined) marks.set(mark.addressHash, [mark]);
        else same.push(mark);
        known.newestId = Math.max(known.newestId, mark.id);
        known.newestAt = Math.max(known.newestAt, mark.at);
      }
    },
  };
}
