// The way out of a stream in a message that came as source (contract sending 14): its text and HTML parts get what
// unsubscribe-content.ts says, in the encoding that they came in; everything else keeps its octets.
//
// What is signed or encrypted inside, and text in a charset that is no superset of ASCII, stays as it came: such a message has
// the header fields alone. Attachments are not looked into.
import { toBase64, toQuotedPrintable } from '../mail/mime/transfer-encoding.ts';
import { decodeTransfer } from '../mail/mime/decode.ts';
import { isIdentity, readStructure, type MimePart } from '../mail/mime/structure.ts';
import { htmlWithWayOut, mentions, textWithWayOut, type WayOut } from './unsubscribe-content.ts';

/** The message itself where nothing changes. */
export function sourceWithWayOut(raw: Uint8Array, way: WayOut): Uint8Array {
  const message = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (!way.handled && message.indexOf('pm:unsubscribe', 0, 'latin1') < 0) return raw;
  const changes = textParts(readStructure(raw)).flatMap((part) => changeOf(message, part, way) ?? []);
  if (changes.length === 0) return raw;
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { part, body } of changes) {
    pieces.push(message.subarray(at, part.bodyStart), body);
    at = part.bodyEnd;
  }
  const changed = Buffer.concat([...pieces, message.subarray(at)]);
  return endsLine(message) && !endsLine(changed) ? Buffer.concat([changed, LINE_END]) : changed;
}

const LINE_END = Buffer.from('\r\n');

function endsLine(message: Buffer): boolean {
  return message.length >= 2 && message.subarray(-2).equals(LINE_END);
}

/** Those that a reader shows, in order. */
function textParts(part: MimePart): readonly MimePart[] {
  if (CLOSED.test(part.contentType) || part.truncated) return [];
  if (part.contentType.startsWith('multipart/') && part.parts.length > 0) return part.parts.flatMap(textParts);
  const isShown = part.disposition !== 'attachment' && part.fileName === undefined;
  return isShown && /^text\/(?:plain|html)$/.test(part.contentType) && isAsciiLike(part) ? [part] : [];
}

/** A signature covers what is inside, and what is encrypted is not ours to read. */
const CLOSED = /^multipart\/(?:signed|encrypted)$/;

function isAsciiLike({ params }: MimePart): boolean {
  return !/^(?:utf-?(?:16|32|7)|ucs-|iso-2022|hz-|ebcdic|cp037)/i.test(params.get('charset') ?? '');
}

interface Change {
  readonly part: MimePart;
  readonly body: Buffer;
}

/** Octets are read as Latin-1: what is searched for and put in is ASCII. */
function changeOf(message: Buffer, part: MimePart, way: WayOut): Change | undefined {
  if (!isIdentity(part.encoding) && part.encoding !== 'base64' && part.encoding !== 'quoted-printable')
    return undefined;
  const text = decodeTransfer(message.subarray(part.bodyStart, part.bodyEnd), part.encoding).toString('latin1');
  if (!way.handled && !mentions(text)) return undefined;
  const changed = part.contentType === 'text/html' ? htmlWithWayOut(text, way) : textWithWayOut(text, way);
  return changed === text ? undefined : { part, body: encode(changed, part.encoding) };
}

function encode(text: string, encoding: string): Buffer {
  const octets = Buffer.from(text, 'latin1');
  if (encoding === 'base64') return Buffer.from(toBase64(octets), 'latin1');
  if (encoding === 'quoted-printable') return Buffer.from(toQuotedPrintable(octets), 'latin1');
  return octets;
}
