// Takes out of the activity index what is older than the retention: messages with the files of their days, which costs the same
// however many they are, and what is in activity.sqlite a bounded piece at a time.
//
// Promises: a piece is one transaction; streams are visited one after the other through the first columns of an index, so a
// piece costs what it deletes. A message goes once the whole day of its acceptance (UTC) is older.
import type { ServerId } from '../../lib/ids.ts';
import type { ActivityDays } from './activity-days.ts';
import { purgeInbound } from './activity-purge-later.ts';
import type { Db } from './activity-schema.ts';

export interface Piece {
  /** Unix milliseconds: what is older goes. */
  readonly before: number;
  /** Bounces, as many openings and clicks, and as many inbound messages, at most. */
  readonly limit: number;
}

export interface WhereToPurge {
  readonly db: Db;
  readonly days: ActivityDays;
}

/** How many days, bounces, openings, clicks and inbound messages went; 0 when nothing is left to purge. */
export function purgeActivity({ db, days }: WhereToPurge, piece: Piece): number {
  const dropped = days.dropBefore(piece.before);
  const rows = db.transaction(() => {
    db.prepare('DELETE FROM reactivated WHERE at < ?').run(piece.before);
    const byStream = BY_STREAM.reduce((sum, [table, time]) => sum + purgeRows(db, { table, time, ...piece }), 0);
    return byStream + purgeInbound(db, piece);
  })();
  return dropped + rows;
}

type Table = 'bounce' | 'tracked';

/** With the column that tells their age. */
const BY_STREAM = [
  ['bounce', 'bounced_at'],
  ['tracked', 'at'],
] as const;

interface Rows extends Piece {
  readonly table: Table;
  readonly time: string;
}

function purgeRows(db: Db, { table, time, before, limit }: Rows): number {
  // An index on tracked has the kind before the time; on bounces there is none.
  const kinds = table === 'tracked' ? ['AND kind = 0', 'AND kind = 1'] : [''];
  const removers = kinds.map((kind) =>
    db.prepare(
      `DELETE FROM ${table} WHERE rowid IN
         (SELECT rowid FROM ${table} WHERE server_id = ? AND stream_id = ? ${kind} AND ${time} < ? ORDER BY ${time} LIMIT ?)`,
    ),
  );
  let left = limit;
  for (const { server_id: serverId, stream_id: streamId } of streamsIn(db, table)) {
    for (const remove of removers) {
      if (left > 0) left -= remove.run(serverId, streamId, before, left).changes;
    }
  }
  return limit - left;
}

interface StreamKey {
  readonly server_id: ServerId;
  readonly stream_id: string;
}

/** The streams that have rows: each step seeks the next one in the index. */
function* streamsIn(db: Db, table: Table): Generator<StreamKey> {
  const next = db.prepare(
    `SELECT server_id, stream_id FROM ${table} WHERE (server_id, stream_id) > (?, ?)
     ORDER BY server_id, stream_id LIMIT 1`,
  );
  let key = next.get(-1, '') as StreamKey | undefined;
  while (key !== undefined) {
    yield key;
    key = next.get(key.server_id, key.stream_id) as StreamKey | undefined;
  }
}
