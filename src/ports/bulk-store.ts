// Bulk requests that were accepted: their content until they are finished, their counters for as long as messages are kept.
//
// Promises: what `keep` resolved for is durable as a whole, and nothing of it is seen before; the counters and the cursor
// of a request move together, in one commit; a finished request never changes its status again, and its content is dropped.
// Asks of callers: one owner, who releases; entries are done in their order.
import type { BulkContent, BulkEntry, BulkFailure, BulkRequest, BulkStatus } from '../domain/bulk.ts';
import type { AccountId, ServerId, StreamId } from '../lib/ids.ts';

export interface NewBulk {
  readonly id: string;
  readonly accountId: AccountId;
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  readonly submittedAt: number;
  readonly subject: string | undefined;
  readonly content: BulkContent;
  readonly entries: readonly BulkEntry[];
  /** Of the request as it came; what the bounds are held against. */
  readonly bytes: number;
  /** Unix milliseconds. Past it nothing is kept any more: nobody waits for the answer. */
  readonly until: number;
}

/** `full`: the disk or the bound of all requests; `server-full`: the bound of the server's own. */
export type BulkKept = 'kept' | 'full' | 'server-full' | 'late';

export interface BulkProgress {
  readonly next: number;
  readonly released: number;
  readonly failed: number;
  readonly failures: readonly BulkFailure[];
  readonly reservedAt: number;
}

export interface BulkPage {
  readonly count: number;
  /** Only those of a smaller `seq`. */
  readonly before: number | undefined;
}

export interface BulkStore {
  keep(request: NewBulk): Promise<BulkKept>;
  find(serverId: ServerId, id: string): Promise<BulkRequest | undefined>;
  /** Newest first. */
  list(serverId: ServerId, page: BulkPage): Promise<readonly BulkRequest[]>;
  /** The oldest request that is not finished of each stream, in order of `seq`. */
  waiting(): Promise<readonly BulkRequest[]>;
  /** Undefined for a finished request. */
  content(seq: number): Promise<BulkContent | undefined>;
  /** From the place `from` on, in order, at most `limit`; of a request that is not finished. */
  entries(seq: number, from: number, limit: number): Promise<readonly BulkEntry[]>;
  /** Begins (or goes on): the ids of what is to be done next have this time. Durable. */
  reserve(seq: number, reservedAt: number): Promise<void>;
  /** One commit. Also of a request that was cancelled meanwhile: what was done is counted. */
  advance(seq: number, progress: BulkProgress): Promise<void>;
  setNote(seq: number, note: string | undefined): Promise<void>;
  /** Without effect on a finished request. */
  finish(seq: number, status: Extract<BulkStatus, 'Completed' | 'Cancelled' | 'Failed'>, end: BulkEnd): Promise<void>;
  /** Finished requests of before the time go, `limit` of them at most; how many went. */
  purge(before: number, limit: number): Promise<number>;
  close(): Promise<void>;
}

export interface BulkEnd {
  readonly at: number;
  readonly note: string | undefined;
}
