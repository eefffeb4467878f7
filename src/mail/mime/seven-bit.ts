// Downgrade of a message to what a 7-bit transport carries (RFC 6152 3, RFC 2045 6, RFC 5322 2.1.1): ASCII, no NUL, lines of
// at most 998 octets.
//
// Leaf parts that need it become quoted-printable (text) or base64, and say so; everything else keeps its octets. Signed parts
// are no exception: their signature is lost, the mail is not. Header fields are handled by seven-bit-header.ts.
// Never fails; a second pass changes nothing. What cannot be helped: an address with a non-ASCII local part becomes encoded
// text that is no address (such mail needs SMTPUTF8), and a header word of more than a line is broken in two.
import { cleanHeader, type NewFields } from './seven-bit-header.ts';
import { isIdentity, type MimePart, readStructure } from './structure.ts';
import {
  hasLongLine,
  isSevenBit,
  MAX_LINE,
  repairBase64,
  repairQuotedPrintable,
  toBase64,
  toQuotedPrintable,
} from './transfer-encoding.ts';

/** Text with a larger share of octets over 127 than one in so many becomes base64. */
const BASE64_SHARE = 3;

/** The message itself when it is 7-bit already, else a changed copy. */
export function toSevenBit(raw: Uint8Array): Uint8Array {
  const message = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (isSevenBit(message)) return raw;
  return Buffer.from(rebuild(message, readStructure(message), { isRoot: true }), 'latin1');
}

/** Octets as latin1: what stands for the part in the new message. */
function rebuild(message: Buffer, part: MimePart, place: { isRoot: boolean }): string {
  if (isSevenBit(message.subarray(part.headerStart, part.bodyEnd)))
    return slice(message, part.headerStart, part.bodyEnd);
  const header = slice(message, part.headerStart, part.bodyStart);
  if (part.parts.length > 0 && !part.truncated) {
    // A composite may not be encoded itself; what it declares follows from its parts (RFC 2045 6.4).
    return cleanHeader(header, part.encoding === '7bit' ? {} : { encoding: '7bit' }) + rebuildParts(message, part);
  }
  const body = slice(message, part.bodyStart, part.bodyEnd);
  if (isSevenBit(message.subarray(part.bodyStart, part.bodyEnd))) return cleanHeader(header, {}) + body;
  const encoded = encodeLeaf(body, part);
  return cleanHeader(header, { ...encoded.fields, ...typeFor(body, part, place) }) + encoded.body;
}

function rebuildParts(message: Buffer, part: MimePart): string {
  let out = '';
  let at = part.bodyStart;
  for (const child of part.parts) {
    out += cleanGap(slice(message, at, child.headerStart)) + rebuild(message, child, { isRoot: false });
    at = child.bodyEnd;
  }
  return out + cleanGap(slice(message, at, part.bodyEnd));
}

function encodeLeaf(body: string, part: MimePart): { body: string; fields: NewFields } {
  if (part.encoding === 'base64') return { body: repairBase64(body), fields: {} };
  if (part.encoding === 'quoted-printable') return { body: repairQuotedPrintable(body), fields: {} };
  if (isIdentity(part.encoding) && readsBetterSpelled(body, part))
    return { body: toQuotedPrintable(Buffer.from(body, 'latin1')), fields: { encoding: 'quoted-printable' } };
  return { body: toBase64(Buffer.from(body, 'latin1')), fields: { encoding: 'base64' } };
}

/** Quoted-printable is for text in which most octets are ASCII; a composite that cannot be taken apart has no other choice. */
function readsBetterSpelled(body: string, part: MimePart): boolean {
  if (/^(?:message|multipart)\//.test(part.contentType)) return true;
  const spelled = body.match(/[^\x00-\x7f]+/g)?.reduce((sum, run) => sum + run.length, 0) ?? 0;
  return part.contentType.startsWith('text/') && spelled * BASE64_SHARE < body.length;
}

/** A text without a declared type is ASCII by default (RFC 2045 5.2); now that it is decoded, its reader needs the charset. */
function typeFor(body: string, part: MimePart, place: { isRoot: boolean }): NewFields {
  if (part.contentType !== 'text/plain' || part.params.size > 0 || !/[^\x00-\x7f]/.test(body)) return {};
  const fields: NewFields = { defaultCharset: charsetOf(body) };
  return place.isRoot ? { ...fields, mimeVersion: true } : fields;
}

function charsetOf(octets: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    decoder.decode(Buffer.from(octets, 'latin1'));
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** Preamble, boundary lines and epilogue: nothing of it is shown. */
function cleanGap(text: string): string {
  const ascii = text.replace(/[^\x01-\x7f]/g, '?');
  return hasLongLine(ascii) ? ascii.replace(/\r(?!\n)|(?<!\r)\n/g, '?').replace(/^.+/gm, cutLine) : ascii;
}

function cutLine(line: string): string {
  let out = '';
  let start = 0;
  for (; line.length - start > MAX_LINE; start += MAX_LINE) out += `${line.slice(start, start + MAX_LINE)}\r\n`;
  return out + line.slice(start);
}

function slice(message: Buffer, start: number, end: number): string {
  return message.toString('latin1', start, end);
}
