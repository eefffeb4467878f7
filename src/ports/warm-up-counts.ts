// Where a lane keeps what its warming addresses have sent, so that a restart does not begin the day anew.
//
// Promises: a write is durable when it resolves; counts of days long past are dropped. Asks of callers: one writer a lane.
import type { SentCount } from '../domain/warm-up-budget.ts';

export interface WarmUpCounts {
  /** Those of the day (since 1970, UTC), in no order. */
  read(day: number): Promise<readonly SentCount[]>;
  /** Each in place of the one of the same address, day and provider. */
  write(counts: readonly SentCount[]): Promise<void>;
  close(): Promise<void>;
}
