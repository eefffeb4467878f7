// Erases a recipient from the activity index, a bounded piece at a time (ports/erasure).
//
// A message to nobody else goes with all rows about it, bounces included. One to others as well is marked, so that its content
// is no longer read from the logs; the erased recipient keeps an empty place among its recipients, which events of others
// count from. What is deleted is overwritten in the file, not only unlinked.
import { ERASED_ADDRESS } from '../../domain/redact-event.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { Erasure } from '../../ports/erasure.ts';
import { inboundEraser } from './activity-purge-later.ts';
import { messageRemover, type StoredMessage } from './activity-purge.ts';
import { keyOf, readShown, type MessageKey, type Shown } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { slabOf, slabsIn } from './activity-slab.ts';

/** How many messages and bounces were changed or went; 0 when nothing is left. */
export function eraseRecipient(db: Db, erasure: Erasure): number {
  db.pragma('secure_delete = ON');
  try {
    return db.transaction(() => eraseMessages(db, erasure) + eraseOthers(db, erasure))();
  } finally {
    db.pragma('secure_delete = OFF');
  }
}

export function isErased(db: Db, key: MessageKey): boolean {
  return db.prepare('SELECT 1 FROM erased WHERE server_id = ? AND message_id = ?').get(...key) !== undefined;
}

function eraseMessages(db: Db, { serverIds, address, upTo, limit }: Erasure): number {
  const found = db.prepare(
    `SELECT m.number, m.id, m.shown FROM ${slabsIn(db)} s CROSS JOIN recipient r CROSS JOIN message m
     WHERE r.server_id = ? AND r.slab = s.n AND r.address_key = ? AND m.number = r.message AND m.received_at <= ? LIMIT ?`,
  );
  const parts: Parts = { db, remove: messageRemover(db), ...statements(db) };
  let left = limit;
  for (const serverId of serverIds) {
    if (left <= 0) break;
    const rows = found.all(serverId, address, upTo, left) as StoredMessage[];
    for (const row of rows) eraseOne(parts, { serverId, row, address });
    left -= rows.length;
  }
  return limit - left;
}

interface Parts extends ReturnType<typeof statements> {
  readonly db: Db;
  readonly remove: ReturnType<typeof messageRemover>;
}

interface One {
  readonly serverId: ServerId;
  readonly row: StoredMessage;
  readonly address: string;
}

function eraseOne(parts: Parts, one: One): void {
  const { serverId, row, address } = one;
  const shown = readShown(row.shown);
  const recipients = shown.recipients.map((each) =>
    keyOf(each.address) === address ? { ...each, address: ERASED_ADDRESS, name: '' } : each,
  );
  if (recipients.some((each) => each.address !== ERASED_ADDRESS)) {
    takeOut(parts, one, { ...shown, recipients });
    return;
  }
  parts.remove(serverId, row);
  parts.bouncesOfMessage.run(serverId, row.id);
}

function takeOut(parts: Parts, { serverId, row, address }: One, shown: Shown): void {
  const { number, id } = row;
  const slab = slabOf(number);
  parts.recipient.run(serverId, slab, address, number);
  for (const [name, value] of Object.entries(shown.metadata)) parts.metadata.run(serverId, slab, name, value, number);
  parts.shown.run(JSON.stringify({ ...shown, subject: '', metadata: {}, attachments: [] }), number);
  parts.mark.run(serverId, id);
  parts.captured.run(serverId, id);
  parts.refusedSource.run(serverId, id);
  parts.bounces.run(serverId, id, address);
  parts.bounceQuotes.run(serverId, id);
  parts.tracked.run(serverId, id, address);
  eraseHistory(parts, [serverId, id], address);
}

/** Lower case is not the same in SQLite for what is not ASCII, so lines are compared here. */
function eraseHistory({ history, historyLine }: Parts, key: MessageKey, address: string): void {
  const lines = history.all(...key) as { at: number; place: number; shown: string }[];
  for (const { at, place, shown } of lines) {
    const { recipient } = JSON.parse(shown) as { recipient?: string };
    if (recipient !== undefined && keyOf(recipient) === address) historyLine.run(...key, at, place);
  }
}

/** Bounces whose message is no longer, or not yet, in the index, notes of reactivation, openings, clicks, and what the person wrote. */
function eraseOthers(db: Db, { serverIds, address, upTo }: Erasure): number {
  const tracked = db.prepare('DELETE FROM tracked WHERE server_id = ? AND recipient_key = ? AND at <= ?');
  const written = inboundEraser(db);
  const bounces = db.prepare(
    `DELETE FROM bounce WHERE server_id = ? AND email_key = ? AND bounced_at <= ? AND NOT EXISTS
       (SELECT 1 FROM message m WHERE m.server_id = bounce.server_id AND m.id = bounce.message_id)`,
  );
  const reactivated = db.prepare('DELETE FROM reactivated WHERE server_id = ? AND email_key = ? AND at <= ?');
  return serverIds.reduce((sum, serverId) => {
    const gone = bounces.run(serverId, address, upTo).changes;
    const openings = tracked.run(serverId, address, upTo).changes + written(serverId, address, upTo);
    return sum + gone + openings + reactivated.run(serverId, address, upTo).changes;
  }, 0);
}

function statements(db: Db) {
  const OF_MESSAGE = 'WHERE server_id = ? AND message_id = ?';
  return {
    recipient: db.prepare('DELETE FROM recipient WHERE server_id = ? AND slab = ? AND address_key = ? AND message = ?'),
    metadata: db.prepare(
      'DELETE FROM metadata WHERE server_id = ? AND slab = ? AND name = ? AND value = ? AND message = ?',
    ),
    shown: db.prepare(`UPDATE message SET shown = ?, subject_key = '' WHERE number = ?`),
    mark: db.prepare('INSERT INTO erased VALUES (?, ?) ON CONFLICT DO NOTHING'),
    captured: db.prepare(`DELETE FROM captured ${OF_MESSAGE}`),
    refusedSource: db.prepare(`DELETE FROM refused_source ${OF_MESSAGE}`),
    bouncesOfMessage: db.prepare(`DELETE FROM bounce ${OF_MESSAGE}`),
    bounces: db.prepare(`DELETE FROM bounce ${OF_MESSAGE} AND email_key = ?`),
    bounceQuotes: db.prepare(`UPDATE bounce SET returned = NULL, subject = '' ${OF_MESSAGE}`),
    tracked: db.prepare(`DELETE FROM tracked ${OF_MESSAGE} AND recipient_key = ?`),
    history: db.prepare(`SELECT at, place, shown FROM message_event ${OF_MESSAGE}`),
    historyLine: db.prepare(`DELETE FROM message_event ${OF_MESSAGE} AND at = ? AND place = ?`),
  };
}
