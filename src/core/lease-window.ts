// The window of a lane: how much of its queue is in memory at a time. Leases due deliveries in batches, hands them on by
// message, and sleeps until more is due.
//
// The queue shares leases out fairly, but what a slow server was lent while it was alone comes back slowly. So a part beyond
// the window, the reserve, is for servers that hold little: a newcomer waits for nobody's deliveries. Each gets a part of
// what is left of the reserve, so that a few blocked servers do not use it up. Promises: never more deliveries than the window
// and its reserve, and not many more bytes; one look into the queue for a batch, not for a delivery.
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { LaneQueue, Lease } from '../ports/lane-queue.ts';

export interface WindowOptions {
  /** Deliveries leased at a time, waiting and in flight; a quarter more where servers wait that hold few of them. */
  readonly window: number;
  /** Bytes of bodies in memory for them. */
  readonly windowBytes: number;
}

export interface LeaseWindowDeps {
  readonly queue: Pick<LaneQueue, 'lease' | 'depth'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly options: WindowOptions;
  /** Takes the due deliveries of one message. */
  readonly onLeased: (group: readonly Lease[]) => void;
}

export interface LeaseWindow {
  /** Something may have become due. Cheap, may be called often. */
  wake(): void;
  /** These are settled: their room is free. `nextDueAt` is the earliest of what was put back, if any. */
  letGo(leases: readonly Lease[], nextDueAt: number | undefined): void;
  /** Leases nothing while it is on. */
  pause(on: boolean): void;
  /** Leases no more. Resolves when no look into the queue is under way. */
  stop(): Promise<void>;
  readonly leased: () => number;
}

/** The window is filled up again when it is down to this part of it. */
const REFILL_BELOW = 0.75;
/** What the window may grow by for servers that hold little, and the part of what is left of it that one of them gets. */
const RESERVE = 0.25;
const PART_OF_RESERVE = 8;
/** A full window looks that often for servers that hold little and have something due again. */
const NEWCOMERS_MS = 1000;
/** A queue hands out fewer than are due when bodies are large: then there may be more. */
const LARGE_LEASE_BYTES = 1024 * 1024;
const RETRY_MS = 1000;
/** Bounds the drift of a timer; waking for nothing costs one look into the queue. */
const MAX_SLEEP_MS = 60_000;

export function createLeaseWindow({ queue, clock, log, options, onLeased }: LeaseWindowDeps): LeaseWindow {
  /** Bytes that each leased delivery holds in memory. */
  const weights = new Map<number, number>();
  let bytes = 0;
  /** There may be due work that is not leased. */
  let more = true;
  /** Among it there may be work of servers that hold little. */
  let newcomers = true;
  let looking: Promise<void> | undefined;
  let stopping = false;
  let paused = false;
  let wakeAt = Infinity;
  let cancelTimer = (): void => undefined;

  function wake(): void {
    more = true;
    newcomers = true;
    pull();
  }

  function pull(): void {
    if (!more || looking !== undefined || halted() || !(hasRoom() || hasReserve())) return;
    looking = look().then(() => {
      looking = undefined;
      pull();
    });
  }

  function halted(): boolean {
    return stopping || paused;
  }

  function hasRoom(): boolean {
    return weights.size <= options.window * REFILL_BELOW && bytes <= options.windowBytes * REFILL_BELOW;
  }

  function hasReserve(): boolean {
    return newcomers && reserve() >= 1 && bytes <= options.windowBytes * (1 + RESERVE);
  }

  /** What is left of it: all of it until the window itself is full. */
  function reserve(): number {
    return Math.floor(options.window * RESERVE) - Math.max(weights.size - options.window, 0);
  }

  async function look(): Promise<void> {
    try {
      while (more && !halted() && hasRoom()) await leaseBatch(options.window - weights.size);
      while (more && !halted() && hasReserve()) await leaseReserve();
      // A timer also where the window is full: servers that hold little may have something due before there is room.
      sleepUntil(more ? clock.now() + NEWCOMERS_MS : (await queue.depth()).nextDueAt);
    } catch (error) {
      log.error({ err: error }, 'leasing failed; trying again in a second');
      more = false;
      sleepUntil(clock.now() + RETRY_MS);
    }
  }

  async function leaseReserve(): Promise<void> {
    const { size } = weights;
    await leaseBatch(reserve(), Math.ceil(reserve() / PART_OF_RESERVE));
    newcomers = weights.size > size;
    more = true;
  }

  async function leaseBatch(room: number, mostOfServer?: number): Promise<void> {
    more = false;
    const before = bytes;
    const leases = await queue.lease(room, clock.now(), mostOfServer);
    for (const group of byMessage(leases)) {
      hold(group);
      onLeased(group);
    }
    if (leases.length === room || bytes - before > LARGE_LEASE_BYTES) more = true;
  }

  /** The deliveries of a message share its body: each weighs its part. */
  function hold(group: readonly Lease[]): void {
    for (const { deliveryId, raw } of group) {
      // After a long commit it may be due again before the end of its former lease was heard of.
      drop(deliveryId);
      weights.set(deliveryId, raw.length / group.length);
      bytes += raw.length / group.length;
    }
  }

  function letGo(leases: readonly Lease[], nextDueAt: number | undefined): void {
    for (const { deliveryId } of leases) drop(deliveryId);
    sleepUntil(nextDueAt);
    pull();
  }

  function drop(deliveryId: number): void {
    bytes -= weights.get(deliveryId) ?? 0;
    weights.delete(deliveryId);
  }

  /** Wakes at the earliest of the times given. */
  function sleepUntil(dueAt: number | undefined): void {
    if (dueAt === undefined || dueAt >= wakeAt || stopping) return;
    cancelTimer();
    wakeAt = dueAt;
    cancelTimer = clock.after(Math.min(Math.max(dueAt - clock.now(), 1), MAX_SLEEP_MS), () => {
      wakeAt = Infinity;
      wake();
    });
  }

  function pause(on: boolean): void {
    paused = on;
    if (!on) wake();
  }

  async function stop(): Promise<void> {
    stopping = true;
    cancelTimer();
    await looking;
  }

  return { wake, letGo, pause, stop, leased: () => weights.size };
}

function byMessage(leases: readonly Lease[]): Lease[][] {
  const groups: Lease[][] = [];
  for (const item of leases) {
    const last = groups.at(-1);
    if (last?.[0]?.message.id === item.message.id) last.push(item);
    else groups.push([item]);
  }
  return groups;
}
