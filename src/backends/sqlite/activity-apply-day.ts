// Writes changes about messages into the file of their day. Leaves the transaction to its caller.
//
// Promises: a change that comes again changes nothing; a message that joins a sealed tile opens it.
import { FOLLOWED_RECIPIENTS } from '../../ports/activity-index.ts';
import type { IndexChange, LogName } from '../../ports/activity-index.ts';
import { idToBytes, isKept, keyOf, readShown, shownOf } from './activity-rows.ts';
import type { MessageKey } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { slabOf } from './activity-slab.ts';
import { openTile, tileOf } from './activity-tile.ts';

type Change<Kind extends IndexChange['kind']> = Extract<IndexChange, { kind: Kind }>;

export interface DayWriter {
  /** Whether it is new. */
  insertMessage(log: LogName, change: Change<'message'>): boolean;
  /** What bounces, openings and clicks say of their message. */
  bouncedMessage(key: MessageKey): BouncedMessage;
  apply(change: Change<'event' | 'finished' | 'captured' | 'erased'>): void;
}

/** Null where the message is not known, or has no tag. */
export interface BouncedMessage {
  readonly isErased: boolean;
  readonly tag: string | null;
  readonly sender: string | null;
  readonly subject: string | null;
}

export function dayWriter(db: Db): DayWriter {
  const statements = prepare(db);
  return {
    insertMessage: (log, change) => insertMessage(db, statements, { log, change }),
    bouncedMessage: (key) => bouncedMessage(statements, key),
    apply(change) {
      const key: MessageKey = [change.serverId, idToBytes(change.messageId)];
      switch (change.kind) {
        case 'event':
          statements.event.run(...key, change.event.at, change.place, JSON.stringify(change.event));
          return;
        case 'finished':
          if (change.recipient < FOLLOWED_RECIPIENTS) statements.finish.run(change.recipient, ...key);
          return;
        case 'captured':
          return insertCaptured(statements, key, change);
        case 'erased':
          statements.setErased.run(...key);
      }
    },
  };
}

type Statements = ReturnType<typeof prepare>;

interface FromLog {
  readonly log: LogName;
  readonly change: Change<'message'>;
}

function insertMessage(db: Db, statements: Statements, { log, change }: FromLog): boolean {
  const { serverId, message, fromAddress, source } = change;
  const id = idToBytes(message.id);
  const { changes, lastInsertRowid } = statements.message.run(
    serverId,
    id,
    message.streamId,
    log.number,
    message.receivedAt,
    keyOf(fromAddress),
    message.tag === '' ? null : message.tag,
    keyOf(message.subject),
    2 ** Math.min(change.pending, FOLLOWED_RECIPIENTS) - 1,
    change.size,
    fromAddress,
    shownOf(message),
  );
  if (changes === 0) return false;
  const number = Number(lastInsertRowid);
  if (statements.isSealed.get(tileOf(number), number) !== undefined) openTile(db, tileOf(number));
  const slab = slabOf(number);
  for (const { address } of message.recipients.filter(isKept)) {
    statements.recipient.run(serverId, slab, keyOf(address), number);
  }
  for (const name in message.metadata) {
    statements.metadata.run(serverId, slab, name, message.metadata[name] ?? '', number);
  }
  if (source !== undefined) statements.source.run(serverId, id, source);
  return true;
}

interface BouncedMessageRow {
  readonly tag: string | null;
  readonly sender: string;
  readonly shown: string;
}

function bouncedMessage(statements: Statements, key: MessageKey): BouncedMessage {
  const message = statements.bouncedMessage.get(...key) as BouncedMessageRow | undefined;
  return {
    isErased: statements.isErased.get(...key) !== undefined,
    tag: message?.tag ?? null,
    sender: message?.sender ?? null,
    subject: message === undefined ? null : readShown(message.shown).subject,
  };
}

function insertCaptured(statements: Statements, key: MessageKey, { at, envelope }: Change<'captured'>): void {
  if (statements.isErased.get(...key) !== undefined) return;
  const earlier = statements.capturedRecipients.get(...key) as string | undefined;
  const known = earlier === undefined ? [] : (JSON.parse(earlier) as string[]);
  const rcptTo = JSON.stringify([...new Set([...known, ...envelope.rcptTo])]);
  if (earlier === undefined) statements.captured.run(...key, at, envelope.mailFrom, rcptTo, envelope.prefix);
  else statements.addCaptured.run(rcptTo, ...key);
}

function prepare(db: Db) {
  const OF_MESSAGE = 'WHERE server_id = ? AND message_id = ?';
  return {
    message: db.prepare(`
      INSERT INTO message (server_id, id, stream_id, log, received_at, from_key, tag, subject_key, pending, size, sender,
        shown)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    isSealed: db.prepare('SELECT 1 FROM tile WHERE n = ? AND upto > ?'),
    recipient: db.prepare('INSERT INTO recipient VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    metadata: db.prepare('INSERT INTO metadata VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    source: db.prepare('INSERT INTO refused_source VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    event: db.prepare('INSERT INTO message_event VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    // Only one bit goes, however often a recipient finishes (a bounce may follow a delivery).
    finish: db.prepare('UPDATE message SET pending = pending & ~(1 << ?) WHERE server_id = ? AND id = ?'),
    bouncedMessage: db.prepare('SELECT tag, sender, shown FROM message WHERE server_id = ? AND id = ?'),
    capturedRecipients: db.prepare(`SELECT rcpt_to FROM captured ${OF_MESSAGE}`).pluck(),
    captured: db.prepare('INSERT INTO captured VALUES (?, ?, ?, ?, ?, ?)'),
    addCaptured: db.prepare(`UPDATE captured SET rcpt_to = ? ${OF_MESSAGE}`),
    isErased: db.prepare(`SELECT 1 FROM erased ${OF_MESSAGE}`),
    setErased: db.prepare('INSERT INTO erased VALUES (?, ?) ON CONFLICT DO NOTHING'),
  };
}
