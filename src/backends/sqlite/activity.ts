// The activity index in a SQLite file of its own: the reading side for the API, the writing side for the consumers.
//
// Promises: as its two ports say. Calls are synchronous inside, so it belongs on a thread of its own, never on one that
// accepts or delivers mail. The file can be deleted: the logs fill it again as far as they reach back.
// Leaves bodies to the logs, and reading MIME to the function that is passed in.
import type { Clock } from '../../lib/clock.ts';
import type { Activity } from '../../ports/activity.ts';
import type { ActivityIndex } from '../../ports/activity-index.ts';
import { NOBODY_ERASED, type Covers, type Eraser } from '../../ports/erasure.ts';
import type { EventReader, MessageReader } from '../../ports/event-log.ts';
import { createActivityWriter, type ActivityWriter } from './activity-apply.ts';
import { bounceTags, countBounces, findBounce, searchBounces } from './activity-bounces.ts';
import { searchCaptured } from './activity-captured.ts';
import { createActivityContent, hasMessage } from './activity-content.ts';
import type { Bodies, ContentLimits } from './activity-content.ts';
import { eraseRecipient } from './activity-erase.ts';
import { findInbound, inboundWriter, searchInbound } from './activity-inbound.ts';
import { purgeActivity } from './activity-purge.ts';
import { purgeShortLived } from './activity-purge-later.ts';
import { openActivityFile } from './activity-schema.ts';
import { createTrace } from './activity-trace.ts';
import type { Db } from './activity-schema.ts';
import { searchOutbound } from './activity-search.ts';
import { searchClicks, searchOpens } from './activity-tracked.ts';

export interface ActivityOptions {
  /** `:memory:` for tests. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Where bodies are found, by the number of the log. */
  readonly logs: ReadonlyMap<number, Pick<EventReader, 'body' | 'at'> & MessageReader>;
  readonly readBodies: (raw: Uint8Array) => Promise<Bodies>;
  /** What the logs still hold and must not be shown. */
  readonly covers?: Covers;
  readonly limits?: Partial<ActivityLimits>;
}

export interface ActivityLimits extends ContentLimits {
  /** How long the dump of a bounce is available, in milliseconds (contract sending 16: 30 days). */
  readonly dumpKeptMs: number;
}

const DAY_MS = 86_400_000;

export const ACTIVITY_LIMITS: ActivityLimits = {
  contentBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  events: 5000,
  dumpKeptMs: 30 * DAY_MS,
};

export function openActivity(options: ActivityOptions): Activity & ActivityIndex & Eraser {
  const db = openActivityFile(options.path);
  const limits = { ...ACTIVITY_LIMITS, ...options.limits };
  const writer = createActivityWriter(db);
  return { ...readingSide(db, options, { limits, writer }), ...writingSide(db, writer) };
}

interface Inside {
  readonly limits: ActivityLimits;
  readonly writer: ActivityWriter;
}

function readingSide(db: Db, options: ActivityOptions, { limits, writer }: Inside): Activity {
  const { clock, logs, readBodies, covers = NOBODY_ERASED } = options;
  const content = createActivityContent({ db, logs, readBodies, limits });
  const inbound = inboundWriter(db);
  const dumpsSince = (): number => clock.now() - limits.dumpKeptMs;
  return {
    searchOutbound: async (filter) => searchOutbound(db, filter),
    outboundDetails: (serverId, id) => content.details(serverId, id),
    outboundSource: (serverId, id) => content.source(serverId, id),
    acceptedMessage: async (id) => {
      for (const log of logs.values()) {
        const found = await log.message(id);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    trace: createTrace({ db, logs, covers }),
    isOutbound: async (serverId, id) => hasMessage(db, serverId, id),
    opens: async (filter) => searchOpens(db, filter),
    clicks: async (filter) => searchClicks(db, filter),
    searchInbound: async (filter) => searchInbound(db, filter),
    inboundDetails: async (serverId, id) => findInbound(db, serverId, id),
    markInbound: async (serverId, id, status) => inbound.setStatus(serverId, id, status),
    searchBounces: async (filter) => searchBounces(db, filter, dumpsSince()),
    bounce: async (serverId, id) => findBounce(db, { serverId, id, dumpsSince: dumpsSince() }),
    bounceDump: (serverId, id) => content.bounceDump({ serverId, id, dumpsSince: dumpsSince() }),
    bounceTags: async (serverId) => bounceTags(db, serverId),
    markReactivated: async (serverId, streamId, address, at) => writer.reactivate({ serverId, streamId, address, at }),
    bounceCounts: async (serverId) => countBounces(db, serverId),
    captured: async (page, serverId) => searchCaptured(db, page, serverId),
    capturedMessage: (id, serverId) => content.captured(id, serverId),
  };
}

function writingSide(db: Db, writer: ActivityWriter): ActivityIndex & Eraser {
  return {
    cursor: async (log) => writer.cursor(log),
    apply: async (batch) => writer.apply(batch),
    purgeShortLived: async (what) => purgeShortLived(db, what),
    purge: async (before, limit) => purgeActivity(db, { before, limit }),
    erase: async (erasure) => eraseRecipient(db, erasure),
    close: async () => void db.close(),
  };
}
