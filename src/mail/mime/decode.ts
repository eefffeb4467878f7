// Bodies of MIME parts as text: transfer encoding undone, charset read (RFC 2045 6.7 and 6.8). The reading side of
// transfer-encoding.ts, for messages that others wrote.
//
// Reading never fails: what does not fit its encoding stays as it is, an unknown charset is read as UTF-8 where it is that,
// else as Latin-1. How many octets are handed in is for the caller to bound; the cost is linear in them.
import { isUtf8 } from 'node:buffer';
import { decodeCharset } from '../encoded-word.ts';

/** The octets that `bytes` stand for, by the lower-case name of the encoding. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(bytes.toString('latin1'), 'base64');
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes);
  return bytes;
}

/** Octets as text; a charset that is not named, not known, or plain ASCII is guessed. */
export function textOf(bytes: Buffer, charset: string | undefined): string {
  const name = charset?.trim().toLowerCase() ?? '';
  const named = name === '' || /^(?:us-)?ascii$|^utf-?8$/.test(name) ? undefined : decodeCharset(bytes, name);
  return named ?? (isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1'));
}

const SOFT_BREAK = /=[ \t]{0,100}\r?\n/g;
const SPELLED = /=([0-9A-Fa-f]{2})/g;

function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const text = bytes
    .toString('latin1')
    .replace(SOFT_BREAK, '')
    .replace(SPELLED, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}
