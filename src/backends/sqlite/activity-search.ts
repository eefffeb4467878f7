// The search for messages in the activity index: newest first, with the number of all matches.
//
// Promises: messages of a stream are found by the tiles of their days (activity-tile), so that a search over millions stays
// quick. What tiles do not answer is found by the rows of each day: what is queued, which is little; messages of all streams; and
// subjects with signs that tiles do not keep.
import type { Found, OutboundFilter, OutboundMessage } from '../../ports/activity.ts';
import type { ActivityDays } from './activity-days.ts';
import { add, findPageOverDays, lower } from './activity-query.ts';
import type { Query } from './activity-query.ts';
import { MESSAGE_COLUMNS, outboundMessage } from './activity-rows.ts';
import type { MessageRow } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';
import { slabsIn } from './activity-slab.ts';
import type { StreamFilter } from './activity-tile-filter.ts';
import { searchTiles, type WhereToSearch } from './activity-tile-search.ts';
import { canBeLookedFor } from './activity-tile-subjects.ts';

export function searchOutbound(where: WhereToSearch, filter: OutboundFilter): Found<OutboundMessage> {
  const { total, rows } = canUseTiles(filter)
    ? searchTiles(where, filter, outboundConditions(filter))
    : searchRows(where.days, filter);
  return { total, items: rows.map(outboundMessage) };
}

function canUseTiles(filter: OutboundFilter): filter is StreamFilter {
  const { streamId, status, subject } = filter;
  return (
    streamId !== undefined && status !== 'queued' && (subject === undefined || canBeLookedFor(lower(subject) ?? ''))
  );
}

function searchRows(days: ActivityDays, filter: OutboundFilter): { total: number; rows: readonly MessageRow[] } {
  const page = { ...filter, columns: MESSAGE_COLUMNS, order: outboundOrder(filter) };
  const { total, items } = findPageOverDays<MessageRow>(
    days.newestFirst(filter),
    ({ db }) => outboundQuery(db, filter),
    page,
  );
  return { total, rows: items };
}

/** Ids are UUIDs of version 7, so their order is that of acceptance, and one index holds those of all streams. */
export function outboundOrder({ streamId }: OutboundFilter): string {
  return streamId === undefined ? 'm.id DESC' : 'm.received_at DESC, m.number DESC';
}

export function outboundQuery(db: Db, filter: OutboundFilter): Query {
  return addConditions(outboundSources(db, filter), filter);
}

/** On the rows of messages alone, without recipient and metadata. */
function outboundConditions(filter: OutboundFilter): Query {
  const query: Query = { from: 'message m', conditions: [], values: [] };
  add(query, 'm.server_id = ?', filter.serverId);
  return addConditions(query, filter);
}

function addConditions(query: Query, filter: OutboundFilter): Query {
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
