// Header values with parameters, as in Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183).
//
// Values come out decoded: quoted strings, RFC 2231 continuations and charsets, and the encoded words that many programs put
// there against RFC 2047 5. Reading never fails: what has no form is left out, and the first of two equal names counts.
// Writing gives ASCII, with RFC 2231 for the rest, each parameter on a line of its own.
import { decodeCharset, decodeWords, encodeSpan } from '../encoded-word.ts';

export interface ParameterisedValue {
  /** What stands before the first semicolon, in lower case. */
  readonly value: string;
  /** By lower-case name. */
  readonly params: ReadonlyMap<string, string>;
}

const MAX_VALUE = 16_384;
const MAX_PARAMETERS = 100;
const PARAMETER = /;\s*([^=;\s]+)\s*=\s*("(?:[^"\\]|\\[^])*"|[^;]*)/g;
const SEGMENT = /^([^*]+)\*(?:(\d{1,3})(\*)?)?$/;
const TRAILING_COMMENT = /\s\([^()]*\)$/;
/** A parameter name; the characters that RFC 2231 7 takes for itself are not in it. */
const ATTRIBUTE = /^[A-Za-z0-9!#$&+.^_`{|}~-]{1,60}$/;
const TOKEN = /^[A-Za-z0-9!#$&'*+.^_`{|}~-]+$/;
const ASCII_TEXT = /^[\x20-\x7e]*$/;
const MAX_PLAIN = 200;
/** Octets of a percent-encoded piece, so that its line stays under 78 columns. */
const PIECE = 50;

export function readParameters(text: string): ParameterisedValue {
  const bounded = text.slice(0, MAX_VALUE);
  const semicolon = bounded.indexOf(';');
  const value = (semicolon < 0 ? bounded : bounded.slice(0, semicolon)).trim().replace(TRAILING_COMMENT, '');
  const params = new Map<string, string>();
  if (semicolon >= 0) readAll(bounded.slice(semicolon), params);
  return { value: value.toLowerCase(), params };
}

/** `value; name=…` with each parameter on a folded line; ill-formed names are left out, no control character survives. */
export function formatParameters(value: string, params: Iterable<readonly [string, string]>): string {
  let out = value;
  for (const [name, text] of params) {
    if (!ATTRIBUTE.test(name)) continue;
    for (const parameter of formatParameter(name, text)) out += `;\r\n ${parameter}`;
  }
  return out;
}

/** A parameter value as programs without RFC 2231 read it: quoted, with encoded words where it is not ASCII. */
export function formatPlainParameter(name: string, text: string): string {
  const clean = cleanText(text);
  return ASCII_TEXT.test(clean) ? `${name}=${quoteValue(clean)}` : `${name}="${encodeSpan(clean, name.length + 4)}"`;
}

interface Segment {
  readonly index: number;
  readonly encoded: boolean;
  readonly text: string;
}

function readAll(text: string, params: Map<string, string>): void {
  const segments = new Map<string, Segment[]>();
  let count = 0;
  for (const [, rawName = '', rawValue = ''] of text.matchAll(PARAMETER)) {
    if ((count += 1) > MAX_PARAMETERS) break;
    const name = rawName.toLowerCase();
    const segment = SEGMENT.exec(name);
    if (segment !== null) addSegment(segments, segment, unquote(rawValue));
    else if (!params.has(name)) params.set(name, readPlain(name, unquote(rawValue)));
  }
  // The extended form says more than the plain one beside it (RFC 5987 3.2.1 says so for HTTP; mail programs do the same).
  for (const [name, list] of segments) params.set(name, cleanText(joinSegments(list)));
}

/** Encoded words stand in file names only; a boundary may look like one, and is none. */
function readPlain(name: string, text: string): string {
  return cleanText(name === 'name' || name === 'filename' ? decodeWords(text) : text);
}

function addSegment(segments: Map<string, Segment[]>, match: RegExpExecArray, text: string): void {
  const [, name = '', index, star] = match;
  const segment = { index: Number(index ?? 0), encoded: index === undefined || star !== undefined, text };
  const list = segments.get(name);
  if (list === undefined) segments.set(name, [segment]);
  else list.push(segment);
}

/** Joins the pieces of a value in their order, and decodes them from the charset that the first names (RFC 2231 4). */
function joinSegments(list: Segment[]): string {
  list.sort((a, b) => a.index - b.index);
  const first = list[0];
  const prefix = first?.encoded === true ? /^([^']*)'[^']*'/.exec(first.text) : null;
  let octets = '';
  for (const segment of list) {
    const text = segment === first ? segment.text.slice(prefix?.[0].length ?? 0) : segment.text;
    octets += segment.encoded ? decodePercent(text) : toOctets(text);
  }
  const bytes = Buffer.from(octets, 'latin1');
  return decodeCharset(bytes, prefix?.[1] || 'utf-8') ?? bytes.toString('utf8');
}

function decodePercent(text: string): string {
  return toOctets(text).replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function toOctets(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function unquote(text: string): string {
  if (text.startsWith('"') && text.length > 1) return text.slice(1, -1).replace(/\\([^])/g, '$1');
  return text.trim().replace(TRAILING_COMMENT, '');
}

function formatParameter(name: string, text: string): string[] {
  const clean = cleanText(text);
  if (ASCII_TEXT.test(clean) && clean.length <= MAX_PLAIN) {
    return [`${name}=${TOKEN.test(clean) ? clean : quoteValue(clean)}`];
  }
  const pieces = cutPieces(Buffer.from(clean));
  if (pieces.length === 1) return [`${name}*=UTF-8''${pieces[0]}`];
  return pieces.map((piece, index) => `${name}*${index}*=${index === 0 ? "UTF-8''" : ''}${piece}`);
}

function cutPieces(bytes: Buffer): string[] {
  const encoded = bytes
    .toString('latin1')
    .replace(/[^A-Za-z0-9._~-]/g, (octet) => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return encoded.match(new RegExp(`(?:%..|[^%]){1,${Math.floor(PIECE / 3)}}`, 'g')) ?? [''];
}

function quoteValue(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
    .trim();
}
