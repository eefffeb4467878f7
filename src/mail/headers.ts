// Header fields: taking the head of a message apart, and writing fields (RFC 5322 2.1 to 2.2.3, RFC 6532).
//
// Reading is strict where messages are smuggled (a bare CR or LF, NUL) and lenient where old programs differ (white space
// before the colon, folding anywhere). Writing refuses what would end a field early and folds at 78 columns. What the
// values mean is left to address.ts, encoded-word.ts and mime/.
import { isUtf8 } from 'node:buffer';
import { formatMailbox, type NamedAddress } from './address.ts';
import { encodeSpan, encodeWords } from './encoded-word.ts';

export interface HeaderField {
  readonly name: string;
  /** Unfolded and trimmed; UTF-8 where the octets are valid UTF-8, else latin1. Encoded words are not decoded. */
  readonly value: string;
  /** The octets of the field as latin1, CRLF included. */
  readonly raw: string;
}

export interface SplitMessage {
  readonly fields: readonly HeaderField[];
  /** Offset of the first octet of the body; the length of the message when it has none. */
  readonly bodyOffset: number;
}

export interface SplitLimits {
  /** Octets of the header with its line ends. */
  readonly maxHeaderBytes?: number;
  readonly maxFields?: number;
}

const DEFAULT_HEADER_BYTES = 256 * 1024;
const DEFAULT_FIELDS = 1000;
const LINE_GOAL = 78;
/** Without CRLF (RFC 5322 2.1.1). */
const LINE_MAX = 998;
const MAX_NAME = 126;
const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]+$/;
const BROKEN_LINES = /\r(?!\n)|(?<!\r)\n|\0/;
const NON_ASCII = /[\x80-\xff]/;
/** Fields with a grammar, in which an encoded word would be a syntax error or break a URL. */
const STRUCTURED =
  /^(?:list-.*|message-id|references|in-reply-to|content-.*|mime-version|return-path|received|date|resent-.*|arc-.*|dkim-signature|authentication-results|auto-submitted|feedback-id)$/i;

/** Splits a message into its fields and its body; `error` says in plain words what is wrong with the header. */
export function splitMessage(raw: Uint8Array, limits: SplitLimits = {}): SplitMessage | { readonly error: string } {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const head = headOf(buffer, limits.maxHeaderBytes ?? DEFAULT_HEADER_BYTES);
  if (typeof head !== 'object') return { error: head };
  if (BROKEN_LINES.test(head.text)) return { error: 'the header holds a bare CR, a bare LF or NUL' };
  const maxFields = limits.maxFields ?? DEFAULT_FIELDS;
  const fields: HeaderField[] = [];
  for (let at = 0; at < head.text.length;) {
    const end = fieldEnd(head.text, at);
    const field = readField(head.text.slice(at, end));
    if (field === undefined) return { error: `line ${lineNumber(head.text, at)} of the header is not a field` };
    if (fields.push(field) > maxFields) return { error: `the header has more than ${maxFields} fields` };
    at = end;
  }
  return { fields, bodyOffset: head.bodyOffset };
}

export function isFieldName(name: string): boolean {
  return name.length <= MAX_NAME && FIELD_NAME.test(name);
}

/**
 * An unstructured field, CRLF ended, folded, with non-ASCII as encoded words; undefined where name or value cannot be a
 * header (a line break or NUL in it, or a word that is too long for a line and may not be encoded).
 */
export function formatField(name: string, value: string): string | undefined {
  if (!isFieldName(name) || /[\r\n\0]/.test(value)) return undefined;
  const used = name.length + 2;
  let text = encodeWords(value.trim(), used);
  if (text.length > LINE_MAX && longestWord(text) > LINE_MAX - used) {
    if (STRUCTURED.test(name)) return undefined;
    text = encodeSpan(value.trim(), used);
  }
  return fold(name, text);
}

/** An address field, CRLF ended and folded between mailboxes; '' when there are none, since the field must then be left out. */
export function formatAddressField(name: string, mailboxes: readonly NamedAddress[]): string {
  if (!isFieldName(name)) throw new TypeError('not a field name');
  if (mailboxes.length === 0) return '';
  let out = '';
  let line = `${name}: `;
  mailboxes.forEach((mailbox, index) => {
    const text = formatMailbox(mailbox) + (index < mailboxes.length - 1 ? ',' : '');
    if (line.length + text.length > LINE_GOAL && index > 0) {
      out += `${line.trimEnd()}\r\n`;
      line = ' ';
    }
    const folded = line.length + text.length > LINE_GOAL ? foldAfter(line, text) : line + text;
    const start = folded.lastIndexOf('\n') + 1;
    out += folded.slice(0, start);
    line = `${folded.slice(start)} `;
  });
  return `${out}${line.trimEnd()}\r\n`;
}

/** A date in UTC (RFC 5322 3.3), e.g. `Tue, 24 Nov 2026 10:00:00 +0000`. */
export function formatDate(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}

function headOf(buffer: Buffer, maxBytes: number): { text: string; bodyOffset: number } | string {
  if (buffer.length >= 2 && buffer[0] === 13 && buffer[1] === 10) return { text: '', bodyOffset: 2 };
  const window = buffer.subarray(0, maxBytes + 2);
  const end = window.indexOf('\r\n\r\n', 0, 'latin1');
  if (end >= 0) return { text: window.toString('latin1', 0, end + 2), bodyOffset: end + 4 };
  if (buffer.length > maxBytes) return `the header is larger than ${maxBytes} bytes`;
  const text = buffer.toString('latin1');
  return { text: text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`, bodyOffset: buffer.length };
}

/** Where the field that starts at `at` ends: after the first line end that no white space follows. */
function fieldEnd(text: string, at: number): number {
  let end = text.indexOf('\n', at) + 1;
  while (isWhiteSpace(text.charCodeAt(end))) end = text.indexOf('\n', end) + 1;
  return end;
}

function readField(raw: string): HeaderField | undefined {
  const colon = raw.indexOf(':');
  const name = raw.slice(0, Math.max(colon, 0)).trimEnd();
  if (!FIELD_NAME.test(name)) return undefined;
  const value = raw.slice(colon + 1).replaceAll('\r\n', '');
  return { name, value: (NON_ASCII.test(value) ? decodeOctets(value) : value).trim(), raw };
}

function decodeOctets(latin1: string): string {
  const octets = Buffer.from(latin1, 'latin1');
  return isUtf8(octets) ? octets.toString('utf8') : latin1;
}

function isWhiteSpace(code: number): boolean {
  return code === 32 || code === 9;
}

function lineNumber(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

function longestWord(text: string): number {
  return Math.max(...text.split(/[ \t]/).map((word) => word.length));
}

function fold(name: string, text: string): string {
  const line = `${name}: ${text}`;
  return `${line.length <= LINE_GOAL ? line : foldAfter(`${name}: `, text)}\r\n`;
}

/** `start` and `text` on lines of at most 78 columns, broken before white space where there is any. */
function foldAfter(start: string, text: string): string {
  let out = '';
  let line = start;
  for (const [word] of text.matchAll(/[ \t]*[^ \t]+/g)) {
    if (line !== start && line.length + word.length > LINE_GOAL) {
      out += `${line}\r\n`;
      line = '';
    }
    line += word;
  }
  return out + line;
}
