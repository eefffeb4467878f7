// Keeps a lane to what the control data says of it: which addresses it may leave through, and what is held.
//
// Promises: after `refresh`, nothing new leaves through an address that was taken away; an address that leaves the pool is
// reported as released once no attempt uses it, and not before. Without a usable address the lane waits and says why.
// Looks at what the machine has once a minute, so that an address which comes or goes is noticed.
import type { LaneAddressBook } from '../core/address-book.ts';
import type { Hold, Resumption } from '../domain/hold.ts';
import { HOST_ADDRESS, type PoolAddress } from '../domain/pool.ts';
import type { Clock } from '../lib/clock.ts';
import type { LaneId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { PoolStore } from '../ports/pool-store.ts';

export interface LaneControlDeps {
  readonly pool: LaneId;
  readonly store: PoolStore;
  readonly book: LaneAddressBook;
  readonly isBound: (ip: string) => Promise<boolean>;
  /** Streams whose mail is kept and not sent; all others go. */
  readonly hold: (streams: readonly Hold[], resumed: readonly Resumption[]) => void;
  /** Attempts under way through an address. */
  readonly usesOf: (addressId: number) => number;
  /** The book has changed. */
  readonly onChanged: () => void;
  /** Undefined: the lane goes on. */
  readonly pause: (reason: string | undefined) => void;
  readonly onReleased: (addressIds: readonly number[]) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LaneControl {
  /** Rejects where the control data cannot be read: for the start, which fails then. */
  refresh(): Promise<void>;
  /** Never rejects: what cannot be read now is read again soon, and the lane keeps to what it knows. */
  changed(): Promise<void>;
  stop(): void;
}

const RELEASE_EVERY_MS = 50;
const LOOK_EVERY_MS = 60_000;
const AGAIN_MS = 1000;

export function createLaneControl(deps: LaneControlDeps): LaneControl {
  const { pool, store, book, clock, log } = deps;
  let last: Promise<void> = Promise.resolve();
  let waiting: string | undefined;
  let leaving = new Set<number>();
  let cancelRelease = (): void => undefined;
  let cancelLook = (): void => undefined;
  let stopped = false;

  /** One after the other, so that the last word is the newest. */
  function refresh(): Promise<void> {
    last = last.then(read, read);
    return last;
  }

  async function read(): Promise<void> {
    if (stopped) return;
    deps.hold(await store.holds(), await store.resumptions());
    const addresses = await store.addresses();
    const own = addresses.filter((address) => address.pool === pool);
    book.update(addresses, await boundAmong(own));
    deps.onChanged();
    say(book.waitsBecause());
    leaving = new Set(own.filter(({ state }) => state === 'leaving').map(({ id }) => id));
    release();
    lookAfter(LOOK_EVERY_MS);
  }

  async function changed(): Promise<void> {
    try {
      await refresh();
    } catch (error) {
      log.error({ err: error }, 'what the lane keeps to could not be read; trying again');
      lookAfter(AGAIN_MS);
    }
  }

  function lookAfter(ms: number): void {
    cancelLook();
    if (!stopped) cancelLook = clock.after(ms, () => void changed());
  }

  async function boundAmong(own: readonly PoolAddress[]): Promise<(ip: string) => boolean> {
    const real = own.filter(({ ip }) => ip !== HOST_ADDRESS).map(({ ip }) => ip);
    const answers = await Promise.all(real.map(deps.isBound));
    const bound = new Set(real.filter((_, at) => answers[at]));
    return (ip) => bound.has(ip);
  }

  function say(reason: string | undefined): void {
    deps.pause(reason);
    if (reason !== waiting && reason !== undefined) log.error({ reason }, 'the lane waits: nothing of it can leave');
    if (reason === undefined && waiting !== undefined) log.info({}, 'the lane goes on');
    waiting = reason;
  }

  function release(): void {
    cancelRelease();
    const free = [...leaving].filter((id) => deps.usesOf(id) === 0);
    for (const id of free) leaving.delete(id);
    if (free.length > 0) deps.onReleased(free);
    if (leaving.size > 0 && !stopped) cancelRelease = clock.after(RELEASE_EVERY_MS, release);
  }

  return {
    refresh,
    changed,
    stop() {
      stopped = true;
      cancelRelease();
      cancelLook();
    },
  };
}
