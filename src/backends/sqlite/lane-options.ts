// The bounds of a lane's queue, and what they are where nobody says otherwise.
import { systemClock, type Clock } from '../../lib/clock.ts';

export interface LaneQueueOptions {
  readonly file: string;
  /** Appends are refused when the file would grow beyond this; without it the disk is the bound. */
  readonly maxBytes?: number;
  /** Appends are refused while less than this is free on the disk. */
  readonly minFreeBytes?: number;
  /** Most calls and bytes in one commit. */
  readonly groupItems?: number;
  readonly groupBytes?: number;
  /** Appends are refused while this much waits for its commit. */
  readonly maxWaitingBytes?: number;
  /** Bounds of what is kept in memory for its first lease. */
  readonly readyBytes?: number;
  readonly readyMessages?: number;
  /** One `lease` hands out at most this many bytes of bodies, and at least one delivery. */
  readonly leaseBytes?: number;
  readonly cacheKiB?: number;
  /** Pages in the WAL before a commit also moves them into the file; a `Checkpointer` elsewhere does it sooner. */
  readonly checkpointPages?: number;
  /**
   * How long a settlement waits for others to share a commit with. Nobody waits for it, but what was delivered in this
   * time is delivered again after a crash.
   */
  readonly settleWaitMs?: number;
  /** How long to wait for a former owner of the file to go. */
  readonly ownerWaitMs?: number;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;
const DEFAULTS = {
  minFreeBytes: 0,
  groupItems: 256,
  groupBytes: 4 * MIB,
  maxWaitingBytes: 64 * MIB,
  readyBytes: 4 * MIB,
  readyMessages: 8192,
  leaseBytes: 32 * MIB,
  cacheKiB: 2 * 1024,
  checkpointPages: 8000,
  settleWaitMs: 8,
  ownerWaitMs: 5000,
  clock: systemClock,
};

export type ChosenOptions = LaneQueueOptions & typeof DEFAULTS;

export function withDefaults(options: LaneQueueOptions): ChosenOptions {
  return { ...DEFAULTS, ...options };
}
