// Cuts a JSON array into its elements and parses them one by one, so that tens of megabytes do not hold the event loop
// in one JSON.parse. The same texts are valid as for JSON.parse of the whole (RFC 8259): an element is found by counting
// brackets outside strings, and what is inside it is judged by JSON.parse.
//
// Promises: takes a turn at least every megabyte and before each element; stops at `maxItems`.
import { isUtf8 } from 'node:buffer';
import { NOT_UTF8, parseText, withoutByteOrderMark, type ParsedJson } from './parse-json.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, scan, SCAN_BYTES, skipSpace, START, type Scan } from './scan-json.ts';
import type { Turns } from './turns.ts';

export type SplitArray =
  | { readonly kind: 'items'; readonly items: readonly unknown[] }
  | { readonly kind: 'not-an-array' }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'malformed'; readonly detail: string };

export interface CutArray {
  readonly maxItems: number;
  readonly turns: Turns;
  /** Of one element; as JSON.parse without it. */
  readonly parse?: (bytes: Buffer) => ParsedJson | Promise<ParsedJson>;
}

export async function splitArray(bytes: Buffer, { maxItems, turns, parse }: CutArray): Promise<SplitArray> {
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
    const parsed = await (parse?.(body.subarray(from, to)) ?? parseText(body.toString('utf8', from, to)));
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
  let state: Scan = { ...START, at: first };
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
    state = { ...START, at: from };
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
