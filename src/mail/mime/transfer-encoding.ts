// Transfer encodings: quoted-printable and base64 out, and what makes text need them (RFC 2045 6, RFC 5322 2.1.1).
//
// Output is latin1 strings of ASCII. Every pattern is anchored to line starts or moves on after each match, so that the cost
// is linear in the length whatever the text is.
import { isAscii } from 'node:buffer';

/** Octets of a line without CRLF. */
export const MAX_LINE = 998;
const ENCODED_LINE = 76;
const LF = 10;

const CR = 13;
const SPACE = 32;
const TAB = 9;
const EQUALS = 61;
const HEX = Buffer.from('0123456789ABCDEF', 'latin1');
/** What an octet becomes at most, with its share of soft line breaks. */
const GROWTH = 3.2;
const UNFIT_IN_ENCODED = /[^\x01-\x7f]+|\r(?!\n)|(?<!\r)\n/g;
const OVERLONG = /^.{77,}/gm;

/**
 * Octets with CRLF line ends as quoted-printable; a CR or LF that stands alone is spelled out. Lines that mbox files and
 * careless relays would change ("From ", a single dot) are spelled at their start (RFC 2049 3).
 */
export function toQuotedPrintable(bytes: Uint8Array): string {
  const out = Buffer.allocUnsafe(Math.ceil(bytes.length * GROWTH) + ENCODED_LINE);
  let length = 0;
  let column = 0;
  // A loop over octets, once: five times as fast as regular expressions whose every match is a call.
  for (let at = 0; at < bytes.length; at += 1) {
    const octet = bytes[at] ?? 0;
    if (octet === CR && bytes[at + 1] === LF) {
      out[length++] = CR;
      out[length++] = LF;
      column = 0;
      at += 1;
      continue;
    }
    const plain = isPlain(bytes, at, octet) && !(column === 0 && isFragile(bytes, at, octet));
    const width = plain ? 1 : 3;
    if (column + width >= ENCODED_LINE) {
      out[length++] = EQUALS;
      out[length++] = CR;
      out[length++] = LF;
      column = 0;
    }
    column += width;
    if (plain) {
      out[length++] = octet;
    } else {
      out[length++] = EQUALS;
      out[length++] = HEX[octet >> 4] ?? 0;
      out[length++] = HEX[octet & 15] ?? 0;
    }
  }
  return out.toString('latin1', 0, length);
}

/** Makes quoted-printable text 7-bit with short lines, without changing what it says. */
export function repairQuotedPrintable(text: string): string {
  return text.replace(UNFIT_IN_ENCODED, spellRun).replace(OVERLONG, breakLine);
}

/** Base64 in lines of 76 columns, without a line end after the last. */
export function toBase64(bytes: Uint8Array): string {
  return wrapBase64(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'));
}

/** Base64 text with everything outside its alphabet left out, in lines of 76 columns (RFC 2045 6.8). */
export function repairBase64(text: string): string {
  return wrapBase64(text.replace(/[^A-Za-z0-9+/=]+/g, ''));
}

/** Whether octets can go through a 7-bit transport: ASCII, no NUL, no line over 998 octets. */
export function isSevenBit(bytes: Buffer): boolean {
  return isAscii(bytes) && !bytes.includes(0) && !hasLongLine(bytes);
}

/** Whether a line is over 998 octets, line ends not counted. */
export function hasLongLine(text: Buffer | string): boolean {
  // Looks back from 998 octets after the start of a line for the last line end before that: one short step per kilobyte.
  for (let start = 0; text.length - start > MAX_LINE;) {
    const window = start + MAX_LINE + 1;
    const end = typeof text === 'string' ? text.lastIndexOf('\n', window) : text.lastIndexOf(LF, window);
    if (end < start) return true;
    start = end + 1;
  }
  return false;
}

/** Lines of 76 columns. Copies whole lines: a regular expression takes four times as long over ten megabytes. */
function wrapBase64(text: string): string {
  if (text.length <= ENCODED_LINE) return text;
  const source = Buffer.from(text, 'latin1');
  const out = Buffer.allocUnsafe(source.length + 2 * Math.floor((source.length - 1) / ENCODED_LINE));
  let length = 0;
  for (let at = 0; at < source.length; at += ENCODED_LINE) {
    if (at > 0) {
      out[length++] = CR;
      out[length++] = LF;
    }
    length += source.copy(out, length, at, at + ENCODED_LINE);
  }
  return out.toString('latin1');
}

/** Whether an octet stands for itself: printable, not `=`, and white space only where no line ends after it. */
function isPlain(bytes: Uint8Array, at: number, octet: number): boolean {
  if (octet > SPACE) return octet < 127 && octet !== EQUALS;
  if (octet !== SPACE && octet !== TAB) return false;
  return at + 1 < bytes.length && !(bytes[at + 1] === CR && bytes[at + 2] === LF);
}

/** `From ` or a single dot, at the start of a line. */
function isFragile(bytes: Uint8Array, at: number, octet: number): boolean {
  if (octet === 46) return at + 1 >= bytes.length || bytes[at + 1] === CR;
  return (
    octet === 70 && bytes[at + 1] === 114 && bytes[at + 2] === 111 && bytes[at + 3] === 109 && bytes[at + 4] === SPACE
  );
}

function spellRun(run: string): string {
  return Buffer.from(run, 'latin1').toString('hex').toUpperCase().replace(/../g, '=$&');
}

/** Soft line breaks, never inside `=XX` (RFC 2045 6.7, rule 5). */
function breakLine(line: string): string {
  let out = '';
  let start = 0;
  while (line.length - start > ENCODED_LINE) {
    let end = start + ENCODED_LINE - 1;
    if (line[end - 1] === '=') end -= 1;
    else if (line[end - 2] === '=') end -= 2;
    out += `${line.slice(start, end)}=\r\n`;
    start = end;
  }
  return out + line.slice(start);
}
