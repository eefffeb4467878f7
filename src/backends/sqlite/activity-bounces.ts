// Bounces in the activity index: search, look-up, counts and tags.
//
// Promises: newest first, with the number of all matches; filters by message, stream, type and time are found by an index
// that starts with the server. `emailContains` and `tag` look through the rows that the others leave, and without a stream
// the rows are sorted: bounces are few.
import type { BounceType } from '../../domain/bounce/types.ts';
import { parseMessageId } from '../../lib/ids.ts';
import type { ServerId } from '../../lib/ids.ts';
import { BOUNCE_TAGS, type Bounce, type BounceCounts, type BounceFilter, type Found } from '../../ports/activity.ts';
import { add, findPage, lower } from './activity-query.ts';
import type { Query } from './activity-query.ts';
import { idFromBytes, idToBytes } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';

interface BounceRow {
  readonly id: number;
  readonly server_id: ServerId;
  readonly stream_id: string;
  readonly message_id: Buffer;
  readonly type: BounceType;
  readonly email: string;
  readonly details: string;
  readonly bounced_at: number;
  readonly inactive: number;
  readonly tag: string | null;
  readonly sender: string | null;
  readonly subject: string | null;
}

const BOUNCE_COLUMNS = `b.id, b.server_id, b.stream_id, b.message_id, b.type, b.email, b.details, b.bounced_at, b.inactive,
  b.tag, b.sender, b.subject`;
export const BOUNCE_ORDER = 'b.bounced_at DESC, b.id DESC';

export function searchBounces(db: Db, filter: BounceFilter, dumpsSince: number): Found<Bounce> {
  const query = bounceQuery(filter);
  if (query === undefined) return { total: 0, items: [] };
  const found = findPage<BounceRow>(db, query, { ...filter, columns: BOUNCE_COLUMNS, order: BOUNCE_ORDER });
  return { total: found.total, items: found.items.map((row) => bounceOf(row, dumpsSince)) };
}

/** Undefined where nothing can match: the message id is none. */
export function bounceQuery(filter: BounceFilter): Query | undefined {
  const query: Query = { from: 'bounce b', conditions: [], values: [] };
  add(query, 'b.server_id = ?', filter.serverId);
  if (filter.messageId !== undefined) {
    const id = parseMessageId(filter.messageId);
    if (id === undefined) return undefined;
    add(query, 'b.message_id = ?', idToBytes(id));
  }
  add(query, 'b.stream_id = ?', filter.streamId);
  add(query, 'b.type = ?', filter.type);
  add(query, 'b.tag = ?', filter.tag);
  add(query, 'b.bounced_at >= ?', filter.from);
  add(query, 'b.bounced_at <= ?', filter.to);
  add(query, 'instr(b.email_key, ?) > 0', lower(filter.emailContains));
  // Written out, not bound, so that the partial index of inactive bounces can be used.
  if (filter.inactive !== undefined) query.conditions.push(`b.inactive = ${filter.inactive ? 1 : 0}`);
  return query;
}

export interface BounceKey {
  readonly serverId: ServerId;
  readonly id: number;
  /** Dumps of bounces before this time are no longer available. */
  readonly dumpsSince: number;
}

export function findBounce(db: Db, { serverId, id, dumpsSince }: BounceKey): Bounce | undefined {
  const row = db
    .prepare(`SELECT ${BOUNCE_COLUMNS} FROM bounce b WHERE b.id = ? AND b.server_id = ?`)
    .get(id, serverId) as BounceRow | undefined;
  return row === undefined ? undefined : bounceOf(row, dumpsSince);
}

function bounceOf(row: BounceRow, dumpsSince: number): Bounce {
  return {
    id: row.id,
    serverId: row.server_id,
    streamId: row.stream_id,
    messageId: idFromBytes(row.message_id),
    type: row.type,
    tag: row.tag ?? '',
    details: row.details,
    email: row.email,
    from: row.sender ?? '',
    subject: row.subject ?? '',
    bouncedAt: row.bounced_at,
    inactive: row.inactive === 1,
    dumpAvailable: row.bounced_at >= dumpsSince,
  };
}

export function countBounces(db: Db, serverId: ServerId): BounceCounts {
  const byType = db
    .prepare('SELECT type, count(*) AS count FROM bounce WHERE server_id = ? GROUP BY type ORDER BY type')
    .all(serverId) as { type: BounceType; count: number }[];
  const inactive = db
    .prepare(
      `SELECT count(*) FROM (SELECT DISTINCT stream_id, email_key FROM bounce WHERE server_id = ? AND inactive = 1)`,
    )
    .pluck()
    .get(serverId);
  return { inactive: Number(inactive), byType };
}

/** Through the rows of the server alone: bounces are few. */
export function bounceTags(db: Db, serverId: ServerId): readonly string[] {
  const tags = db.prepare(
    'SELECT DISTINCT tag FROM bounce WHERE server_id = ? AND tag IS NOT NULL ORDER BY tag LIMIT ?',
  );
  return tags.pluck().all(serverId, BOUNCE_TAGS) as string[];
}
