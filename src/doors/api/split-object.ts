// Cuts a large JSON object into its members without parsing it, so that a member of tens of megabytes can be read piece by
// piece (RFC 8259). With its values parsed by whoever takes them, the same texts are valid as for JSON.parse of the whole.
//
// Promises: takes a turn at least every megabyte; a bounded number of members.
import { parseText } from './parse-json.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  closingQuote,
  COLON,
  OPEN_OBJECT,
  QUOTE,
  scan,
  SCAN_BYTES,
  skipSpace,
  START,
  type Scan,
} from './scan-json.ts';
import type { Turns } from './turns.ts';

export interface Member {
  readonly name: string;
  /** Where its value is, with white space around it. */
  readonly from: number;
  readonly to: number;
}

export type Malformed = { readonly kind: 'malformed'; readonly detail: string };
export type SplitObject =
  | { readonly kind: 'members'; readonly members: readonly Member[] }
  | { readonly kind: 'not-an-object' }
  | { readonly kind: 'too-many' }
  | Malformed;

/** Ours: no request has a fiftieth of it. */
const MAX_MEMBERS = 1000;

/** `body` is UTF-8 without a byte order mark. */
export async function splitObject(body: Buffer, turns: Turns): Promise<SplitObject> {
  const start = skipSpace(body, 0);
  if (body[start] !== OPEN_OBJECT) return { kind: 'not-an-object' };
  const members: Member[] = [];
  let at = skipSpace(body, start + 1);
  if (body[at] === CLOSE_OBJECT) return afterObject(body, at) ?? { kind: 'members', members };
  for (;;) {
    const key = readKey(body, at);
    if (key.kind === 'malformed') return key;
    const to = await endOfValue(body, key.end, turns);
    if (to >= body.length) return CUT_OFF;
    if (body[to] === CLOSE_ARRAY) return malformed(`Unexpected token ']' at position ${to}.`);
    if (members.length === MAX_MEMBERS) return { kind: 'too-many' };
    members.push({ name: key.name, from: key.end, to });
    if (body[to] === CLOSE_OBJECT) return afterObject(body, to) ?? { kind: 'members', members };
    at = skipSpace(body, to + 1);
  }
}

/** Where the value that begins at `from` ends: at a comma or a bracket, or at the end of the body. */
export async function endOfValue(body: Buffer, from: number, turns: Turns): Promise<number> {
  let state: Scan = { ...START, at: from };
  let turnAt = from + SCAN_BYTES;
  for (;;) {
    state = scan(body, state, turnAt);
    if (state.found) return state.at;
    if (state.at >= body.length) return body.length;
    await turns.take();
    turnAt = state.at + SCAN_BYTES;
  }
}

type Key = { readonly kind: 'key'; readonly name: string; /** After the colon. */ readonly end: number } | Malformed;

function readKey(body: Buffer, at: number): Key {
  if (at >= body.length) return CUT_OFF;
  if (body[at] !== QUOTE) return malformed(`Expected a property name in double quotes at position ${at}.`);
  const close = closingQuote(body, at + 1, body.length);
  if (!close.found) return CUT_OFF;
  const parsed = parseText(body.toString('utf8', at, close.at + 1));
  if (parsed.kind === 'malformed') return parsed;
  const colon = skipSpace(body, close.at + 1);
  if (colon >= body.length) return CUT_OFF;
  if (body[colon] !== COLON) return malformed(`Expected ':' after a property name at position ${colon}.`);
  return { kind: 'key', name: String(parsed.value), end: colon + 1 };
}

function afterObject(body: Buffer, close: number): Malformed | undefined {
  if (skipSpace(body, close + 1) >= body.length) return undefined;
  return malformed(`Unexpected non-whitespace character after JSON at position ${close + 1}.`);
}

function malformed(detail: string): Malformed {
  return { kind: 'malformed', detail };
}

export const CUT_OFF: Malformed = { kind: 'malformed', detail: 'Unexpected end of JSON input.' };
