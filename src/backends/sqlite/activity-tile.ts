// Tiles: what is searched of each 16,384 messages of a day in order of arrival, put together once so that a search over
// millions looks at bits and not at rows.
//
// A tile is sealed, as far as it is filled, when a thousand messages have come since the last time, when it is full, and when its
// day is over: for each stream, sender, tag, and each value of metadata that many messages have, a set of
// bits, one a message; and the subjects (activity-tile-subjects). The sets are exact.
// Promises: a sealed tile says of its messages what their rows say; whoever removes or changes a message opens its tile
// (`openTile`) in the same transaction. What changes after acceptance (what is queued) is not in a tile.
import type { ServerId } from '../../lib/ids.ts';
import { DAY_MS, type ActivityDays } from './activity-days.ts';
import type { Db } from './activity-schema.ts';
import { slabOf } from './activity-slab.ts';
import { packSubjects, type PackedSubjects } from './activity-tile-subjects.ts';

export const TILE_MESSAGES = 16_384;
/** Values of metadata that fewer messages of a tile have are found by their rows. */
export const COMMON_METADATA = 64;

export const TILE_FIELD = { stream: 0, from: 1, tag: 2, metadata: 3 } as const;
export type TileField = keyof typeof TILE_FIELD;

export function tileOf(messageNumber: number): number {
  return Math.floor(messageNumber / TILE_MESSAGES);
}

/** Name and value of a metadata field as one text. */
export function metadataValue(name: string, value: string): string {
  return `${name}\u0000${value}`;
}

export interface WhereToSeal {
  readonly days: ActivityDays;
  readonly breathe: () => void;
}

/** Seals one tile that may be sealed; false where there is none. */
export function sealTile({ days, breathe }: WhereToSeal, now: number): boolean {
  for (const day of days.unsealed()) {
    const isOver = now >= (day.day + 1) * DAY_MS + LATE_MS;
    const open = nextOpen(day.db, isOver);
    if (open !== undefined) {
      days.changed(day.day);
      day.db.transaction(() => {
        openTile(day.db, open.n);
        seal(day.db, open, breathe);
      })();
      return true;
    }
    if (isOver) days.setSealed(day.day);
  }
  return false;
}

/** What comes later opens its tile again. */
const LATE_MS = 10 * 60_000;

/** For a message that comes, goes or changes. */
export function openTile(db: Db, n: number): void {
  for (const what of ['tile WHERE n', 'tile_bits WHERE tile', 'tile_subject WHERE tile'])
    db.prepare(`DELETE FROM ${what} = ?`).run(n);
}

interface Edges {
  readonly first: number | null;
  readonly last: number | null;
}

/** Two look-ups: of both at once SQLite would walk through all rows. */
export const EDGES = 'SELECT (SELECT min(number) FROM message) AS first, (SELECT max(number) FROM message) AS last';

interface Open {
  readonly n: number;
  /** The first number after what is to be sealed. */
  readonly upto: number;
}

/** The newest of those that are behind: people ask for what is new. */
function nextOpen(db: Db, isOver: boolean): Open | undefined {
  const { first, last } = db.prepare(EDGES).get() as Edges;
  if (first === null || last === null) return undefined;
  const rows = db.prepare('SELECT n, upto FROM tile').all() as Open[];
  const sealed = new Map(rows.map(({ n, upto }) => [n, upto]));
  for (let n = tileOf(last); n >= tileOf(first); n -= 1) {
    const upto = Math.min(last + 1, (n + 1) * TILE_MESSAGES);
    const isBehindBy = upto - (sealed.get(n) ?? n * TILE_MESSAGES);
    const isFinal = isOver || n < tileOf(last);
    if (isBehindBy >= (isFinal ? 1 : BEHIND)) return { n, upto };
  }
  return undefined;
}

/** So many are walked through quickly, and it is not worth while to seal a tile again for fewer. */
const BEHIND = 1000;

interface SealedRow {
  readonly number: number;
  readonly server_id: ServerId;
  readonly stream_id: string;
  readonly from_key: string;
  readonly tag: string | null;
  readonly subject_key: string;
  readonly received_at: number;
}

