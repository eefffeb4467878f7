// Takes out of the activity index what is older than the retention, a bounded piece at a time.
//
// Promises: a piece is one transaction; a message goes with all rows about it; streams are visited one after the other
// through the first columns of an index, so a piece costs what it deletes.
import type { ServerId } from '../../lib/ids.ts';
import { purgeInbound } from './activity-purge-later.ts';
import { keyOf, readShown } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { slabOf } from './activity-slab.ts';

export interface Piece {
  /** Unix milliseconds: what is older goes. */
  readonly before: number;
  /** Messages, and as many bounces, at most. */
  readonly limit: number;
}

/** How many messages and bounces went; 0 when nothing is left to purge. */
export function purgeActivity(db: Db, piece: Piece): number {
  return db.transaction(() => {
    db.prepare('DELETE FROM reactivated WHERE at < ?').run(piece.before);
    const byStream = BY_STREAM.reduce((sum, [table, time]) => sum + purgeRows(db, { table, time, ...piece }), 0);
    return purgeMessages(db, piece) + byStream + purgeInbound(db, piece);
  })();
}

export interface StoredMessage {
  readonly number: number;
  readonly id: Buffer;
  readonly shown: string;
}

function purgeMessages(db: Db, { before, limit }: Piece): number {
  const old = db.prepare(
    `SELECT number, id, shown FROM message
     WHERE server_id = ? AND stream_id = ? AND received_at < ? ORDER BY received_at LIMIT ?`,
  );
  const remove = messageRemover(db);
  let left = limit;
  for (const { server_id: serverId, stream_id: streamId } of streamsIn(db, 'message')) {
    if (left <= 0) break;
    const rows = old.all(serverId, streamId, before, left) as StoredMessage[];
    for (const row of rows) remove(serverId, row);
    left -= rows.length;
  }
  return limit - left;
}

/** A message goes with all rows about it but its bounces. */
export function messageRemover(db: Db): (serverId: ServerId, row: StoredMessage) => void {
  const ofMessage = ['message_event', 'refused_source', 'captured', 'tracked', 'erased'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE server_id = ? AND message_id = ?`),
  );
  const recipient = db.prepare(
    'DELETE FROM recipient WHERE server_id = ? AND slab = ? AND address_key = ? AND message = ?',
  );
  const metadata = db.prepare(
    'DELETE FROM metadata WHERE server_id = ? AND slab = ? AND name = ? AND value = ? AND message = ?',
  );
  const message = db.prepare('DELETE FROM message WHERE number = ?');
  return (serverId, { number, id, shown }) => {
    const known = readShown(shown);
    const slab = slabOf(number);
    for (const { address } of known.recipients) recipient.run(serverId, slab, keyOf(address), number);
    for (const [name, value] of Object.entries(known.metadata)) metadata.run(serverId, slab, name, value, number);
    for (const statement of ofMessage) statement.run(serverId, id);
    message.run(number);
  };
}

type Table = 'message' | 'bounce' | 'tracked';

/** Bounces, and openings and clicks whose message went before them, with the column that tells their age. */
const BY_STREAM = [
  ['bounce', 'bounced_at'],
  ['tracked', 'at'],
] as const;

interface Rows extends Piece {
  readonly table: 'bounce' | 'tracked';
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
