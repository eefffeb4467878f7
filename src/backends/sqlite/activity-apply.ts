// Writes batches of changes into the activity index: what is about a message into the file of its day, the rest and the
// cursor into activity.sqlite.
//
// Promises: a batch that does not start at the cursor changes nothing. A batch that fails leaves the cursor where it was; the
// files of days are committed first, so that after a crash in between a batch is read again, and a change that is applied
// twice is applied once. Changes of a day that retention has dropped are left out.
// Hot: every message passes here two times or more, so statements are prepared once and each change costs one or two.
import { CursorMoved } from '../../ports/activity-index.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { IndexBatch, IndexChange, LogName } from '../../ports/activity-index.ts';
import { dayWriter, type BouncedMessage, type DayWriter } from './activity-apply-day.ts';
import type { ActivityDays, DayFile } from './activity-days.ts';
import { inboundWriter } from './activity-inbound.ts';
import { idToBytes, keyOf, type MessageKey } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { trackedWriter } from './activity-tracked.ts';

export interface ActivityWriter {
  cursor(log: LogName): number;
  apply(batch: IndexBatch): void;
  /** Ahead of the event that tells of it. */
  reactivate(reactivation: Reactivation): void;
  /** All that was applied is on disk afterwards. */
  sync(): void;
}

export interface WhereToWrite {
  readonly db: Db;
  readonly days: ActivityDays;
  /** Called after each change. */
  readonly breathe: () => void;
}

export function createActivityWriter({ db, days, breathe }: WhereToWrite): ActivityWriter {
  const the: Parts = { main: prepare(db), days, writers: new WeakMap() };
  const cursor = (log: LogName): number => Number(the.main.cursor.get(log.number) ?? 0);
  // What was applied after the last `sync` may not be on disk.
  db.exec('UPDATE cursor SET seq = synced');

  function applyBatch({ log, after, upTo, changes }: IndexBatch, begun: Set<DayFile>): void {
    const at = cursor(log);
    if (at !== after) throw new CursorMoved(`the cursor of log ${log.id} is ${at}, not ${after}`);
    const dayOf = (id: Buffer): DayFile | undefined => {
      const day = days.forWriting(id);
      if (day !== undefined && !begun.has(day)) {
        begun.add(day);
        day.db.exec('BEGIN IMMEDIATE');
      }
      return day;
    };
    for (const change of changes) {
      applyChange(the, { log, dayOf }, change);
      breathe();
    }
    the.main.setCursor.run(log.number, upTo);
    for (const day of begun) day.db.exec('COMMIT');
  }

  const inTransaction = db.transaction((batch: IndexBatch): void => {
    const begun = new Set<DayFile>();
    try {
      applyBatch(batch, begun);
    } catch (error) {
      for (const { db: of } of begun) if (of.inTransaction) of.exec('ROLLBACK');
      throw error;
    }
  });
  const reactivateNow = db.transaction((what: Reactivation) => reactivate(the.main, what));
  return {
    cursor,
    apply: (batch) => inTransaction.immediate(batch),
    reactivate: (what) => reactivateNow.immediate(what),
    sync() {
      days.sync();
      db.exec('UPDATE cursor SET synced = seq WHERE synced <> seq');
    },
  };
}

type MainStatements = ReturnType<typeof prepare>;
type Change<Kind extends IndexChange['kind']> = Extract<IndexChange, { kind: Kind }>;

interface Parts {
  readonly main: MainStatements;
  readonly days: ActivityDays;
  readonly writers: WeakMap<DayFile, DayWriter>;
}

interface Batch {
  readonly log: LogName;
  readonly dayOf: (id: Buffer) => DayFile | undefined;
}

function applyChange(the: Parts, batch: Batch, change: IndexChange): void {
  switch (change.kind) {
    case 'reactivated':
      return reactivate(the.main, change);
    case 'received':
      return the.main.inbound.insert(change.serverId, change.inbound);
    case 'inbound-status':
      return the.main.inbound.setStatus(change.serverId, change.messageId, change.status);
    case 'message':
      return insertMessage(the, batch, change);
    case 'bounce':
      return insertBounce(the, batch, change);
    case 'tracked':
      return insertTracked(the, batch, change);
    default:
      writerOf(the, batch, idToBytes(change.messageId))?.apply(change);
  }
}

