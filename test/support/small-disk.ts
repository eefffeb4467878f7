// A small file system of its own (tmpfs), to be filled and emptied: a disk that really is full. Needs the right to mount.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  free(): number;
  /** Writes a file of other people until this many bytes are free; 0 fills the disk to the last block. */
  fill(leave: number): void;
  /** Removes that file. */
  empty(): void;
  remove(): void;
}

/** Undefined where it cannot be mounted here. */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  const mount = mkdtempSync(join(tmpdir(), 'bulkhead-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', mount]);
  if (mounted.status !== 0) {
    rmSync(mount, { recursive: true, force: true });
    return undefined;
  }
  const ballast = join(mount, 'ballast');
  const free = (): number => {
    const { bavail, bsize } = statfsSync(mount);
    return bavail * bsize;
  };
  return {
    folder: mount,
    free,
    fill(leave) {
      const file = openSync(ballast, 'a');
      try {
        for (let room = free() - leave; room > 0; room = free() - leave)
          if (writeSync(file, ZEROES, 0, Math.min(room, ZEROES.length)) === 0) return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    remove() {
      spawnSync('umount', ['-l', mount]);
      rmSync(mount, { recursive: true, force: true });
    },
  };
}

const ZEROES = Buffer.alloc(1024 * 1024);
