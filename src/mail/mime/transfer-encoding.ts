// Transfer encodings: quoted-printable and base64 out, and what makes text need them (RFC 2045 6, RFC 5322 2.1.1).
//
// Text is octets as latin1 strings, so that the work is done by the regular expressions of the engine and not by a loop
// over octets. Patterns are anchored to line starts or move on after each match: their cost is linear.
import { isAscii } from 'node:buffer';

/** Octets of a line without CRLF. */
export const MAX_LINE = 998;
const ENCODED_LINE = 76;
const LF = 10;

const HEX = Array.from({ length: 256 }, (_, octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`);
/** Octets that quoted-printable spells out, and line ends that are none. */
const UNSAFE = /[^\t\r\n\x20-\x3c\x3e-\x7e]+|\r(?!\n)|(?<!\r)\n/g;
const SPACE_AT_END = /[ \t](?=\r\n|$)/g;
/** Stores in mbox form would change these lines, and some relays mistake a single dot (RFC 2049 3). */
const FRAGILE_START = /^(?:From |\.(?=\r\n|$))/gm;
const OVERLONG = /^.{77,}/gm;

/** Octets with CRLF line ends as quoted-printable; a CR or LF that stands alone is spelled out. */
export function toQuotedPrintable(octets: string): string {
  const spelled = octets
    .replace(UNSAFE, spellRun)
    .replace(SPACE_AT_END, (space) => (space === ' ' ? '=20' : '=09'))
    .replace(FRAGILE_START, (start) => spell(start.charCodeAt(0)) + start.slice(1));
  return spelled.replace(OVERLONG, breakLine);
}

/** Makes quoted-printable text 7-bit with short lines, without changing what it says. */
export function repairQuotedPrintable(text: string): string {
  return text.replace(/[^\x01-\x7f]+|\r(?!\n)|(?<!\r)\n/g, spellRun).replace(OVERLONG, breakLine);
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

function wrapBase64(text: string): string {
  return text.replace(/.{76}(?=.)/g, '$&\r\n');
}

function spellRun(run: string): string {
  let out = '';
  for (let at = 0; at < run.length; at += 1) out += spell(run.charCodeAt(at));
  return out;
}

function spell(octet: number): string {
  return HEX[octet] ?? '';
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
