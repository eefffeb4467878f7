// The tree of MIME parts of a message, as offsets into it (RFC 2045, RFC 2046 5.1 and 5.2.1).
//
// Reading never fails and never decodes a body. It is bounded in depth and in parts; a part whose children were not all read
// says so. Line ends are CRLF. A multipart without a usable boundary, or in which no boundary line stands, is a leaf.
import { isUtf8 } from 'node:buffer';
import { type ParameterisedValue, readParameters } from './parameters.ts';

export interface MimePart {
  /** Lower-case `type/subtype`; the default of its place where the part names none. */
  readonly contentType: string;
  readonly params: ReadonlyMap<string, string>;
  /** Lower-case transfer encoding; `7bit` when none is given. */
  readonly encoding: string;
  /** Lower-case; undefined when not given. */
  readonly disposition: string | undefined;
  /** Decoded, without control characters. */
  readonly fileName: string | undefined;
  /** Offsets of octets in the message; the empty line before the body belongs to the header. */
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Children of a multipart, or the message inside a message/rfc822. */
  readonly parts: readonly MimePart[];
  /** True when a limit was reached and `parts` is not all there is. */
  readonly truncated: boolean;
}

export interface StructureLimits {
  readonly maxDepth?: number;
  readonly maxParts?: number;
}

const DEFAULT_DEPTH = 20;
const DEFAULT_PARTS = 1000;
/** Of one part, for its MIME fields. */
const MAX_HEADER = 256 * 1024;
const TEXT = 'text/plain';
const MESSAGE = 'message/rfc822';
const EMBEDDED = new Set([MESSAGE, 'message/global']);
/** Names for attachments that have none. */
const UNNAMED = 'untitled';
const UNNAMED_MESSAGE = 'message.eml';
const MIME_FIELD = /^(content-type|content-transfer-encoding|content-disposition)[ \t]*:/i;
const CONTENT_TYPE = /^[\x21-\x2e\x30-\x7e]+\/[\x21-\x2e\x30-\x7e]+$/;

/** The part that a whole message is, with all parts inside it. */
export function readStructure(raw: Uint8Array, limits: StructureLimits = {}): MimePart {
  const walk: Walk = {
    message: Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength),
    maxDepth: limits.maxDepth ?? DEFAULT_DEPTH,
    partsLeft: limits.maxParts ?? DEFAULT_PARTS,
  };
  return readPart(walk, { start: 0, end: raw.byteLength }, { depth: 0, defaultType: TEXT });
}

/** Names of the parts that a reader shows as attachments; those inside an attached message are not among them. */
export function attachmentNames(raw: Uint8Array): string[] {
  const names: string[] = [];
  collectNames(readStructure(raw), names);
  return names;
}

