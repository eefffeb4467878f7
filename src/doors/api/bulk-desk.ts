// The desk for bulk requests as it works on its own thread: reads the bytes, judges, keeps, tells and cancels.
//
// Promises: those of the port; one request is read at a time, because fifty megabytes take several times their size while
// they are read, and a bounded number waits.
import { readBulk } from './read-bulk.ts';
import type { Turns } from './turns.ts';
import { acceptBulk, type AcceptBulkDeps } from '../../core/bulk/accept-bulk.ts';
import type { BulkReleaser } from '../../core/bulk/release-bulk.ts';
import { BULK_ERRORS } from '../../domain/bulk-errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { createSemaphore } from '../../lib/semaphore.ts';
import type { BulkAnswer, BulkDesk, BulkSubmission } from '../../ports/bulk-desk.ts';
import type { BulkStore } from '../../ports/bulk-store.ts';

export interface BulkDeskDeps extends Omit<AcceptBulkDeps, 'bulk' | 'turn' | 'clock' | 'onKept'> {
  readonly bulk: BulkStore;
  readonly releaser: Pick<BulkReleaser, 'wake' | 'cancel'>;
  readonly turns: Turns;
  readonly clock: Clock;
  /** Longest that a request may take, waiting included; past it nothing is kept. */
  readonly acceptMs?: number;
}

export const ACCEPT_MS = 60_000;
/** Beside the one that is worked on. */
const MAX_WAITERS = 16;

export function createBulkDesk(deps: BulkDeskDeps): BulkDesk {
  const { bulk, releaser, turns, clock, acceptMs = ACCEPT_MS } = deps;
  const one = createSemaphore({ permits: 1, maxWaiters: MAX_WAITERS }, clock);
  const accepting: AcceptBulkDeps = {
    ...deps,
    turn: () => turns.take(),
    onKept: () => releaser.wake(),
  };

  async function work({ server, id, body }: BulkSubmission, until: number): Promise<BulkAnswer> {
    // Made again with the id that it had: its answer was lost, and it was not.
    const known = server === undefined ? undefined : await bulk.find(server.id, id);
    if (known !== undefined) return { kind: 'accepted', request: known };
    const read = await readBulk(Buffer.concat(body), turns);
    if (read.kind === 'refused') return read;
    return acceptBulk(accepting, { server, id, draft: read.draft, until });
  }

  return {
    async accept(submission) {
      const until = clock.now() + acceptMs;
      const permit = await one.acquire({ timeoutMs: acceptMs });
      if (permit.kind !== 'acquired') return { kind: 'refused', error: BULK_ERRORS.unavailable() };
      try {
        return await work(submission, until);
      } finally {
        permit.release();
      }
    },
    find: (serverId, id) => bulk.find(serverId, id),
    list: (serverId, page) => bulk.list(serverId, page),
    cancel: (serverId, id) => releaser.cancel(serverId, id),
  };
}
