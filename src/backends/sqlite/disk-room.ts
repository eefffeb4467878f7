// Is there room on the disk to accept more? Appends stop while some is still left, so that settling, events and the
// database's own housekeeping go on: a disk that is full to the last block stops those too.
import { statfsSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';

export interface DiskRoomOptions {
  readonly folder: string;
  /** 0 switches the check off. */
  readonly minFreeBytes: number;
  readonly clock: Clock;
}

/** The disk is asked at most this often. */
const ASK_EVERY_MS = 250;

/** A function that says whether at least `minFreeBytes` are free. */
export function diskRoom({ folder, minFreeBytes, clock }: DiskRoomOptions): () => boolean {
  if (minFreeBytes <= 0) return () => true;
  let room = true;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.now();
    if (Math.abs(now - askedAt) < ASK_EVERY_MS) return room;
    askedAt = now;
    const { bavail, bsize } = statfsSync(folder);
    room = bavail * bsize >= minFreeBytes;
    return room;
  };
}
