// Slabs: the search keys of recipients and metadata are kept in pieces, one for each 65,536 messages in order of arrival.
//
// Addresses come in no order. In one large index each of them would touch another page, and from a few hundred thousand
// on nearly every row written would cost a page read and a page written. In a slab the pages stay few and in the cache,
// however large the file grows; a search looks into every slab instead, a few microseconds each.
import type { Db } from './activity-schema.ts';

const SLAB_BITS = 16;

export function slabOf(messageNumber: number): number {
  return Math.floor(messageNumber / 2 ** SLAB_BITS);
}

/** A table of the slabs that exist, for FROM: one column, `n`. */
export function slabsIn(db: Db): string {
  const first = edge(db, 'min');
  const last = edge(db, 'max');
  return `(WITH RECURSIVE slab (n) AS (VALUES (${first}) UNION ALL SELECT n + 1 FROM slab WHERE n < ${last}) SELECT n FROM slab)`;
}

function edge(db: Db, which: 'min' | 'max'): number {
  return slabOf(Number(db.prepare(`SELECT ${which}(number) FROM message`).pluck().get() ?? 0));
}
