// The warm-up budget of a lane that outlives its thread: counts of today are read at the start, and changes written every
// second while there are any.
//
// A crash loses the counts of the last second, which is the price for no write to the disk a transaction: an address may
// then send that much more on the day. Trouble with the file is logged and does not hold mail back.
import type { AddressBudget } from './address-book.ts';
import { createWarmUpBudget, type WarmUpBudget } from '../domain/warm-up-budget.ts';
import type { PoolAddress } from '../domain/pool.ts';
import { paceKeyOf } from '../domain/shaping/provider-of.ts';
import { utcDay } from '../domain/warm-up.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { WarmUpCounts } from '../ports/warm-up-counts.ts';

export interface WarmUpKeeping {
  readonly counts: WarmUpCounts;
  readonly clock: Clock;
  readonly log: Log;
}

export interface KeptWarmUp extends AddressBudget {
  readonly budget: WarmUpBudget;
  /** Resolves when what was sent today is known. */
  readonly ready: Promise<void>;
  /** Writes what is open and closes the file. */
  stop(): Promise<void>;
}

export function keepWarmUp({ counts, clock, log }: WarmUpKeeping): KeptWarmUp {
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
    onChange: () => void (cancel ??= clock.after(WRITE_EVERY_MS, write)),
  });
  let warming: ReadonlyMap<number, PoolAddress> = new Map();
  const ready = counts.read(utcDay(clock.now())).then(
    (kept) => budget.restore(kept),
    (error: unknown) => log.error({ err: error }, 'warm-up counts cannot be read: the day begins anew'),
  );
  return {
    budget,
    ready,
    update(addresses) {
      warming = new Map(addresses.filter(({ warmUp }) => warmUp !== undefined).map((each) => [each.id, each]));
    },
    // All sites of a large provider share its allowance, as they share its pace.
    fits(addressId, site, recipients) {
      const address = warming.get(addressId);
      return address === undefined || budget.fits(address, paceKeyOf(site), recipients);
    },
    take(addressId, site, recipients) {
      const address = warming.get(addressId);
      return address === undefined || budget.take(address, paceKeyOf(site), recipients);
    },
    nextDayAt: () => budget.nextDayAt(),
    async stop() {
      cancel?.();
      write();
      await writing;
      await counts.close();
    },
  };
}

const WRITE_EVERY_MS = 1000;
