// Reads a JSON array element by element and keeps none of them: for arrays of a size that must not be in memory as values
// (RFC 8259). The same texts are valid as for JSON.parse of the whole.
//
// Promises: takes a turn before each element and at least every megabyte; stops at `maxItems`, or when `visit` has enough.
import { parseText } from './parse-json.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, skipSpace } from './scan-json.ts';
import { CUT_OFF, endOfValue, type Malformed } from './split-object.ts';
import type { Turns } from './turns.ts';

export interface ArrayVisit {
  readonly maxItems: number;
  readonly turns: Turns;
  /** False: enough was seen. */
  readonly visit: (value: unknown, index: number) => boolean;
}

export type Visited =
  { readonly kind: 'visited' } | { readonly kind: 'not-an-array' } | { readonly kind: 'too-many' } | Malformed;

/** `body` is the text of the array alone, in UTF-8. */
export async function visitArray(body: Buffer, { maxItems, turns, visit }: ArrayVisit): Promise<Visited> {
  const start = skipSpace(body, 0);
  if (body[start] !== OPEN_ARRAY) return { kind: 'not-an-array' };
  let from = skipSpace(body, start + 1);
  if (body[from] === CLOSE_ARRAY) return afterArray(body, from);
  for (let index = 0; ; index += 1) {
    await turns.take();
    const to = await endOfValue(body, from, turns);
    if (to >= body.length) return CUT_OFF;
    if (body[to] === CLOSE_OBJECT) return inElement(index, "Unexpected token '}'.");
    if (index === maxItems) return { kind: 'too-many' };
    const parsed = parseText(body.toString('utf8', from, to));
    if (parsed.kind === 'malformed') return inElement(index, parsed.detail);
    if (!visit(parsed.value, index)) return { kind: 'visited' };
    if (body[to] === CLOSE_ARRAY) return afterArray(body, to);
    from = to + 1;
  }
}

function afterArray(body: Buffer, close: number): Visited {
  if (skipSpace(body, close + 1) >= body.length) return { kind: 'visited' };
  return { kind: 'malformed', detail: 'Unexpected non-whitespace character after an array.' };
}

function inElement(index: number, detail: string): Malformed {
  return { kind: 'malformed', detail: `in element ${index} of the array: ${detail}` };
}
