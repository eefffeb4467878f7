// The relaxed canonical forms of header fields and bodies (RFC 6376 3.4.2, 3.4.4, 3.4.5).
//
// Text is octets as latin1. Line ends are CRLF; a CR or LF that stands alone is a character like any other. Every pattern
// here moves over white space once and cannot fail after it, so that long runs of it cost no more than their length.

const EMPTY = Buffer.alloc(0);
const CRLF = Buffer.from('\r\n');
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;

/** `name:value` without its line end. */
export function canonicalField(raw: string): string {
  const colon = raw.indexOf(':');
  const value = raw.slice(colon + 1);
  const unfolded = value.includes('\r\n') ? value.replaceAll('\r\n', '') : value;
  return `${raw.slice(0, colon).trimEnd().toLowerCase()}:${trimSpace(collapse(unfolded))}`;
}

/** The octets of a body that are hashed, in pieces. A body that is canonical already is not copied. */
export function canonicalBody(body: Buffer): readonly Buffer[] {
  const octets = needsChange(body) ? withPlainSpace(body) : body;
  const end = withoutEmptyLines(octets);
  if (end === 0) return [EMPTY];
  return endsLine(octets, end) ? [octets.subarray(0, end)] : [octets.subarray(0, end), CRLF];
}

/** Whether there is white space that the relaxed form would change. */
function needsChange(body: Buffer): boolean {
  return (
    body.includes(TAB) ||
    body.includes('  ', 0, 'latin1') ||
    body.includes(' \r\n', 0, 'latin1') ||
    body[body.length - 1] === SPACE
  );
}

/** Every run of spaces and tabs as one space, those at the end of a line gone; octet by octet, and so no text to collect. */
function withPlainSpace(body: Buffer): Buffer {
  const octets = Buffer.allocUnsafe(body.length);
  let length = 0;
  let isSpace = false;
  for (let at = 0; at < body.length; at += 1) {
    const octet = body[at] ?? 0;
    if (octet === SPACE || octet === TAB) {
      isSpace = true;
      continue;
    }
    if (isSpace && !(octet === CR && body[at + 1] === LF)) octets[length++] = SPACE;
    isSpace = false;
    octets[length++] = octet;
  }
  return octets.subarray(0, length);
}

/** Every run of spaces and tabs as one space. */
function collapse(text: string): string {
  if (!text.includes('\t') && !text.includes('  ')) return text;
  return text.replace(/\t[ \t]*| [ \t]+/g, ' ');
}

function trimSpace(text: string): string {
  return text.slice(text.startsWith(' ') ? 1 : 0, text.endsWith(' ') && text.length > 1 ? -1 : undefined);
}

/** Where the body ends once the empty lines at its end are left out. */
function withoutEmptyLines(body: Buffer): number {
  let end = body.length;
  while (endsLine(body, end) && (end === 2 || endsLine(body, end - 2))) end -= 2;
  return end;
}

function endsLine(body: Buffer, end: number): boolean {
  return end >= 2 && body[end - 2] === CR && body[end - 1] === LF;
}
