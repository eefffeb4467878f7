// What an erasure removes in the file of one day: a message with all rows about it, or one of its recipients with its content.
// Leaves the transaction to its caller.
import type { ServerId } from '../../lib/ids.ts';
import { keyOf, readShown, type MessageKey, type Shown } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { slabOf } from './activity-slab.ts';
import { openTile, tileOf } from './activity-tile.ts';

export interface StoredMessage {
  readonly number: number;
  readonly id: Buffer;
  readonly shown: string;
}

export interface ErasedMessage {
  readonly serverId: ServerId;
  readonly row: StoredMessage;
  /** Lower-case. */
  readonly address: string;
  /** What is shown of it afterwards; undefined where the message goes. */
  readonly left: Shown | undefined;
}

export function dayEraser(db: Db): (message: ErasedMessage) => void {
  const statements = prepare(db);
  const opened = new Set<number>();
  return (message) => {
    const tile = tileOf(message.row.number);
    if (!opened.has(tile)) openTile(db, tile);
    opened.add(tile);
    if (message.left === undefined) remove(statements, message);
    else takeOut(statements, message, message.left);
  };
}

function remove(statements: Statements, { serverId, row }: ErasedMessage): void {
  const { recipients, metadata } = readShown(row.shown);
  const slab = slabOf(row.number);
  for (const { address } of recipients) statements.recipient.run(serverId, slab, keyOf(address), row.number);
  for (const [name, value] of Object.entries(metadata))
    statements.metadata.run(serverId, slab, name, value, row.number);
  for (const statement of statements.ofMessage) statement.run(serverId, row.id);
  statements.message.run(row.number);
}

function takeOut(statements: Statements, { serverId, row, address }: ErasedMessage, left: Shown): void {
  const { number, id } = row;
  const slab = slabOf(number);
  statements.recipient.run(serverId, slab, address, number);
  for (const [name, value] of Object.entries(left.metadata))
    statements.metadata.run(serverId, slab, name, value, number);
  statements.shown.run(JSON.stringify({ ...left, subject: '', metadata: {}, attachments: [] }), number);
  statements.mark.run(serverId, id);
  statements.captured.run(serverId, id);
  statements.refusedSource.run(serverId, id);
  eraseHistory(statements, [serverId, id], address);
}

/** Lower case is not the same in SQLite for what is not ASCII, so lines are compared here. */
function eraseHistory({ history, historyLine }: Statements, key: MessageKey, address: string): void {
  const lines = history.all(...key) as { at: number; place: number; shown: string }[];
  for (const { at, place, shown } of lines) {
    const { recipient } = JSON.parse(shown) as { recipient?: string };
    if (recipient !== undefined && keyOf(recipient) === address) historyLine.run(...key, at, place);
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: Db) {
  const OF_MESSAGE = 'WHERE server_id = ? AND message_id = ?';
  return {
    recipient: db.prepare('DELETE FROM recipient WHERE server_id = ? AND slab = ? AND address_key = ? AND message = ?'),
    metadata: db.prepare(
      'DELETE FROM metadata WHERE server_id = ? AND slab = ? AND name = ? AND value = ? AND message = ?',
    ),
    ofMessage: ['message_event', 'refused_source', 'captured', 'erased'].map((table) =>
      db.prepare(`DELETE FROM ${table} ${OF_MESSAGE}`),
    ),
    message: db.prepare('DELETE FROM message WHERE number = ?'),
    shown: db.prepare(`UPDATE message SET shown = ?, subject_key = '' WHERE number = ?`),
    mark: db.prepare('INSERT INTO erased VALUES (?, ?) ON CONFLICT DO NOTHING'),
    captured: db.prepare(`DELETE FROM captured ${OF_MESSAGE}`),
    refusedSource: db.prepare(`DELETE FROM refused_source ${OF_MESSAGE}`),
    history: db.prepare(`SELECT at, place, shown FROM message_event ${OF_MESSAGE}`),
    historyLine: db.prepare(`DELETE FROM message_event ${OF_MESSAGE} AND at = ? AND place = ?`),
  };
}
