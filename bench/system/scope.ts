// What a run started and made: processes and folders, all of which are gone when the run ends, however it ends.
//
// Promises: `close()` undoes everything in reverse order; on SIGINT, SIGTERM, an uncaught error or any exit the same is
// done at once and by force (SIGKILL to each process tree that was started here, folders removed). Only processes that
// were handed in are touched, by their id. Leaves out: a SIGKILL of the run itself, which no program can answer.
import { mkdtempSync, rmSync, statfsSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killTree } from './process-tree.ts';

const TMPFS_MAGIC = 0x01021994;

export interface Scope {
  /** Makes a temporary folder that every user may enter (Postfix's processes run under another one). */
  folder(name: string): string;
  /** Takes over a process tree: killed when the scope closes, unless it is gone by then. */
  owns(pid: number): void;
  /** Says that a process tree was seen to end. */
  released(pid: number): void;
  /** Adds an orderly step for `close`. */
  defer(undo: () => void | Promise<void>): void;
  close(): Promise<void>;
}

/** `parent` must be on a real disk: on a memory file system fsync costs nothing and every rate would be a lie. */
export function openScope(parent: string = tmpdir()): Scope {
  if (statfsSync(parent).type === TMPFS_MAGIC) {
    throw new Error(`${parent} is a memory file system, where fsync costs nothing: give another with --tmp`);
  }
  const folders = new Set<string>();
  const pids = new Set<number>();
  const undos: (() => void | Promise<void>)[] = [];
  const force = (): void => {
    for (const pid of pids) killTree(pid);
    pids.clear();
    for (const folder of folders) removeFolder(folder);
    folders.clear();
  };
  const detach = onAnyEnd(force);
  return {
    folder(name) {
      const path = mkdtempSync(join(parent, `bulkhead-bench-${name}-`));
      chmodSync(path, 0o755);
      folders.add(path);
      return path;
    },
    owns: (pid) => void pids.add(pid),
    released: (pid) => void pids.delete(pid),
    defer: (undo) => void undos.push(undo),
    async close() {
      try {
        for (const undo of undos.splice(0).reverse()) await undo();
      } finally {
        force();
        detach();
      }
    },
  };
}

/** Processes that were just killed may still be writing: the removal is tried a few times. */
function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function onAnyEnd(force: () => void): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    force();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('exit', force);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  return () => {
    process.off('exit', force);
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    process.off('SIGHUP', stop);
  };
}
