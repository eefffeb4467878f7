// What the searches of the activity index share: a query that grows condition by condition, and a page of its rows.
//
// Promises: values are only ever bound, never put into SQL; the page and the number of all matches are of one moment,
// because nothing else runs on this thread meanwhile.
import type { Found, Page } from '../../ports/activity.ts';
import { keyOf } from './activity-rows.ts';
import type { DayFile } from './activity-days.ts';
import type { Db } from './activity-schema.ts';

export type Value = string | number | Buffer;

/** Where to look, under which conditions, and the values that they bind, in this order. */
export interface Query {
  from: string;
  readonly conditions: string[];
  readonly values: Value[];
}

export interface PageOf extends Page {
  readonly columns: string;
  readonly order: string;
}

export function findPage<Row>(db: Db, query: Query, page: PageOf): Found<Row> {
  return { total: countRows(db, query), items: findRows<Row>(db, query, page) };
}

/** Of days one after the other, each with a query of its own and in the given order within it. */
export function findPageOverDays<Row>(
  days: Iterable<DayFile>,
  queryOf: (day: DayFile) => Query,
  { count, offset, ...page }: PageOf,
): Found<Row> {
  const items: Row[] = [];
  let total = 0;
  for (const day of days) {
    const query = queryOf(day);
    const here = countRows(day.db, query);
    const missing = count - items.length;
    if (missing > 0 && total + here > offset) {
      items.push(...findRows<Row>(day.db, query, { ...page, count: missing, offset: Math.max(0, offset - total) }));
    }
    total += here;
  }
  return { total, items };
}

export function countRows(db: Db, query: Query): number {
  const counting = db.prepare(`SELECT count(*) FROM ${whole(query)}`).pluck();
  return Number(counting.get(...query.values));
}

export function findRows<Row>(db: Db, query: Query, { count, offset, columns, order }: PageOf): Row[] {
  const rows = db.prepare(`SELECT ${columns} FROM ${whole(query)} ORDER BY ${order} LIMIT ? OFFSET ?`);
  return rows.all(...query.values, count, offset) as Row[];
}

/** `FROM` and `WHERE` of a query, without the first word. */
export function whole({ from, conditions }: Query): string {
  return conditions.length === 0 ? from : `${from} WHERE ${conditions.join(' AND ')}`;
}

/** Nothing where the filter does not ask for it. */
export function add(query: Query, condition: string, value: Value | undefined): void {
  if (value === undefined) return;
  query.conditions.push(condition);
  query.values.push(value);
}

export function lower(text: string | undefined): string | undefined {
  return text === undefined ? undefined : keyOf(text);
}
