// How a bulk request is cut into pieces: how many messages are released together, and which time stands in their ids.
import type { BulkContent, BulkRequest } from '../../domain/bulk.ts';
import type { Clock } from '../../lib/clock.ts';
import type { BulkStore } from '../../ports/bulk-store.ts';

const MOST_MESSAGES = 50;
/** Of composed mail that is on its way to the lane at a time. */
const BLOCK_BYTES = 8 * 1024 * 1024;

/** As far as can be told from what all messages share. */
export function blockSize({ subject = '', htmlBody = '', textBody = '', attachments }: BulkContent): number {
  const attached = attachments.reduce((sum, { content }) => sum + content.length, 0);
  const each = 1 + subject.length + htmlBody.length + textBody.length + attached;
  return Math.min(Math.max(Math.floor(BLOCK_BYTES / each), 1), MOST_MESSAGES);
}

export interface Reservations {
  /** The time in the ids of the block that is to be released now; durable when it resolves. */
  of(request: BulkRequest): Promise<number>;
  /** For the commit that ends a block: the time for the next one, of which nothing has been handed over yet. */
  renewed(request: BulkRequest): number;
  forget(request: BulkRequest): void;
}

/** Ids tell when a message was made, also those of a request that stood still: they are not older than this. */
const OLDEST_MS = 10_000;

/** The commit that ends a block reserves for the next one as well, so that a block costs one commit. */
export function createReservations(bulk: Pick<BulkStore, 'reserve'>, clock: Pick<Clock, 'now'>): Reservations {
  /** By request: the reserved time of which nothing was handed over, as this process knows. */
  const unused = new Map<number, number>();
  return {
    async of({ seq, reservedAt }) {
      const fresh = unused.get(seq) === reservedAt;
      unused.delete(seq);
      const now = clock.now();
      if (reservedAt !== undefined && !(fresh && now - reservedAt > OLDEST_MS)) return reservedAt;
      await bulk.reserve(seq, now);
      return now;
    },
    renewed({ seq }) {
      const now = clock.now();
      unused.set(seq, now);
      return now;
    },
    forget: ({ seq }) => void unused.delete(seq),
  };
}
