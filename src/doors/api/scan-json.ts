// Finds where a JSON value ends without parsing it (RFC 8259): by counting brackets outside strings. What is inside is judged
// by whoever parses it.
//
// Promises: can be stopped after so many bytes and gone on with, so that no text holds the event loop; bytes only, so an
// unfinished UTF-8 sequence does not matter.

export interface Scan {
  readonly at: number;
  readonly depth: number;
  readonly inString: boolean;
  /** Whether `at` is the comma or bracket that ends the value. */
  readonly found: boolean;
}

/** The state before the first byte of a value. */
export const START: Scan = { at: 0, depth: 0, inString: false, found: false };

/** Bytes after which others should get their turn. */
export const SCAN_BYTES = 1024 * 1024;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Goes on to the end of the value, or to about `until`; past the end of the body where that comes first. */
export function scan(body: Buffer, state: Scan, until: number): Scan {
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
export function closingQuote(
  body: Buffer,
  from: number,
  end: number,
): { readonly at: number; readonly found: boolean } {
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

export function skipSpace(body: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}