interface Walk {
  readonly message: Buffer;
  readonly maxDepth: number;
  partsLeft: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Place {
  readonly depth: number;
  readonly defaultType: string;
}

type Children = Pick<MimePart, 'parts' | 'truncated'>;
const NO_CHILDREN: Children = { parts: [], truncated: false };

function readPart(walk: Walk, range: Range, place: Place): MimePart {
  walk.partsLeft -= 1;
  const bodyStart = headerEnd(walk.message, range);
  const fields = readMimeFields(walk.message, {
    start: range.start,
    end: Math.min(bodyStart, range.start + MAX_HEADER),
  });
  const type = fields.get('content-type');
  const contentType = type !== undefined && CONTENT_TYPE.test(type.value) ? type.value : place.defaultType;
  const disposition = fields.get('content-disposition');
  const part = {
    contentType,
    params: type?.params ?? new Map<string, string>(),
    encoding: fields.get('content-transfer-encoding')?.value || '7bit',
    disposition: disposition?.value || undefined,
    fileName: disposition?.params.get('filename') || type?.params.get('name') || undefined,
    headerStart: range.start,
    bodyStart,
    bodyEnd: range.end,
  };
  return { ...part, ...readChildren(walk, part, place) };
}

function readChildren(walk: Walk, part: Omit<MimePart, 'parts' | 'truncated'>, place: Place): Children {
  const body = { start: part.bodyStart, end: part.bodyEnd };
  if (EMBEDDED.has(part.contentType) && isIdentity(part.encoding)) {
    if (walk.partsLeft <= 0 || place.depth >= walk.maxDepth) return { parts: [], truncated: true };
    return { parts: [readPart(walk, body, { depth: place.depth + 1, defaultType: TEXT })], truncated: false };
  }
  const boundary = part.params.get('boundary') ?? '';
  if (!part.contentType.startsWith('multipart/') || !/^[\x20-\x7e]{1,200}$/.test(boundary)) return NO_CHILDREN;
  const defaultType = part.contentType === 'multipart/digest' ? MESSAGE : TEXT;
  const parts: MimePart[] = [];
  for (const range of partRanges(walk.message, body, boundary)) {
    if (walk.partsLeft <= 0 || place.depth >= walk.maxDepth) return { parts, truncated: true };
    parts.push(readPart(walk, range, { depth: place.depth + 1, defaultType }));
  }
  return { parts, truncated: false };
}

export function isIdentity(encoding: string): boolean {
  return encoding === '7bit' || encoding === '8bit' || encoding === 'binary';
}

/** The octets between one boundary line and the next; an absent last one is taken to stand at the end. */
function* partRanges(message: Buffer, body: Range, boundary: string): Generator<Range> {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  // Never past the end of the body: nested parts would search the rest of the message again and again.
  const window = message.subarray(0, body.end);
  let start: number | undefined;
  let at = body.start;
  for (;;) {
    at = window.indexOf(delimiter, at);
    if (at < 0) break;
    const line = boundaryLine(message, body, { start: at, end: at + delimiter.length });
    at += delimiter.length;
    if (line === undefined) continue;
    if (start !== undefined) yield { start, end: Math.max(start, line.start) };
    start = line.last ? undefined : line.end;
    at = line.end;
    if (line.last) return;
  }
  if (start !== undefined) yield { start, end: body.end };
}

/** A boundary line with the line end before it, which belongs to it (RFC 2046 5.1.1); undefined when the text is none. */
function boundaryLine(message: Buffer, body: Range, found: Range): (Range & { last: boolean }) | undefined {
  const atStart = found.start === body.start;
  if (!atStart && !(found.start >= body.start + 2 && isCrLf(message, found.start - 2))) return undefined;
  const last = message[found.end] === 45 && message[found.end + 1] === 45 && found.end + 2 <= body.end;
  let end = last ? found.end + 2 : found.end;
  while (end < body.end && (message[end] === 32 || message[end] === 9)) end += 1;
  if (end < body.end && !isCrLf(message, end)) return undefined;
  return { start: atStart ? found.start : found.start - 2, end: Math.min(end + 2, body.end), last };
}

function isCrLf(message: Buffer, at: number): boolean {
  return message[at] === 13 && message[at + 1] === 10;
}

function headerEnd(message: Buffer, range: Range): number {
  if (range.end - range.start >= 2 && isCrLf(message, range.start)) return range.start + 2;
  const end = message.subarray(0, range.end).indexOf('\r\n\r\n', range.start, 'latin1');
  return end < 0 ? range.end : end + 4;
}

function readMimeFields(message: Buffer, range: Range): ReadonlyMap<string, ParameterisedValue> {
  const fields = new Map<string, ParameterisedValue>();
  for (const raw of message.toString('latin1', range.start, range.end).split(/\r\n(?![ \t])/)) {
    const name = MIME_FIELD.exec(raw)?.[1]?.toLowerCase();
    if (name === undefined || fields.has(name)) continue;
    fields.set(name, readParameters(decodeOctets(raw.slice(raw.indexOf(':') + 1).replaceAll('\r\n', ''))));
  }
  return fields;
}

function decodeOctets(latin1: string): string {
  const octets = Buffer.from(latin1, 'latin1');
  return isUtf8(octets) ? octets.toString('utf8') : latin1;
}

function collectNames(part: MimePart, names: string[]): void {
  const isMessage = EMBEDDED.has(part.contentType);
  if (part.fileName !== undefined) names.push(part.fileName);
  else if (isMessage) names.push(UNNAMED_MESSAGE);
  else if (part.disposition === 'attachment') names.push(UNNAMED);
  if (!isMessage) for (const child of part.parts) collectNames(child, names);
}
