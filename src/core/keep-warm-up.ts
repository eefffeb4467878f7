// The warm-up budget of a lane that outlives its thread: counts of today are read at the start, and changes written every
// second while there are any.
//
// A crash loses the counts of the last second, which is the price for no write to the disk a transaction: an address may
// then send that much more on the day. Trouble with the file is logged and does not hold mail back.
import { createWarmUpBudget, type WarmUpBudget } from '../domain/warm-up-budget.ts';
import type { PoolAddress } from '../domain/pool.ts';
import { utcDay } from '../domain/warm-up.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { WarmUpCounts } from '../ports/warm-up-counts.ts';

export interface WarmUpKeeping {
  readonly counts: WarmUpCounts;
  readonly clock: Clock;
  readonly log: Log;
}

/** The budget as an address book asks it: by the number of an address and the site that it would send to. */
export interface LaneWarmUp {
  hasLeft(addressId: number, site: WarmedSite): boolean;
  /** Counts the recipients, or says false and counts nothing. */
  take(addressId: number, site: WarmedSite, recipients: number): boolean;
}

/** All domains of one provider share a site, and with it the day's allowance. */
interface WarmedSite {
  readonly key: string;
}

export interface KeptWarmUp extends LaneWarmUp {
  readonly budget: WarmUpBudget;
  /** The addresses of the lane as they are now; others have no plan. */
  update(addresses: readonly PoolAddress[]): void;
  /** Writes what is open and closes the file. */
  stop(): Promise<void>;
}

export async function keepWarmUp({ counts, clock, log }: WarmUpKeeping): Promise<KeptWarmUp> {
  const kept = await counts.read(utcDay(clock.now())).catch((error: unknown) => {
    log.error({ err: error }, 'warm-up counts cannot be read: the day begins anew');
    return [];
  });
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = (): void => {
    cancel = undefined;
    const changed = budget.drain();
    if (changed.length === 0) return;
    writing = writing
      .then(() => counts.write(changed))
      .catch((error: unknown) => {
        log.error({ err: error }, 'warm-up counts cannot be written: after a restart the day begins with older ones');
      });
  };
  const budget = createWarmUpBudget({
    now: () => clock.now(),
    kept,
    onChange: () => void (cancel ??= clock.after(WRITE_EVERY_MS, write)),
  });
  let warming: ReadonlyMap<number, PoolAddress> = new Map();
  return {
    budget,
    update(addresses) {
      warming = new Map(addresses.filter(({ warmUp }) => warmUp !== undefined).map((each) => [each.id, each]));
    },
    hasLeft(addressId, { key }) {
      const address = warming.get(addressId);
      return address === undefined || budget.left(address, key) > 0;
    },
    take(addressId, { key }, recipients) {
      const address = warming.get(addressId);
      return address === undefined || budget.take(address, key, recipients);
    },
    async stop() {
      cancel?.();
      write();
      await writing;
      await counts.close();
    },
  };
}

const WRITE_EVERY_MS = 1000;
