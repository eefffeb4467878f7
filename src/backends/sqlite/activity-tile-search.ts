// The search for messages of a stream over the tiles of days: sealed tiles by their bits, the others by their rows.
//
// Promises: the newest day first, and of a day the newest tile; the number of all matches is exact. Within a sealed tile the
// order is that of arrival in the index, which within a stream is that of acceptance but for what arrives at the same moment.
import type { OutboundFilter } from '../../ports/activity.ts';
import type { ActivityDays, DayFile } from './activity-days.ts';
import { add, whole } from './activity-query.ts';
import type { Query } from './activity-query.ts';
import { MESSAGE_COLUMNS, type MessageRow } from './activity-rows.ts';
import { bitsOfNumbers, narrowers, type Narrow, type StreamFilter, type Tile } from './activity-tile-filter.ts';
import { countBits, EDGES, hasBit, TILE_MESSAGES, tileOf, type TileBits } from './activity-tile.ts';

export interface TileAnswer {
  readonly total: number;
  readonly rows: readonly MessageRow[];
}

export interface WhereToSearch {
  readonly days: ActivityDays;
  /** Called for each part of a filter in each tile. */
  readonly breathe: () => void;
}

/** `conditions` are those on rows of messages. */
export function searchTiles({ days, breathe }: WhereToSearch, filter: StreamFilter, conditions: Query): TileAnswer {
  const page = createPage(filter);
  for (const day of days.newestFirst(filter)) searchDay(day, { filter, conditions, page, breathe });
  return { total: page.total(), rows: page.rows };
}

interface Search {
  readonly filter: StreamFilter;
  readonly conditions: Query;
  readonly page: Counting;
  readonly breathe: () => void;
}

function searchDay(day: DayFile, { filter, conditions, page, breathe }: Search): void {
  const { first, last } = day.prepared(EDGES).get() as { first: number | null; last: number | null };
  if (first === null || last === null) return;
  const sealed = day.prepared('SELECT n, upto, oldest, newest FROM tile').all() as Tile[];
  const known = new Map(sealed.map((tile) => [tile.n, tile]));
  const { byKey, all } = narrowers(day, filter, breathe);
  const queued = filter.status === 'sent' ? queuedPlaces(day, filter) : new Map<number, TileBits>();
  const numbersOf = openTileReader(day, conditions, byKey);
  for (let n = tileOf(last); n >= tileOf(first); n -= 1) {
    breathe();
    const tile = known.get(n);
    const isBehind = tile === undefined || tile.upto < Math.min(last + 1, (n + 1) * TILE_MESSAGES);
    if (isBehind) page.addNumbers(day, numbersOf(n, tile?.upto ?? n * TILE_MESSAGES));
    if (tile !== undefined && overlaps(tile, filter))
      page.addBits(day, n, without(narrowed(tile, all, breathe), queued.get(n)));
  }
}

function overlaps({ oldest, newest }: Tile, { from = -Infinity, to = Infinity }: OutboundFilter): boolean {
  return newest >= from && oldest <= to;
}

/** What all leave; undefined where that is nothing. */
function narrowed(tile: Tile, narrows: readonly Narrow[], breathe: () => void): TileBits | undefined {
  let left: TileBits | undefined;
  for (const narrow of narrows) {
    const bits = narrow(tile);
    breathe();
    if (bits === undefined) return undefined;
    if (left === undefined) left = bits;
    else for (let at = 0; at < left.length; at += 1) left[at] = (left[at] ?? 0) & (bits[at] ?? 0);
  }
  return left;
}

function without(left: TileBits | undefined, right: TileBits | undefined): TileBits | undefined {
  if (left === undefined || right === undefined) return left;
  for (let at = 0; at < left.length; at += 1) left[at] = (left[at] ?? 0) & ~(right[at] ?? 0);
  return left;
}

/** Matching numbers of what is not sealed of a tile, newest first: its rows are walked through, where an index would walk through all tiles. */
function openTileReader(
  day: DayFile,
  { from, conditions, values }: Query,
  narrows: readonly Narrow[],
): (n: number, start: number) => readonly number[] {
  const range = 'm.number >= ? AND m.number < ?';
  const query = { from: `${from} NOT INDEXED`, conditions: [...conditions, range], values };
  const statement = day.plucked(`SELECT m.number FROM ${whole(query)} ORDER BY m.received_at DESC, m.number DESC`);
  return (n, start) => {
    const left = narrows.map((narrow) => narrow({ n, upto: start, oldest: 0, newest: 0 }));
    if (left.includes(undefined)) return [];
    const first = n * TILE_MESSAGES;
    const numbers = statement.all(...values, start, first + TILE_MESSAGES) as number[];
    return numbers.filter((number) => left.every((bits) => bits && hasBit(bits, number - first)));
  };
}

interface Counting {
  addNumbers(day: DayFile, numbers: readonly number[]): void;
  addBits(day: DayFile, n: number, bits: TileBits | undefined): void;
  total(): number;
  readonly rows: readonly MessageRow[];
}

/** Rows are read at once: the file of their day may be closed later. */
function createPage({ count, offset }: Pick<OutboundFilter, 'count' | 'offset'>): Counting {
  const rows: MessageRow[] = [];
  let seen = 0;
  const take = (day: DayFile, numbers: readonly number[]): void => {
    const start = Math.max(0, offset - seen);
    const row = day.prepared(`SELECT ${MESSAGE_COLUMNS} FROM message m WHERE m.number = ?`);
    for (const number of numbers.slice(start, start + count - rows.length)) rows.push(row.get(number) as MessageRow);
    seen += numbers.length;
  };
  return {
    addNumbers: take,
    addBits(day, n, bits) {
      const here = bits === undefined ? 0 : countBits(bits);
      const isOnPage = here > 0 && rows.length < count && seen + here > offset;
      if (isOnPage && bits !== undefined) take(day, numbersIn(n, bits));
      else seen += here;
    },
    total: () => seen,
    rows,
  };
}

function numbersIn(n: number, bits: TileBits): number[] {
  const numbers: number[] = [];
  for (let place = TILE_MESSAGES - 1; place >= 0; place -= 1) {
    if (hasBit(bits, place)) numbers.push(n * TILE_MESSAGES + place);
  }
  return numbers;
}

function queuedPlaces(day: DayFile, { serverId, streamId, from, to }: StreamFilter): Map<number, TileBits> {
  const query: Query = { from: 'message', conditions: ['pending <> 0'], values: [] };
  add(query, 'server_id = ?', serverId);
  add(query, 'stream_id = ?', streamId);
  add(query, 'received_at >= ?', from);
  add(query, 'received_at <= ?', to);
  const numbers = day.plucked(`SELECT number FROM ${whole(query)}`).all(...query.values) as number[];
  const byTile = new Map<number, TileBits>();
  for (const [n, own] of Map.groupBy(numbers, tileOf)) {
    const bits = bitsOfNumbers(n, own);
    if (bits !== undefined) byTile.set(n, bits);
  }
  return byTile;
}
