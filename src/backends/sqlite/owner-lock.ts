// The mark of a queue's one owner: leases live in the owner's memory, so two owners would deliver everything twice.
//
// An exclusive SQLite lock on a small file beside the queue's, held as long as the queue is open. The operating system
// gives it up when the owner dies, however it dies; the file itself may stay and means nothing.
import Database from 'better-sqlite3';
import { closeSync, openSync } from 'node:fs';

export class AlreadyOwned extends Error {
  override readonly name = 'AlreadyOwned';
}

/** Waits `waitMs` for a former owner to go, then throws `AlreadyOwned`. The returned function gives the lock up. */
export function ownFile(file: string, waitMs: number): () => void {
  const lockFile = `${file}.owner`;
  closeSync(openSync(lockFile, 'a', 0o600));
  const db = new Database(lockFile, { timeout: waitMs });
  try {
    db.exec('begin exclusive');
  } catch (cause) {
    db.close();
    throw new AlreadyOwned(`another process or thread works on ${file}`, { cause });
  }
  return () => void db.close();
}
