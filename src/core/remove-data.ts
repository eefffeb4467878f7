// Does what data removals ask for: erases what is known of a recipient, then tells who asked.
//
//   1. marks of new removals are read first: from then on nothing comes into the index that is to go
//   2. the index is erased piece by piece, and the removal is done; its row forgets the address
//   3. who wants to know is told by mail, again and again for a day where that does not work
// Promises: a restart goes on where it was, and erases or tells again what was not written down. Nothing is thrown; what failed
// is logged and tried with the next call. Suppressions stay: they keep mail from being sent to the address again.
import type { ErasureMarks } from './erasure-marks.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Eraser } from '../ports/erasure.ts';
import type { OpenRemoval, RemovalStore } from '../ports/removal-store.ts';

export interface RemoveDataDeps {
  readonly store: Pick<RemovalStore, 'open' | 'setErased' | 'setTold'>;
  readonly marks: Pick<ErasureMarks, 'refresh'>;
  readonly index: Eraser;
  /** Mails to who asked; false where that did not work. */
  readonly tell: (removal: OpenRemoval) => Promise<boolean>;
  /** Gives way to others between pieces. */
  readonly pause: () => Promise<unknown>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** To be called about once a second, never twice at a time. */
export type RemoveData = (signal: AbortSignal) => Promise<void>;

export function createRemoveData(deps: RemoveDataDeps): RemoveData {
  /** By removal: not told again before. */
  const tellAfter = new Map<number, number>();
  return async (signal) => {
    const { store, marks, log } = deps;
    try {
      const open = await store.open(PIECE);
      if (open.length > 0) await marks.refresh();
      for (const removal of open) {
        if (signal.aborted) return;
        if (removal.erasedAt === undefined) await erase(deps, removal, signal);
        else await tell(deps, removal, tellAfter);
      }
    } catch (error) {
      log.error({ err: error }, 'data could not be removed; it will be tried again');
    }
  };
}

async function erase({ index, store, pause, clock, log }: RemoveDataDeps, removal: OpenRemoval, signal: AbortSignal) {
  const { id, serverIds, address, at } = removal;
  let changed = 0;
  for (;;) {
    const piece = await index.erase({ serverIds, address, upTo: at, limit: MESSAGES_A_PIECE });
    changed += piece;
    if (piece === 0) break;
    if (signal.aborted) return;
    await pause();
  }
  await store.setErased(id, clock.now());
  log.info({ removal: id, changed }, 'data removal done');
}

async function tell(deps: RemoveDataDeps, removal: OpenRemoval, tellAfter: Map<number, number>): Promise<void> {
  const { store, clock, log } = deps;
  const { id, erasedAt = 0 } = removal;
  if (clock.now() < (tellAfter.get(id) ?? 0)) return;
  const isTold = await deps.tell(removal);
  const isLate = clock.now() > erasedAt + GIVE_UP_MS;
  if (!isTold && !isLate) {
    tellAfter.set(id, clock.now() + TELL_AGAIN_MS);
    return;
  }
  if (!isTold) log.warn({ removal: id }, 'who asked for a data removal could not be told that it is done');
  tellAfter.delete(id);
  await store.setTold(id);
}

const PIECE = 20;
const MESSAGES_A_PIECE = 50;
const TELL_AGAIN_MS = 60_000;
const GIVE_UP_MS = 86_400_000;
