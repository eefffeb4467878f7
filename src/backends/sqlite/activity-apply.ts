// Writes batches of changes into activity.sqlite.
//
// Promises: rows and cursor of a batch in one transaction; a batch that does not start at the cursor changes nothing.
// Hot: every message passes here two times or more, so statements are prepared once and each change costs one or two.
import { CursorMoved, FOLLOWED_RECIPIENTS } from '../../ports/activity-index.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { IndexBatch, IndexChange, LogName } from '../../ports/activity-index.ts';
import { idToBytes, isKept, keyOf, readShown, shownOf } from './activity-rows.ts';
import type { MessageKey } from './activity-rows.ts';
import { inboundWriter } from './activity-inbound.ts';
import type { Db } from './activity-schema.ts';
import { slabOf } from './activity-slab.ts';
import { trackedWriter } from './activity-tracked.ts';

export interface ActivityWriter {
  cursor(log: LogName): number;
  apply(batch: IndexBatch): void;
  /** Ahead of the event that tells of it. */
  reactivate(reactivation: Reactivation): void;
}

export function createActivityWriter(db: Db): ActivityWriter {
  const statements = prepare(db);
  const cursor = (log: LogName): number => Number(statements.cursor.get(log.number) ?? 0);

  const applyBatch = db.transaction(({ log, after, upTo, changes }: IndexBatch): void => {
    const at = cursor(log);
    if (at !== after) throw new CursorMoved(`the cursor of log ${log.id} is ${at}, not ${after}`);
    for (const change of changes) applyChange(statements, log, change);
    statements.setCursor.run(log.number, upTo);
  });
  const reactivateNow = db.transaction((what: Reactivation) => reactivate(statements, what));
  return {
    cursor,
    apply: (batch) => applyBatch.immediate(batch),
    reactivate: (what) => reactivateNow.immediate(what),
  };
}

type Statements = ReturnType<typeof prepare>;
type Change<Kind extends IndexChange['kind']> = Extract<IndexChange, { kind: Kind }>;

function applyChange(statements: Statements, log: LogName, change: IndexChange): void {
  switch (change.kind) {
    case 'message':
      return insertMessage(statements, log, change);
    case 'event':
      statements.event.run(
        change.serverId,
        idToBytes(change.messageId),
        change.event.at,
        change.place,
        JSON.stringify(change.event),
      );
      return;
    case 'finished':
      if (change.recipient >= FOLLOWED_RECIPIENTS) return;
      statements.finish.run(change.recipient, change.serverId, idToBytes(change.messageId));
      return;
    case 'bounce':
      return insertBounce(statements, change);
    case 'reactivated':
      return reactivate(statements, change);
    case 'captured':
      return insertCaptured(statements, change);
    case 'erased':
      statements.setErased.run(change.serverId, idToBytes(change.messageId));
      return;
    case 'tracked':
      return insertTracked(statements, change);
    case 'received':
      return statements.inbound.insert(change.serverId, change.inbound);
    case 'inbound-status':
      return statements.inbound.setStatus(change.serverId, change.messageId, change.status);
  }
}

function insertMessage(statements: Statements, log: LogName, change: Change<'message'>): void {
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
  if (changes === 0) return;
  const number = Number(lastInsertRowid);
  const slab = slabOf(number);
  for (const { address } of message.recipients.filter(isKept)) {
    statements.recipient.run(serverId, slab, keyOf(address), number);
  }
  for (const name in message.metadata) {
    statements.metadata.run(serverId, slab, name, message.metadata[name] ?? '', number);
  }
  if (source !== undefined) statements.source.run(serverId, id, source);
}

interface BouncedMessageRow {
  readonly tag: string | null;
  readonly sender: string;
  readonly shown: string;
}

