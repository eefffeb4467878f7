// The window of a lane: how much of its queue is in memory at a time. Leases due deliveries in batches, hands them on by
// message, and sleeps until more is due. Promises: never more deliveries than the window and not many more bytes; one
// look into the queue for a batch, not for a delivery.
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { LaneQueue, Lease } from '../ports/lane-queue.ts';

export interface WindowOptions {
  /** Deliveries leased at a time, waiting and in flight. */
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
  /** The queue is to be asked when the next delivery is due; what we put back ourselves is known without asking. */
  let askNextDue = true;
  let looking: Promise<void> | undefined;
  let stopping = false;
  let paused = false;
  let wakeAt = Infinity;
  let cancelTimer = (): void => undefined;

  function wake(): void {
    more = true;
    pull();
  }

  function pull(): void {
    if (!more || looking !== undefined || stopping || paused || !hasRoom()) return;
    looking = look().then(() => {
      looking = undefined;
      pull();
    });
  }

  function hasRoom(): boolean {
    return weights.size <= options.window * REFILL_BELOW && bytes <= options.windowBytes * REFILL_BELOW;
  }

  async function look(): Promise<void> {
    try {
      while (more && !stopping && !paused && hasRoom()) await leaseBatch();
      if (!askNextDue || more) return;
      askNextDue = false;
      sleepUntil((await queue.depth()).nextDueAt);
    } catch (error) {
      log.error({ err: error }, 'leasing failed; trying again in a second');
      more = false;
      sleepUntil(clock.now() + RETRY_MS);
    }
  }

  async function leaseBatch(): Promise<void> {
    more = false;
    const room = options.window - weights.size;
    const before = bytes;
    const leases = await queue.lease(room, clock.now());
    for (const group of byMessage(leases)) {
      hold(group);
      onLeased(group);
    }
    if (leases.length === room || bytes - before > LARGE_LEASE_BYTES) more = true;
  }

  /** The deliveries of a message share its body: each weighs its part. */
  function hold(group: readonly Lease[]): void {
    for (const { deliveryId, raw } of group) {
      weights.set(deliveryId, raw.length / group.length);
      bytes += raw.length / group.length;
    }
  }

  function letGo(leases: readonly Lease[], nextDueAt: number | undefined): void {
    for (const { deliveryId } of leases) {
      bytes -= weights.get(deliveryId) ?? 0;
      weights.delete(deliveryId);
    }
    sleepUntil(nextDueAt);
    pull();
  }

  /** Wakes at the earliest of the times given. */
  function sleepUntil(dueAt: number | undefined): void {
    if (dueAt === undefined || dueAt >= wakeAt || stopping) return;
    cancelTimer();
    wakeAt = dueAt;
    cancelTimer = clock.after(Math.min(Math.max(dueAt - clock.now(), 1), MAX_SLEEP_MS), () => {
      wakeAt = Infinity;
      askNextDue = true;
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
