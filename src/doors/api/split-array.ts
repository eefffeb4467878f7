// Cuts a JSON array into its elements and parses them one by one, so that tens of megabytes do not hold the event loop
// in one JSON.parse. The same texts are valid as for JSON.parse of the whole (RFC 8259): an element is found by counting
// brackets outside strings, and what is inside it is judged by JSON.parse.
//
// Promises: takes a turn at least every megabyte and before each element; stops at `maxItems`.
import { isUtf8 } from 'node:buffer';
import { NOT_UTF8, parseText, withoutByteOrderMark, type ParsedJson } from './parse-json.ts';
import type { Turns } from './turns.ts';

export type SplitArray =
  | { readonly kind: 'items'; readonly items: readonly unknown[] }
  | { readonly kind: 'not-an-array' }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'malformed'; readonly detail: string };

export async function splitArray(bytes: Buffer, maxItems: number, turns: Turns): Promise<SplitArray> {
  const body = withoutByteOrderMark(bytes);
  if (!isUtf8(body)) return NOT_UTF8;
  const start = skipSpace(body, 0);
  if (body[start] !== OPEN_ARRAY) return notAnArray(body);
  const first = skipSpace(body, start + 1);
  if (body[first] === CLOSE_ARRAY) return afterArray(body, first) ?? { kind: 'items', items: [] };
  const slices = await findElements(body, first, { maxItems, turns });
  if (slices.kind !== 'slices') return slices;
  const items: unknown[] = [];
  for (const [from, to] of slices.slices) {
    await turns.take();
    const parsed = parseText(body.toString('utf8', from, to));
    if (parsed.kind === 'malformed') return inElement(items.length, parsed.detail);
    items.push(parsed.value);
  }
  return { kind: 'items', items };
}

type Slice = readonly [from: number, to: number];
type Found = { readonly kind: 'slices'; readonly slices: readonly Slice[] } | Exclude<SplitArray, { kind: 'items' }>;

async function findElements(
  body: Buffer,
  first: number,
  { maxItems, turns }: { readonly maxItems: number; readonly turns: Turns },
): Promise<Found> {
  const slices: Slice[] = [];
  let from = first;
  let turnAt = first + SCAN_BYTES;
  let state: Scan = { at: first, depth: 0, inString: false, found: false };
  for (;;) {
    state = scan(body, state, turnAt);
    if (!state.found && state.at >= body.length) return { kind: 'malformed', detail: 'Unexpected end of JSON input.' };
    if (state.at >= turnAt) {
      await turns.take();
      turnAt = state.at + SCAN_BYTES;
    }
    if (!state.found) continue;
    if (slices.length === maxItems) return { kind: 'too-many' };
    slices.push([from, state.at]);
    if (body[state.at] === CLOSE_ARRAY) return afterArray(body, state.at) ?? { kind: 'slices', slices };
    if (body[state.at] === CLOSE_OBJECT) return inElement(slices.length - 1, "Unexpected token '}'.");
    from = state.at + 1;
    state = { at: from, depth: 0, inString: false, found: false };
  }
}

interface Scan {
  readonly at: number;
  readonly depth: number;
  readonly inString: boolean;
  /** Whether `at` is the comma or bracket that ends an element. */
  readonly found: boolean;
}

const SCAN_BYTES = 1024 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Goes on to the end of the element, or to about `until`; past the end of the body where that comes first. */
function scan(body: Buffer, state: Scan, until: number): Scan {
  const end = Math.min(until, body.length);
  let { at, depth, inString } = state;
  while (at < end) {
    if (inString) {
      const quote = closingQuote(body, at, end);
      inString = !quote.found;
      at = quote.found ? quote.at + 1 : quote.at;
      continue;
    }
    const byte = body[at];
    if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT)) {
      return { at, depth, inString, found: true };
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    at += 1;
  }
  return { at, depth, inString, found: false };
}

/** Bytes of a string that are looked at one by one before the search for the next quote leaps. */
const STRIDE = 64;

/** Never stops between a backslash and what it escapes; past `end` where the string is longer. */
function closingQuote(body: Buffer, from: number, end: number): { readonly at: number; readonly found: boolean } {
  let at = from;
  let plain = 0;
  while (at < end) {
    const byte = body[at];
    if (byte === QUOTE) return { at, found: true };
    if (byte === BACKSLASH) {
      at += 2;
      plain = 0;
    } else if (++plain < STRIDE) at += 1;
    else {
      const quote = body.indexOf(QUOTE, at);
      if (quote === -1) return { at: body.length, found: false };
      if (!isEscaped(body, quote)) return { at: quote, found: true };
      at = quote + 1;
      plain = 0;
    }
  }
  return { at, found: false };
}

/** An odd number of backslashes before it; the plain bytes before every leap stop the count. */
function isEscaped(body: Buffer, at: number): boolean {
  let before = at;
  while (body[before - 1] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 1;
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}

function afterArray(body: Buffer, close: number): Extract<SplitArray, { kind: 'malformed' }> | undefined {
  if (skipSpace(body, close + 1) >= body.length) return undefined;
  return { kind: 'malformed', detail: `Unexpected non-whitespace character after JSON at position ${close + 1}.` };
}

/** Only a small body is parsed to tell a wrong type from wrong JSON; a large one is wrong either way. */
function notAnArray(body: Buffer): SplitArray {
  if (body.length === 0) return { kind: 'malformed', detail: 'the body is empty.' };
  if (body.length > SCAN_BYTES) return { kind: 'not-an-array' };
  const parsed: ParsedJson = parseText(body.toString('utf8'));
  return parsed.kind === 'malformed' ? parsed : { kind: 'not-an-array' };
}

function inElement(index: number, detail: string): Extract<SplitArray, { kind: 'malformed' }> {
  return { kind: 'malformed', detail: `in element ${index} of the array: ${detail}` };
}