function insertBounce(statements: Statements, bounce: Change<'bounce'>): void {
  const { serverId, streamId } = bounce;
  const key: MessageKey = [serverId, idToBytes(bounce.messageId)];
  const email = keyOf(bounce.email);
  const message = statements.bouncedMessage.get(...key) as BouncedMessageRow | undefined;
  // A person may have reactivated the address while this bounce was on its way into the index.
  const lifted = Number(statements.reactivatedAt.get(serverId, streamId, email) ?? 0);
  statements.bounce.run(
    bounce.id,
    ...key,
    streamId,
    bounce.type,
    bounce.email,
    email,
    bounce.details,
    bounce.report,
    statements.isErased.get(...key) === undefined ? (bounce.returned ?? null) : null,
    bounce.bouncedAt,
    bounce.inactive && bounce.bouncedAt > lifted ? 1 : 0,
    message?.tag ?? null,
    message?.sender ?? null,
    message === undefined ? null : readShown(message.shown).subject,
  );
}

export interface Reactivation {
  readonly serverId: ServerId;
  readonly streamId: string;
  readonly address: string;
  /** Unix milliseconds. */
  readonly at: number;
}

function reactivate(statements: Statements, { serverId, streamId, address, at }: Reactivation): void {
  const key = [serverId, streamId, keyOf(address)] as const;
  statements.activate.run(...key, at);
  statements.reactivated.run(...key, at);
}

function insertCaptured(statements: Statements, { serverId, messageId, at, envelope }: Change<'captured'>): void {
  const key: MessageKey = [serverId, idToBytes(messageId)];
  if (statements.isErased.get(...key) !== undefined) return;
  const earlier = statements.capturedRecipients.get(...key) as string | undefined;
  const known = earlier === undefined ? [] : (JSON.parse(earlier) as string[]);
  const rcptTo = JSON.stringify([...new Set([...known, ...envelope.rcptTo])]);
  if (earlier === undefined) statements.captured.run(...key, at, envelope.mailFrom, rcptTo, envelope.prefix);
  else statements.addCaptured.run(rcptTo, ...key);
}

function insertTracked(statements: Statements, change: Change<'tracked'>): void {
  if (!statements.tracked(change)) return;
  const { serverId, messageId, place, line } = change;
  statements.event.run(serverId, idToBytes(messageId), line.at, place, JSON.stringify(line));
}

function prepare(db: Db) {
  const OF_MESSAGE = 'WHERE server_id = ? AND message_id = ?';
  return {
    cursor: db.prepare('SELECT seq FROM cursor WHERE log = ?').pluck(),
    setCursor: db.prepare('INSERT INTO cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq'),
    message: db.prepare(`
      INSERT INTO message (server_id, id, stream_id, log, received_at, from_key, tag, subject_key, pending, size, sender,
        shown)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    recipient: db.prepare('INSERT INTO recipient VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    metadata: db.prepare('INSERT INTO metadata VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    source: db.prepare('INSERT INTO refused_source VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    event: db.prepare('INSERT INTO message_event VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    // Only one bit goes, however often a recipient finishes (a bounce may follow a delivery).
    finish: db.prepare('UPDATE message SET pending = pending & ~(1 << ?) WHERE server_id = ? AND id = ?'),
    bouncedMessage: db.prepare('SELECT tag, sender, shown FROM message WHERE server_id = ? AND id = ?'),
    reactivatedAt: db
      .prepare('SELECT at FROM reactivated WHERE server_id = ? AND stream_id = ? AND email_key = ?')
      .pluck(),
    bounce: db.prepare(`
      INSERT INTO bounce (id, server_id, message_id, stream_id, type, email, email_key, details, report, returned,
        bounced_at, inactive, tag, sender, subject)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    activate: db.prepare(
      `UPDATE bounce SET inactive = 0
       WHERE server_id = ? AND stream_id = ? AND email_key = ? AND inactive = 1 AND bounced_at <= ?`,
    ),
    reactivated: db.prepare(
      'INSERT INTO reactivated VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)',
    ),
    capturedRecipients: db.prepare(`SELECT rcpt_to FROM captured ${OF_MESSAGE}`).pluck(),
    captured: db.prepare('INSERT INTO captured VALUES (?, ?, ?, ?, ?, ?)'),
    isErased: db.prepare(`SELECT 1 FROM erased ${OF_MESSAGE}`),
    setErased: db.prepare('INSERT INTO erased VALUES (?, ?) ON CONFLICT DO NOTHING'),
    tracked: trackedWriter(db),
    inbound: inboundWriter(db),
    addCaptured: db.prepare(`UPDATE captured SET rcpt_to = ? ${OF_MESSAGE}`),
  };
}
