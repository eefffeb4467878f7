// The search for messages in the activity index: newest first, with the number of all matches.
//
// Promises: what a common filter names is found by an index that starts with the server and the stream. `subject` looks
// through the rows that the other filters leave. Without a stream there is only the order of the ids to go by.
import type { Found, OutboundFilter, OutboundMessage } from '../../ports/activity.ts';
import { add, countRows, findRows, lower } from './activity-query.ts';
import type { Query } from './activity-query.ts';
import { MESSAGE_COLUMNS, outboundMessage } from './activity-rows.ts';
import type { MessageRow } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { slabsIn } from './activity-slab.ts';

export function searchOutbound(db: Db, filter: OutboundFilter): Found<OutboundMessage> {
  const page = { ...filter, columns: MESSAGE_COLUMNS, order: outboundOrder(filter) };
  const rows = findRows<MessageRow>(db, outboundQuery(db, filter), page);
  return { total: countOutbound(db, filter), items: rows.map(outboundMessage) };
}

/** Few are queued, and indexes hold the rest: all but those is counted faster than what was sent, row by row. */
function countOutbound(db: Db, { status, ...rest }: OutboundFilter): number {
  if (status === undefined) return countRows(db, outboundQuery(db, rest));
  const queued = countRows(db, outboundQuery(db, { ...rest, status: 'queued' }));
  return status === 'queued' ? queued : countRows(db, outboundQuery(db, rest)) - queued;
}

/** Ids are UUIDs of version 7, so their order is that of acceptance, and one index holds those of all streams. */
export function outboundOrder({ streamId }: OutboundFilter): string {
  return streamId === undefined ? 'm.id DESC' : 'm.received_at DESC, m.number DESC';
}

export function outboundQuery(db: Db, filter: OutboundFilter): Query {
  const query = outboundSources(db, filter);
  add(query, 'm.stream_id = ?', filter.streamId);
  add(query, 'm.from_key = ?', lower(filter.fromAddress));
  add(query, 'm.tag = ?', filter.tag);
  add(query, 'm.received_at >= ?', filter.from);
  add(query, 'm.received_at <= ?', filter.to);
  add(query, 'instr(m.subject_key, ?) > 0', lower(filter.subject));
  if (filter.status !== undefined)
    query.conditions.push(filter.status === 'queued' ? 'm.pending <> 0' : 'm.pending = 0');
  return query;
}

/** Recipients and metadata lead to few messages, so they come first: CROSS JOIN fixes that order in SQLite. */
function outboundSources(db: Db, { serverId, recipient, metadata }: OutboundFilter): Query {
  const query: Query = { from: 'message m', conditions: [], values: [] };
  const through = (table: string, alias: string): void => {
    query.from = `${table} ${alias} CROSS JOIN ${query.from}`;
    query.conditions.push(`${alias}.slab = s.n AND ${alias}.message = m.number`);
    add(query, `${alias}.server_id = ?`, serverId);
  };
  if (metadata !== undefined) {
    through('metadata', 'd');
    add(query, 'd.name = ?', metadata.key);
    add(query, 'd.value = ?', metadata.value);
  }
  if (recipient !== undefined) {
    through('recipient', 'r');
    add(query, 'r.address_key = ?', lower(recipient));
  }
  if (query.conditions.length > 0) query.from = `${slabsIn(db)} s CROSS JOIN ${query.from}`;
  add(query, 'm.server_id = ?', serverId);
  return query;
}
