// Erases a recipient from the activity index, a bounded piece at a time (ports/erasure).
//
// A message to nobody else goes with all rows about it, bounces included. One to others as well is marked, so that its content
// is no longer read from the logs; the erased recipient keeps an empty place among its recipients, which events of others
// count from. What is deleted is overwritten in the files, not only unlinked.
// Of a message, what is in activity.sqlite goes first and its rows in the file of its day last: they lead to the rest, should
// this be cut off.
import { ERASED_ADDRESS } from '../../domain/redact-event.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { Erasure } from '../../ports/erasure.ts';
import type { ActivityDays, DayFile } from './activity-days.ts';
import { dayEraser, type StoredMessage } from './activity-erase-day.ts';
import { inboundEraser } from './activity-purge-later.ts';
import { keyOf, readShown, type MessageKey } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { slabsIn } from './activity-slab.ts';

export interface WhereToErase {
  readonly db: Db;
  readonly days: ActivityDays;
}

/** How many messages and bounces were changed or went; 0 when nothing is left. */
export function eraseRecipient(where: WhereToErase, erasure: Erasure): number {
  return eraseMessages(where, erasure) + overwriting(where.db, () => eraseOthers(where, erasure));
}

export function isErased(days: ActivityDays, key: MessageKey): boolean {
  const erased = days.of(key[1])?.prepared('SELECT 1 FROM erased WHERE server_id = ? AND message_id = ?');
  return erased?.get(...key) !== undefined;
}

function overwriting<T>(db: Db, change: () => T): T {
  db.pragma('secure_delete = ON');
  try {
    return db.transaction(change)();
  } finally {
    db.pragma('secure_delete = OFF');
  }
}

function eraseMessages(where: WhereToErase, erasure: Erasure): number {
  let left = erasure.limit;
  for (const serverId of erasure.serverIds) {
    for (const day of where.days.newestFirst({ to: erasure.upTo })) {
      if (left <= 0) return erasure.limit;
      left -= eraseInDay(where, day, { ...erasure, serverId, limit: left });
    }
  }
  return erasure.limit - left;
}

interface InOneServer extends Erasure {
  readonly serverId: ServerId;
}

function eraseInDay({ db, days }: WhereToErase, day: DayFile, erasure: InOneServer): number {
  const { serverId, address, upTo, limit } = erasure;
  const rows = day.db
    .prepare(
      `SELECT m.number, m.id, m.shown FROM ${slabsIn(day.db)} s CROSS JOIN recipient r CROSS JOIN message m
       WHERE r.server_id = ? AND r.slab = s.n AND r.address_key = ? AND m.number = r.message AND m.received_at <= ? LIMIT ?`,
    )
    .all(serverId, address, upTo, limit) as StoredMessage[];
  if (rows.length === 0) return 0;
  const messages = rows.map((row) => ({ serverId, row, address, left: withoutAddress(row, address) }));
  const fromMain = mainEraser(db);
  overwriting(db, () => {
    for (const { row, left } of messages) fromMain({ serverId, id: row.id, address, isWhole: left === undefined });
  });
  days.changed(day.day);
  overwriting(day.db, () => messages.forEach(dayEraser(day.db)));
  return rows.length;
}

/** Undefined where nobody else is left. */
function withoutAddress(row: StoredMessage, address: string): ReturnType<typeof readShown> | undefined {
  const shown = readShown(row.shown);
  const recipients = shown.recipients.map((each) =>
    keyOf(each.address) === address ? { ...each, address: ERASED_ADDRESS, name: '' } : each,
  );
  return recipients.some((each) => each.address !== ERASED_ADDRESS) ? { ...shown, recipients } : undefined;
}

interface OfMessage {
  readonly serverId: ServerId;
  readonly id: Buffer;
  readonly address: string;
  /** The message goes, not only one of its recipients. */
  readonly isWhole: boolean;
}

function mainEraser(db: Db): (of: OfMessage) => void {
  const OF_MESSAGE = 'WHERE server_id = ? AND message_id = ?';
  const whole = ['bounce', 'tracked'].map((table) => db.prepare(`DELETE FROM ${table} ${OF_MESSAGE}`));
  const bounces = db.prepare(`DELETE FROM bounce ${OF_MESSAGE} AND email_key = ?`);
  const tracked = db.prepare(`DELETE FROM tracked ${OF_MESSAGE} AND recipient_key = ?`);
  const quotes = db.prepare(`UPDATE bounce SET returned = NULL, subject = '' ${OF_MESSAGE}`);
  return ({ serverId, id, address, isWhole }) => {
    if (isWhole) {
      for (const statement of whole) statement.run(serverId, id);
      return;
    }
    bounces.run(serverId, id, address);
    tracked.run(serverId, id, address);
    quotes.run(serverId, id);
  };
}

/** Bounces whose message is no longer, or not yet, in the index, notes of reactivation, openings, clicks, and what the person wrote. */
function eraseOthers({ db, days }: WhereToErase, { serverIds, address, upTo }: Erasure): number {
  const tracked = db.prepare('DELETE FROM tracked WHERE server_id = ? AND recipient_key = ? AND at <= ?');
  const written = inboundEraser(db);
  const bounces = db.prepare(
    'SELECT id, message_id FROM bounce WHERE server_id = ? AND email_key = ? AND bounced_at <= ?',
  );
  const bounce = db.prepare('DELETE FROM bounce WHERE id = ?');
  const reactivated = db.prepare('DELETE FROM reactivated WHERE server_id = ? AND email_key = ? AND at <= ?');
  const hasMessage = (serverId: ServerId, id: Buffer): boolean =>
    days.of(id)?.prepared('SELECT 1 FROM message WHERE server_id = ? AND id = ?').get(serverId, id) !== undefined;
  return serverIds.reduce((sum, serverId) => {
    const found = bounces.all(serverId, address, upTo) as { id: number; message_id: Buffer }[];
    const alone = found.filter((row) => !hasMessage(serverId, row.message_id));
    for (const { id } of alone) bounce.run(id);
    const openings = tracked.run(serverId, address, upTo).changes + written(serverId, address, upTo);
    return sum + alone.length + openings + reactivated.run(serverId, address, upTo).changes;
  }, 0);
}
