// The activity index in SQLite: one file for each day that holds messages, and one for the rest. The reading side for the API, the
// writing side for the consumers.
//
// Promises: as its two ports say. Calls are synchronous inside, so it belongs on a thread of its own, never on one that
// accepts or delivers mail. The files can be deleted: the logs fill them again as far as they reach back.
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
import { openActivityDays, type ActivityDays } from './activity-days.ts';
import { eraseRecipient } from './activity-erase.ts';
import { findInbound, inboundWriter, searchInbound } from './activity-inbound.ts';
import { purgeActivity } from './activity-purge.ts';
import { purgeShortLived } from './activity-purge-later.ts';
import { IN_MEMORY, openActivityFile } from './activity-schema.ts';
import { createTrace } from './activity-trace.ts';
import type { Db } from './activity-schema.ts';
import { searchOutbound } from './activity-search.ts';
import { sealTile } from './activity-tile.ts';
import { searchClicks, searchOpens } from './activity-tracked.ts';

export interface ActivityOptions {
  /** `*.sqlite`, beside which the files of days lie in a folder of that name; or `:memory:` for tests. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Where bodies are found, by the number of the log. */
  readonly logs: ReadonlyMap<number, Pick<EventReader, 'body' | 'at'> & MessageReader>;
  readonly readBodies: (raw: Uint8Array) => Promise<Bodies>;
  /** What the logs still hold and must not be shown. */
  readonly covers?: Covers;
  /** Called often during long work, to let others have the core. */
  readonly breathe?: () => void;
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
  const { path, breathe = () => undefined } = options;
  const db = openActivityFile(path);
  const folder = path === IN_MEMORY ? IN_MEMORY : path.replace(/\.sqlite$/, '');
  const days = openActivityDays({ main: db, folder });
  const inside = { db, days, breathe, writer: createActivityWriter({ db, days, breathe }) };
  return { ...readingSide(inside, options), ...writingSide(inside, options) };
}

interface Inside {
  readonly db: Db;
  readonly days: ActivityDays;
  readonly breathe: () => void;
  readonly writer: ActivityWriter;
}

function readingSide({ db, days, breathe, writer }: Inside, options: ActivityOptions): Activity {
  const limits = { ...ACTIVITY_LIMITS, ...options.limits };
  const { clock, logs, readBodies, covers = NOBODY_ERASED } = options;
  const content = createActivityContent({ db, days, logs, readBodies, limits });
  const inbound = inboundWriter(db);
  const dumpsSince = (): number => clock.now() - limits.dumpKeptMs;
  return {
    searchOutbound: async (filter) => searchOutbound({ days, breathe }, filter),
    outboundDetails: (serverId, id) => content.details(serverId, id),
    outboundSource: (serverId, id) => content.source(serverId, id),
    acceptedMessage: async (id) => {
      for (const log of logs.values()) {
        const found = await log.message(id);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    trace: createTrace({ days, logs, covers }),
    isOutbound: async (serverId, id) => hasMessage(days, serverId, id),
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
    captured: async (page, serverId) => searchCaptured(days, page, serverId),
    capturedMessage: (id, serverId) => content.captured(id, serverId),
  };
}

function writingSide({ db, days, breathe, writer }: Inside, { clock }: ActivityOptions): ActivityIndex & Eraser {
  return {
    cursor: async (log) => writer.cursor(log),
    apply: async (batch) => writer.apply(batch),
    sync: async () => writer.sync(),
    purgeShortLived: async (what) => purgeShortLived(db, what),
    tidy: async () => sealTile({ days, breathe }, clock.now()),
    purge: async (before, limit) => purgeActivity({ db, days }, { before, limit }),
    erase: async (erasure) => eraseRecipient({ db, days }, erasure),
    close: async () => {
      writer.sync();
      days.close();
      db.close();
    },
  };
}