function seal(db: Db, { n, upto }: Open, breathe: () => void): void {
  const first = n * TILE_MESSAGES;
  const rows = db
    .prepare(
      `SELECT number, server_id, stream_id, from_key, tag, subject_key, received_at FROM message
       WHERE number >= ? AND number < ? ORDER BY number`,
    )
    .all(first, upto) as SealedRow[];
  const times = rows.map(({ received_at: at }) => at);
  const reduce = (one: (...of: number[]) => number): number => times.reduce((a, b) => one(a, b), times[0] ?? 0);
  db.prepare('INSERT INTO tile VALUES (?, ?, ?, ?)').run(n, upto, reduce(Math.min), reduce(Math.max));
  for (const [serverId, own] of Map.groupBy(rows, (row) => row.server_id)) {
    breathe();
    writeBits(db, { n, upto, serverId }, own);
    breathe();
    writeSubjects(db, { n, serverId }, packSubjects(own.map((row) => [row.number - first, row.subject_key] as const)));
  }
}

interface Part extends Open {
  readonly serverId: ServerId;
}

function writeBits(db: Db, { n, upto, serverId }: Part, rows: readonly SealedRow[]): void {
  const first = n * TILE_MESSAGES;
  const insert = db.prepare('INSERT INTO tile_bits (server_id, field, value, tile, bits) VALUES (?, ?, ?, ?, ?)');
  const write = (field: TileField, values: Iterable<readonly [string, readonly number[]]>, least = 1): void => {
    for (const [value, places] of values) {
      if (places.length >= least) insert.run(serverId, TILE_FIELD[field], value, n, packPlaces(places));
    }
  };
  const by = (valueOf: (row: SealedRow) => string | null): Map<string, number[]> => {
    const places = new Map<string, number[]>();
    for (const row of rows) addPlace(places, valueOf(row), row.number - first);
    return places;
  };
  const columns = { stream: 'stream_id', from: 'from_key', tag: 'tag' } as const;
  for (const [field, column] of Object.entries(columns)) {
    write(
      field as keyof typeof columns,
      by((row) => row[column]),
    );
  }
  write('metadata', metadataPlaces(db, { n, upto, serverId }), COMMON_METADATA);
}

function metadataPlaces(db: Db, { n, upto, serverId }: Part): Map<string, number[]> {
  const first = n * TILE_MESSAGES;
  const rows = db.prepare(
    `SELECT name, value, message FROM metadata
     WHERE server_id = ? AND slab = ? AND message >= ? AND message < ? ORDER BY message`,
  );
  const places = new Map<string, number[]>();
  const found = rows.all(serverId, slabOf(first), first, upto) as {
    name: string;
    value: string;
    message: number;
  }[];
  for (const { name, value, message } of found) addPlace(places, metadataValue(name, value), message - first);
  return places;
}

function addPlace(places: Map<string, number[]>, value: string | null, place: number): void {
  if (value === null) return;
  const known = places.get(value);
  if (known === undefined) places.set(value, [place]);
  else known.push(place);
}

function writeSubjects(db: Db, { n, serverId }: Omit<Part, 'upto'>, packed: PackedSubjects): void {
  db.prepare(
    `INSERT INTO tile_subject (tile, server_id, skeletons, starts, counts, places, digits) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ).run(n, serverId, packed.skeletons, packed.starts, packed.counts, packed.places, packed.digits);
}

const BITMAP_BYTES = TILE_MESSAGES / 8;

/** Few places are kept as 16 bits each, many as a bit for every message of the tile. */
function packPlaces(places: readonly number[]): Buffer {
  if (places.length * 2 < BITMAP_BYTES) return Buffer.from(Uint16Array.from(places).buffer);
  const bits = Buffer.alloc(BITMAP_BYTES);
  for (const place of places) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
  return bits;
}

export function unpackPlaces(packed: Buffer): TileBits {
  if (packed.length === BITMAP_BYTES) {
    const copy = new Uint8Array(BITMAP_BYTES);
    copy.set(packed);
    return new Uint32Array(copy.buffer);
  }
  const bits = noBits();
  for (let at = 0; at < packed.length; at += 2) setBit(bits, packed.readUInt16LE(at));
  return bits;
}

/** One bit for each message of a tile. */
export type TileBits = Uint32Array;

export function noBits(): TileBits {
  return new Uint32Array(TILE_MESSAGES / 32);
}

export function setBit(bits: TileBits, place: number): void {
  bits[place >> 5] = (bits[place >> 5] ?? 0) | (1 << (place & 31));
}

export function hasBit(bits: TileBits, place: number): boolean {
  return (((bits[place >> 5] ?? 0) >>> (place & 31)) & 1) === 1;
}

export function countBits(bits: TileBits): number {
  let count = 0;
  for (let word of bits) {
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
