// What each part of a filter leaves of a sealed tile, as bits.
//
// Promises: undefined where nothing is left; narrow parts come first. Sets of a value are read at once for all tiles of a day,
// in the order of their index; recipients, and values of metadata that few messages have, by their rows.
import type { OutboundFilter } from '../../ports/activity.ts';
import type { DayFile } from './activity-days.ts';
import { lower } from './activity-query.ts';
import { slabOf } from './activity-slab.ts';
import { eachPlaceWith, wantedText, type StoredSubjects } from './activity-tile-subjects.ts';
import { metadataValue, noBits, setBit, TILE_FIELD, TILE_MESSAGES, unpackPlaces } from './activity-tile.ts';
import type { TileBits, TileField } from './activity-tile.ts';

export type StreamFilter = OutboundFilter & { readonly streamId: string };

export interface Tile {
  readonly n: number;
  /** The first number that is not in it yet. */
  readonly upto: number;
  /** Unix ms. */
  readonly oldest: number;
  readonly newest: number;
}

/** The bits are the caller's own to change. */
export type Narrow = (tile: Tile) => TileBits | undefined;

export interface Narrowers {
  /** Of recipients and metadata: their rows answer for tiles that are not sealed, too. */
  readonly byKey: readonly Narrow[];
  readonly all: readonly Narrow[];
}

export function narrowers(day: DayFile, filter: StreamFilter, breathe: () => void): Narrowers {
  const { serverId, streamId, fromAddress, tag, recipient, metadata, subject } = filter;
  const byValue = (field: TileField, value: string | undefined): Narrow[] =>
    value === undefined ? [] : [valueReader(day, serverId, [field, value])];
  const byRecipient = recipient === undefined ? [] : [recipientReader(day, serverId, lower(recipient) ?? '')];
  const byKey = [...byRecipient, ...(metadata === undefined ? [] : [metadataReader(day, serverId, metadata)])];
  const all = [
    ...byRecipient,
    ...(metadata === undefined ? [] : [sealedMetadataReader(day, serverId, metadata)]),
    ...byValue('tag', tag),
    ...byValue('from', lower(fromAddress)),
    ...byValue('stream', streamId),
    ...timeReaders(day, filter),
    ...(subject === undefined ? [] : [subjectReader(day, { serverId, text: lower(subject) ?? '' }, breathe)]),
  ];
  return { byKey, all };
}

function valueReader(day: DayFile, serverId: number, [field, value]: readonly [TileField, string]): Narrow {
  const rows = day
    .prepared('SELECT tile, bits FROM tile_bits WHERE server_id = ? AND field = ? AND value = ?')
    .all(serverId, TILE_FIELD[field], value) as { tile: number; bits: Buffer }[];
  const bits = new Map(rows.map((row) => [row.tile, row.bits]));
  return ({ n }) => {
    const packed = bits.get(n);
    return packed && unpackPlaces(packed);
  };
}

function recipientReader(day: DayFile, serverId: number, address: string): Narrow {
  const numbers = day.plucked(
    `SELECT message FROM recipient
     WHERE server_id = ? AND slab = ? AND address_key = ? AND message >= ? AND message < ?`,
  );
  return ({ n }) => bitsOfNumbers(n, numbers.all(serverId, ...inTile(n, address)) as number[]);
}

type Metadata = NonNullable<OutboundFilter['metadata']>;

/** By the rows, also of what is not sealed. */
function metadataReader(day: DayFile, serverId: number, { key, value }: Metadata): Narrow {
  const numbers = day.plucked(
    `SELECT message FROM metadata
     WHERE server_id = ? AND slab = ? AND name = ? AND value = ? AND message >= ? AND message < ?`,
  );
  return ({ n }) => bitsOfNumbers(n, numbers.all(serverId, ...inTile(n, key, value)) as number[]);
}

/** Values that many messages have are found by their sets. */
function sealedMetadataReader(day: DayFile, serverId: number, metadata: Metadata): Narrow {
  const common = valueReader(day, serverId, ['metadata', metadataValue(metadata.key, metadata.value)]);
  const byRows = metadataReader(day, serverId, metadata);
  return (tile) => common(tile) ?? byRows(tile);
}

/** What a statement on a slab's rows binds: the slab, what is looked for, and the numbers of the tile. */
function inTile(n: number, ...keys: readonly string[]): (string | number)[] {
  const first = n * TILE_MESSAGES;
  return [slabOf(first), ...keys, first, first + TILE_MESSAGES];
}

export function bitsOfNumbers(n: number, numbers: readonly number[]): TileBits | undefined {
  if (numbers.length === 0) return undefined;
  const bits = noBits();
  for (const number of numbers) setBit(bits, number - n * TILE_MESSAGES);
  return bits;
}

/** A tile that lies within the times needs none; of one at their edge the rows tell, by an index. */
function timeReaders(day: DayFile, filter: StreamFilter): Narrow[] {
  const { serverId, streamId, from = -Infinity, to = Infinity } = filter;
  if (from === -Infinity && to === Infinity) return [];
  const numbers = day.plucked(
    `SELECT number FROM message INDEXED BY message_by_stream
     WHERE server_id = ? AND stream_id = ? AND received_at >= ? AND received_at <= ? AND number >= ? AND number < ?`,
  );
  return [
    ({ n, oldest, newest }) => {
      if (oldest >= from && newest <= to) return noBits().fill(0xffffffff);
      const times = [Math.max(oldest, from), Math.min(newest, to)];
      const range = [n * TILE_MESSAGES, (n + 1) * TILE_MESSAGES];
      return bitsOfNumbers(n, numbers.all(serverId, streamId, ...times, ...range) as number[]);
    },
  ];
}

function subjectReader(
  day: DayFile,
  { serverId, text }: { readonly serverId: number; readonly text: string },
  breathe: () => void,
): Narrow {
  const stored = day.prepared(
    'SELECT number, skeletons, starts, counts, places FROM tile_subject WHERE server_id = ? AND tile = ?',
  );
  const digits = day.plucked('SELECT digits FROM tile_subject WHERE number = ?');
  const wanted = wantedText(text);
  return ({ n }) => {
    const found = stored.get(serverId, n) as (StoredSubjects & { readonly number: number }) | undefined;
    if (found === undefined) return undefined;
    const bits = noBits();
    let isAny = false;
    const readDigits = (): Buffer => digits.get(found.number) as Buffer;
    eachPlaceWith({ stored: found, digits: readDigits, breathe }, wanted, (place) => {
      setBit(bits, place);
      isAny = true;
    });
    return isAny ? bits : undefined;
  };
}
