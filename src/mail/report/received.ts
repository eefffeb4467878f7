// A message that came in, opened for reading what it reports: its header, its MIME parts, and its text for people.
//
// Bounded whatever comes: a part of the header, a part of each body, a number of parts and a depth. Nothing fails.
// RFC 2045 and 2046 for parts, RFC 2047 for header text. What it means is for the readers beside this file.
import { decodeWords } from '../encoded-word.ts';
import { htmlWords } from '../html-words.ts';
import { decodeTransfer, textOf } from '../mime/decode.ts';
import { readStructure, type MimePart } from '../mime/structure.ts';
import { readFields, valueOf, type ReportField } from './fields.ts';

export interface Received {
  /** The first 256 KiB. */
  readonly raw: Buffer;
  readonly fields: readonly ReportField[];
  readonly root: MimePart;
  /** The readable text of the message itself, not of messages inside it; lines end in LF. Cut at 32 KiB. */
  readonly text: string;
  /** Encoded words decoded. */
  readonly subject: string;
  readonly from: string;
}

const MAX_LOOKED = 256 * 1024;
const MAX_DEPTH = 5;
const MAX_PARTS = 60;
const MAX_HEADER = 128 * 1024;
const MAX_PART = 128 * 1024;
const MAX_SUBJECT = 1000;
/** Characters of text in which a report is looked for. */
export const MAX_TEXT = 32 * 1024;

export function openReceived(bytes: Uint8Array): Received {
  // What reports say stands before the message that they bring back; anybody may send many megabytes of boundaries.
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, MAX_LOOKED));
  const root = readStructure(raw, { maxDepth: MAX_DEPTH, maxParts: MAX_PARTS });
  const fields = headerOf(raw, root);
  return {
    raw,
    fields,
    root,
    text: readableText(raw, root),
    subject: headerText(fields, 'subject'),
    from: headerText(fields, 'from'),
  };
}

/** A field's value with its encoded words decoded. */
function headerText(fields: readonly ReportField[], name: string): string {
  return decodeWords(valueOf(fields, name)).replace(/\s+/g, ' ').slice(0, MAX_SUBJECT);
}

export function headerOf(raw: Buffer, part: MimePart): readonly ReportField[] {
  return readFields(
    textOf(raw.subarray(part.headerStart, Math.min(part.bodyStart, part.headerStart + MAX_HEADER)), ''),
  );
}

/** The decoded text of a leaf, cut. */
export function bodyText(raw: Buffer, part: MimePart): string {
  const bytes = raw.subarray(part.bodyStart, Math.min(part.bodyEnd, part.bodyStart + MAX_PART));
  return textOf(decodeTransfer(bytes, part.encoding), part.params.get('charset'));
}

/** The first part that `wanted` takes, in the order of reading; what lies inside attached messages is not looked at. */
export function findPart(part: MimePart, wanted: (part: MimePart) => boolean): MimePart | undefined {
  if (wanted(part)) return part;
  if (!part.contentType.startsWith('multipart/')) return undefined;
  for (const child of part.parts) {
    const found = findPart(child, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

const ORIGINAL = /^(?:message\/(?:rfc822|global|rfc822-headers|global-headers)|text\/rfc822-headers?)$/;

/** The header of the message that came back: attached whole, or as headers only; empty where there is none. */
export function attachedHeader(received: Received): readonly ReportField[] {
  const { raw, root } = received;
  const part = findPart(root, ({ contentType }) => ORIGINAL.test(contentType));
  if (part === undefined) return [];
  const inside = part.parts[0];
  return inside === undefined ? readFields(bodyText(raw, part)) : headerOf(raw, inside);
}

function readableText(raw: Buffer, root: MimePart): string {
  const texts: string[] = [];
  const seek = (part: MimePart): void => {
    if (part.contentType === 'text/plain') texts.push(bodyText(raw, part));
    else if (part.contentType.startsWith('multipart/')) for (const child of part.parts) seek(child);
  };
  seek(root);
  if (texts.join('').trim() === '') {
    const html = findPart(root, ({ contentType }) => contentType === 'text/html');
    if (html !== undefined) texts.push(htmlWords(bodyText(raw, html), { links: false }));
  }
  return texts.join('\n').replace(/\r\n?/g, '\n').slice(0, MAX_TEXT);
}
