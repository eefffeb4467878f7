// Takes out of the activity index what lives shorter than the rest, and old openings, clicks and inbound mail.
//
// Promises: bounded pieces, each found by an index. Leaves the transaction to its caller.
import type { InboundSummary } from '../../domain/inbound-message.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { ShortLived } from '../../ports/activity-index.ts';
import { inboundAddresses } from './activity-inbound.ts';
import type { Db } from './activity-schema.ts';

/** Dumps of bounces, which stay otherwise, and blocked inbound messages. */
export function purgeShortLived(db: Db, { dumpsBefore, blockedBefore, limit }: ShortLived): number {
  const dumps = db.prepare(
    `UPDATE bounce SET report = '', returned = NULL WHERE id IN
       (SELECT id FROM bounce WHERE report <> '' AND bounced_at < ? ORDER BY bounced_at LIMIT ?)`,
  );
  return db.transaction(() => {
    const blocked = removeInbound(db, `status = 'Blocked' AND received_at < ?`, { before: blockedBefore, limit });
    return dumps.run(dumpsBefore, limit).changes + blocked;
  })();
}

interface Piece {
  readonly before: number;
  readonly limit: number;
}

export function purgeInbound(db: Db, piece: Piece): number {
  return removeInbound(db, 'received_at < ?', piece);
}

interface OldInbound {
  readonly number: number;
  readonly server_id: ServerId;
  readonly shown: string;
}

function removeInbound(db: Db, condition: string, { before, limit }: Piece): number {
  const rows = db
    .prepare(`SELECT number, server_id, shown FROM inbound WHERE ${condition} ORDER BY received_at LIMIT ?`)
    .all(before, limit) as OldInbound[];
  return removeRows(db, rows);
}

/** Removes what one address wrote to a server, up to a time; says how much that was. */
export function inboundEraser(db: Db): (serverId: ServerId, from: string, upTo: number) => number {
  const rows = db.prepare(
    'SELECT number, server_id, shown FROM inbound WHERE server_id = ? AND from_key = ? AND received_at <= ?',
  );
  return (serverId, from, upTo) => removeRows(db, rows.all(serverId, from, upTo) as OldInbound[]);
}

function removeRows(db: Db, rows: readonly OldInbound[]): number {
  const recipient = db.prepare('DELETE FROM inbound_recipient WHERE server_id = ? AND address_key = ? AND inbound = ?');
  const message = db.prepare('DELETE FROM inbound WHERE number = ?');
  for (const row of rows) {
    for (const address of inboundAddresses(JSON.parse(row.shown) as InboundSummary)) {
      recipient.run(row.server_id, address, row.number);
    }
    message.run(row.number);
  }
  return rows.length;
}
