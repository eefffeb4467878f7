// Moves what a lane has written from its WAL into the file, from another thread: a checkpoint takes 15 ms, in which the
// lane's own thread would neither accept nor deliver.
//
// A passive checkpoint (https://sqlite.org/c3ref/wal_checkpoint_v2.html) waits for nobody and lets nobody wait. The lane's
// own automatic checkpoint stays as the bound of the WAL, for when this one is late; it then finds little left to do.
import { openDatabase, type Schema } from './database.ts';
import { LANE_SCHEMA } from './lane-schema.ts';

export interface Checkpointer {
  /** Cheap when nothing was written. */
  checkpoint(): void;
  close(): void;
}

const CACHE_KIB = 256;
const BUSY_TIMEOUT_MS = 1000;
/** Never by itself: it writes nothing. */
const NO_AUTOMATIC = 0;

/** A lane's file, unless another schema is given. */
export function openCheckpointer(file: string, schema: Schema = LANE_SCHEMA): Checkpointer {
  const db = openDatabase({
    file,
    schema,
    cacheKiB: CACHE_KIB,
    checkpointPages: NO_AUTOMATIC,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  return {
    checkpoint: () => void db.pragma('wal_checkpoint(PASSIVE)'),
    close: () => void db.close(),
  };
}
