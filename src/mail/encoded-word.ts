// Encoded words: how header text says what ASCII cannot (RFC 2047, with the language tag of RFC 2231 5).
//
// Output is UTF-8, in Q unless B is much shorter (Q can be read in a log), cut only between characters, with the strict alphabet that is
// allowed in display names too (RFC 2047 5, rule 3). Input is any charset that TextDecoder knows; what cannot be decoded
// stays as it is. Decoded text may hold control characters: callers that build headers clean it (see address.ts).

const MAX_WORD = 75;
const Q_FAVOUR = 1.5;
const OVERHEAD = '=?UTF-8?Q??='.length;
const NEEDS_ENCODING = /[^\t\x20-\x7e]/;
const Q_SAFE = /^[A-Za-z0-9!*+/-]$/;
const ENCODED_WORD = /=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\r\n]*)\?=/g;
const BETWEEN_WORDS = /^[ \t\r\n]+$/;

/** Whether header text holds anything but printable ASCII and tabs. */
export function needsEncoding(text: string): boolean {
  return NEEDS_ENCODING.test(text);
}

/**
 * Header text as ASCII. The span from the first to the last word that needs it is encoded, the rest stays readable; text
 * that needs nothing is returned as it is. `used` is how many columns of the first line are taken already.
 */
export function encodeWords(text: string, used = 0): string {
  if (!NEEDS_ENCODING.test(text)) return text;
  const clean = text.toWellFormed();
  const [before, span, after] = clean.includes('=?') ? ['', clean, ''] : spanToEncode(clean);
  return before + encodeSpan(span, used + before.length) + after;
}

/** Every character of `text` in encoded words. */
export function encodeSpan(text: string, used: number): string {
  const cost = costs(text);
  return cost.q <= cost.b * Q_FAVOUR ? cutIntoWords(text, 'Q', used) : cutIntoWords(text, 'B', used);
}

/** Header text with its encoded words decoded. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  let out = '';
  let end = 0;
  let pending: Pending | undefined;
  for (const match of text.matchAll(ENCODED_WORD)) {
    const gap = text.slice(end, match.index);
    const word = readWord(match);
    if (pending !== undefined && (gap === '' || BETWEEN_WORDS.test(gap))) {
      // Adjacent words of one charset are decoded together: some writers cut them in the middle of a character.
      if (pending.charset === word.charset) pending.chunks.push(word.bytes);
      else {
        out += decodeChunks(pending);
        pending = { charset: word.charset, chunks: [word.bytes], source: '' };
      }
    } else {
      out += decodeChunks(pending) + gap;
      pending = { charset: word.charset, chunks: [word.bytes], source: '' };
    }
    pending.source += (pending.source === '' ? '' : gap) + match[0];
    end = match.index + match[0].length;
  }
  return out + decodeChunks(pending) + text.slice(end);
}

interface Pending {
  readonly charset: string;
  readonly chunks: Buffer[];
  source: string;
}

function readWord(match: RegExpExecArray): { charset: string; bytes: Buffer } {
  const [, charset = '', encoding = '', content = ''] = match;
  const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(content, 'base64') : decodeQ(content);
  return { charset: charset.toLowerCase(), bytes };
}

function decodeQ(content: string): Buffer {
  // Raw non-ASCII has no place here, but where it stands it is meant as it is.
  const octets = NEEDS_ENCODING.test(content) ? Buffer.from(content).toString('latin1') : content;
  const text = octets
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

function decodeChunks(pending: Pending | undefined): string {
  if (pending === undefined) return '';
  return decodeCharset(Buffer.concat(pending.chunks), pending.charset) ?? pending.source;
}

/** Bytes of a named charset as text; undefined for a charset that is not known. */
export function decodeCharset(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What stands before, in, and after the words that need encoding. No regular expression: words may be very long. */
function spanToEncode(text: string): [string, string, string] {
  const first = text.search(NEEDS_ENCODING);
  let last = text.length - 1;
  while (last > first && !NEEDS_ENCODING.test(text.charAt(last))) last -= 1;
  const start = lastSpace(text, first) + 1;
  const end = last + 1 + text.slice(last + 1).search(/[ \t]|$/);
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

function lastSpace(text: string, before: number): number {
  return Math.max(text.lastIndexOf(' ', before), text.lastIndexOf('\t', before));
}

/** Lengths of the text in either encoding. */
function costs(text: string): { q: number; b: number } {
  const bytes = Buffer.byteLength(text);
  const safe = text.match(/[A-Za-z0-9!*+/ -]/g)?.length ?? 0;
  return { q: safe + (bytes - safe) * 3, b: Math.ceil(bytes / 3) * 4 };
}

function cutIntoWords(text: string, encoding: 'Q' | 'B', used: number): string {
  const words: string[] = [];
  let chunk = '';
  let size = 0;
  // The first word shares its line with the field name; where that leaves too little room it starts a line of its own.
  let room = used > MAX_WORD - OVERHEAD - 16 ? MAX_WORD : MAX_WORD - used;
  for (const char of text) {
    const grown = size + (encoding === 'Q' ? qLength(char) : Buffer.byteLength(char));
    const length = encoding === 'Q' ? grown : Math.ceil(grown / 3) * 4;
    if (chunk !== '' && length > room - OVERHEAD) {
      words.push(encodedWord(chunk, encoding));
      chunk = '';
      size = 0;
      room = MAX_WORD;
    }
    size += encoding === 'Q' ? qLength(char) : Buffer.byteLength(char);
    chunk += char;
  }
  words.push(encodedWord(chunk, encoding));
  return words.join(' ');
}

function encodedWord(chunk: string, encoding: 'Q' | 'B'): string {
  const content = encoding === 'B' ? Buffer.from(chunk).toString('base64') : [...chunk].map(encodeQ).join('');
  return `=?UTF-8?${encoding}?${content}?=`;
}

function qLength(char: string): number {
  return char === ' ' || Q_SAFE.test(char) ? 1 : Buffer.byteLength(char) * 3;
}

function encodeQ(char: string): string {
  if (char === ' ') return '_';
  if (Q_SAFE.test(char)) return char;
  return Buffer.from(char).toString('hex').toUpperCase().replace(/../g, '=$&');
}
