// Statistics: sums per server, stream, tag and Eastern day, kept for good (contract management 8). Filled by a consumer of the
// event logs, asked by the API. Nothing of a recipient is in them, so they outlive messages and removals.
//
// Promises: what a batch counts and the cursor of its log are one commit, so a replay counts nothing twice; a power cut may
// take back the newest commits, whole and in order. Tags are counted one by one up to a bound a day and server, and as
// `OTHER_TAGS` beyond it; sums without a tag are always whole.
import type { Counts } from '../domain/statistics.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';
import type { LogName } from './activity-index.ts';

export interface Counted {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** Empty where there is none. */
  readonly tag: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly counts: Counts;
}

/**
 * Something that counts only the first time, such as an opening by a recipient. Known by the day on which its message was
 * accepted and a hash; forgotten when that is `FIRSTS_KEPT_DAYS` ago.
 */
export interface First {
  /** Whole days since the Unix epoch, UTC. */
  readonly day: number;
  readonly hash: string;
}

export const FIRSTS_KEPT_DAYS = 60;

export interface CountedBatch {
  readonly log: LogName;
  /** Where the batch starts: the cursor that the store must have. */
  readonly after: number;
  /** The cursor that it has afterwards. */
  readonly upTo: number;
  readonly counted: readonly Counted[];
  /** Those that were counted in it. */
  readonly firsts?: readonly First[];
}

export interface StatisticsFilter {
  readonly serverId: ServerId;
  /** All streams without it. */
  readonly streamId?: StreamId;
  /** Exact; without it all mail, tagged or not. */
  readonly tag?: string;
  /** Days, inclusive at both ends. */
  readonly from?: string;
  readonly to?: string;
}

export interface DayCounts {
  readonly day: string;
  readonly counts: Counts;
}

/** The reading side. */
export interface Statistics {
  /** Days on which anything was counted, oldest first. */
  dailyCounts(filter: StatisticsFilter): Promise<readonly DayCounts[]>;
}

export interface StatisticsStore extends Statistics {
  /** The `seq` up to which a log is counted; 0 at first. */
  cursor(log: LogName): Promise<number>;
  /** Those that no batch has counted yet. */
  uncounted(firsts: readonly First[]): Promise<readonly First[]>;
  /** Rejects with `CursorMoved` (ports/activity-index), and counts nothing, where the cursor is not at `after`. */
  add(batch: CountedBatch): Promise<void>;
  close(): Promise<void>;
}

export interface StatisticsLimits {
  /** Tags of one server that are counted one by one on one day. */
  readonly tagsADay: number;
}

export const STATISTICS_LIMITS: StatisticsLimits = { tagsADay: 1000 };