function writerOf({ writers }: Parts, { dayOf }: Batch, id: Buffer): DayWriter | undefined {
  const day = dayOf(id);
  if (day === undefined) return undefined;
  const known = writers.get(day) ?? dayWriter(day.db);
  writers.set(day, known);
  return known;
}

/** What came before its message learns from it now. */
function insertMessage(the: Parts, batch: Batch, change: Change<'message'>): void {
  const id = idToBytes(change.message.id);
  const isNew = writerOf(the, batch, id)?.insertMessage(batch.log, change) ?? false;
  if (!isNew) return;
  const { serverId, message, fromAddress } = change;
  const tag = message.tag === '' ? null : message.tag;
  the.main.describeBounces.run(tag, fromAddress, message.subject, serverId, id);
  if (tag !== null) the.main.describeTracked.run(tag, serverId, id);
}

function insertBounce(the: Parts, batch: Batch, bounce: Change<'bounce'>): void {
  const { serverId, streamId } = bounce;
  const key: MessageKey = [serverId, idToBytes(bounce.messageId)];
  const email = keyOf(bounce.email);
  const message = writerOf(the, batch, key[1])?.bouncedMessage(key) ?? UNKNOWN;
  // A person may have reactivated the address while this bounce was on its way into the index.
  const lifted = Number(the.main.reactivatedAt.get(serverId, streamId, email) ?? 0);
  the.main.bounce.run(
    bounce.id,
    ...key,
    streamId,
    bounce.type,
    bounce.email,
    email,
    bounce.details,
    bounce.report,
    message.isErased ? null : (bounce.returned ?? null),
    bounce.bouncedAt,
    bounce.inactive && bounce.bouncedAt > lifted ? 1 : 0,
    message.tag,
    message.sender,
    message.subject,
  );
}

const UNKNOWN: BouncedMessage = { isErased: false, tag: null, sender: null, subject: null };

export interface Reactivation {
  readonly serverId: ServerId;
  readonly streamId: string;
  readonly address: string;
  /** Unix milliseconds. */
  readonly at: number;
}

function reactivate(main: MainStatements, { serverId, streamId, address, at }: Reactivation): void {
  const key = [serverId, streamId, keyOf(address)] as const;
  main.activate.run(...key, at);
  main.reactivated.run(...key, at);
}

function insertTracked(the: Parts, batch: Batch, change: Change<'tracked'>): void {
  const { serverId, messageId, place, line } = change;
  const writer = writerOf(the, batch, idToBytes(messageId));
  // Clicks after the retention period are not recorded (contract sending 22).
  if (writer === undefined) return;
  const key: MessageKey = [serverId, idToBytes(messageId)];
  if (!the.main.tracked(change, writer.bouncedMessage(key).tag)) return;
  writer.apply({ kind: 'event', serverId, messageId, place, event: line });
}

function prepare(db: Db) {
  return {
    cursor: db.prepare('SELECT seq FROM cursor WHERE log = ?').pluck(),
    setCursor: db.prepare('INSERT INTO cursor (log, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq'),
    reactivatedAt: db
      .prepare('SELECT at FROM reactivated WHERE server_id = ? AND stream_id = ? AND email_key = ?')
      .pluck(),
    bounce: db.prepare(`
      INSERT INTO bounce (id, server_id, message_id, stream_id, type, email, email_key, details, report, returned,
        bounced_at, inactive, tag, sender, subject)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    describeBounces: db.prepare(
      'UPDATE bounce SET tag = ?, sender = ?, subject = ? WHERE server_id = ? AND message_id = ? AND sender IS NULL',
    ),
    describeTracked: db.prepare('UPDATE tracked SET tag = ? WHERE server_id = ? AND message_id = ?'),
    activate: db.prepare(
      `UPDATE bounce SET inactive = 0
       WHERE server_id = ? AND stream_id = ? AND email_key = ? AND inactive = 1 AND bounced_at <= ?`,
    ),
    reactivated: db.prepare(
      'INSERT INTO reactivated VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)',
    ),
    tracked: trackedWriter(db),
    inbound: inboundWriter(db),
  };
}
