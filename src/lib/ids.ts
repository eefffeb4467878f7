// Identifiers: branded types, so that one kind of id cannot stand where another is meant, and UUIDs of version 7.
//
// RFC 9562 section 5.7: 48 bits of Unix milliseconds, then random bits. Ids made in one process are monotonic within
// a millisecond because the 12 bits after the version count up (section 6.2, method 1).
import { randomFillSync } from 'node:crypto';

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type MessageId = Brand<string, 'MessageId'>;
export type AccountId = Brand<number, 'AccountId'>;
export type ServerId = Brand<number, 'ServerId'>;
export type StreamId = Brand<string, 'StreamId'>;
export type LaneId = Brand<string, 'LaneId'>;

const POOL_BYTES = 8192;
const pool = new Uint8Array(POOL_BYTES);
const state = { offset: POOL_BYTES, lastMs: 0, counter: 0 };

/** A lower-case UUID of version 7 for the millisecond `nowMs` (Unix time). */
export function uuidv7(nowMs: number): string {
  if (nowMs > state.lastMs) {
    state.lastMs = nowMs;
    state.counter = randomBelow(0x400);
  } else if (++state.counter > 0xfff) {
    state.lastMs += 1;
    state.counter = 0;
  }
  const time = state.lastMs.toString(16).padStart(12, '0');
  const counter = state.counter.toString(16).padStart(3, '0');
  const tail = randomHex(8);
  const variant = ((parseInt(tail.charAt(0), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads a UUID in any case; undefined where the text is none. */
export function parseMessageId(text: string): MessageId | undefined {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? (lower as MessageId) : undefined;
}

/** The millisecond that a UUID of version 7 was made for. */
export function timeOfUuid(uuid: string): number {
  return parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

export function newMessageId(nowMs: number): MessageId {
  return uuidv7(nowMs) as MessageId;
}

/** Unguessable hex digits, two for each byte; 512 bytes at most. Drawn from a pool: a call of its own for each costs 17 µs. */
export function randomHex(bytes: number): string {
  return Buffer.from(take(bytes)).toString('hex');
}

function randomBelow(limit: number): number {
  const bytes = take(2);
  return (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % limit;
}

function take(count: number): Uint8Array {
  if (state.offset + count > POOL_BYTES) {
    randomFillSync(pool);
    state.offset = 0;
  }
  const slice = pool.subarray(state.offset, state.offset + count);
  state.offset += count;
  return slice;
}
