// From bytes to a JSON value (RFC 8259): UTF-8 only, a byte order mark is skipped, and what is wrong is said without
// repeating the client's text, so that no body gets into a log by way of an error.
import { isUtf8 } from 'node:buffer';

export type ParsedJson =
  { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'malformed'; readonly detail: string };

export function parseJson(bytes: Buffer): ParsedJson {
  const body = withoutByteOrderMark(bytes);
  if (body.length === 0) return { kind: 'malformed', detail: 'the body is empty.' };
  if (!isUtf8(body)) return NOT_UTF8;
  return parseText(body.toString('utf8'));
}

export const NOT_UTF8: ParsedJson & { kind: 'malformed' } = { kind: 'malformed', detail: 'the body is not UTF-8.' };

/** `text` is the whole of a JSON value. */
export function parseText(text: string): ParsedJson {
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch (cause) {
    return { kind: 'malformed', detail: withoutSnippet(cause) };
  }
}

export function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The engine quotes a piece of the text: `Unexpected token 'x', ..."ecret: x"... is not valid JSON`. */
function withoutSnippet(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return `${message.replace(/, (?:\.\.\.)?".*$/s, '').replace(/^"[^]*"(?= is not valid JSON)/, 'the body')}.`;
}
