// Captured mail in the activity index: the list and the look-up of the built-in inbox.
//
// Promises: those of the newest day of acceptance first, and newest first among them, with the number of all; of one server, or
// of all where none is named.
import type { MessageId, ServerId } from '../../lib/ids.ts';
import type { CapturedSummary, Found, Page } from '../../ports/activity.ts';
import type { ActivityDays } from './activity-days.ts';
import { add, findPageOverDays, whole } from './activity-query.ts';
import type { Query } from './activity-query.ts';
import { idFromBytes, idToBytes, readShown } from './activity-rows.ts';

export interface CapturedRow {
  readonly message_id: Buffer;
  readonly server_id: ServerId;
  readonly captured_at: number;
  readonly stream_id: string;
  readonly tag: string | null;
  readonly size: number;
  readonly prefix_size: number;
  readonly shown: string;
}

const CAPTURED_COLUMNS = `c.message_id, c.server_id, c.captured_at, length(CAST(c.prefix AS BLOB)) AS prefix_size,
  m.stream_id, m.tag, m.size, m.shown`;
const CAPTURED = 'captured c CROSS JOIN message m ON m.server_id = c.server_id AND m.id = c.message_id';

export function searchCaptured(
  days: ActivityDays,
  { count, offset }: Page,
  serverId: ServerId | undefined,
): Found<CapturedSummary> {
  const query: Query = { from: CAPTURED, conditions: [], values: [] };
  add(query, 'c.server_id = ?', serverId);
  const order = 'c.captured_at DESC, c.rowid DESC';
  const page = { count, offset, columns: CAPTURED_COLUMNS, order };
  const found = findPageOverDays<CapturedRow>(days.newestFirst(), () => query, page);
  return { total: found.total, items: found.items.map(capturedSummary) };
}

export interface CapturedDetailRow extends CapturedRow {
  readonly mail_from: string;
  readonly rcpt_to: string;
  readonly prefix: string;
  readonly log: number;
}

export function findCaptured(
  days: ActivityDays,
  id: MessageId,
  serverId: ServerId | undefined,
): CapturedDetailRow | undefined {
  const query: Query = { from: CAPTURED, conditions: [], values: [] };
  const bytes = idToBytes(id);
  add(query, 'c.message_id = ?', bytes);
  add(query, 'c.server_id = ?', serverId);
  return days
    .of(bytes)
    ?.prepared(`SELECT ${CAPTURED_COLUMNS}, c.mail_from, c.rcpt_to, c.prefix, m.log FROM ${whole(query)}`)
    .get(...query.values) as CapturedDetailRow | undefined;
}

export function capturedSummary(row: CapturedRow): CapturedSummary {
  const { from, recipients, subject } = readShown(row.shown);
  return {
    id: idFromBytes(row.message_id),
    serverId: row.server_id,
    streamId: row.stream_id,
    from,
    recipients,
    subject,
    tag: row.tag ?? '',
    capturedAt: row.captured_at,
    size: row.size + row.prefix_size,
  };
}
