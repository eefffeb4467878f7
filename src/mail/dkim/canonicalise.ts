// The relaxed canonical forms of header fields and bodies (RFC 6376 3.4.2, 3.4.4, 3.4.5).
//
// Text is octets as latin1. Line ends are CRLF; a CR or LF that stands alone is a character like any other. Every pattern
// here moves over white space once and cannot fail after it, so that long runs of it cost no more than their length.

const EMPTY = Buffer.alloc(0);
const CRLF = Buffer.from('\r\n');

/** `name:value` without its line end. */
export function canonicalField(raw: string): string {
  const colon = raw.indexOf(':');
  const value = raw.slice(colon + 1).replaceAll('\r\n', '');
  return `${raw.slice(0, colon).trimEnd().toLowerCase()}:${trimSpace(collapse(value))}`;
}

/** The octets of a body that are hashed, in pieces. A body that is canonical already is not copied. */
export function canonicalBody(body: Buffer): readonly Buffer[] {
  if (!needsChange(body)) {
    const end = withoutEmptyLines(body);
    if (end === 0) return [EMPTY];
    return endsLine(body, end) ? [body.subarray(0, end)] : [body.subarray(0, end), CRLF];
  }
  const text = collapse(body.toString('latin1')).replaceAll(' \r\n', '\r\n');
  const octets = Buffer.from(text.endsWith(' ') ? text.slice(0, -1) : text, 'latin1');
  const end = withoutEmptyLines(octets);
  if (end === 0) return [EMPTY];
  return endsLine(octets, end) ? [octets.subarray(0, end)] : [octets.subarray(0, end), CRLF];
}

/** Whether there is white space that the relaxed form would change. */
function needsChange(body: Buffer): boolean {
  return (
    body.includes(9) ||
    body.includes('  ', 0, 'latin1') ||
    body.includes(' \r\n', 0, 'latin1') ||
    body[body.length - 1] === 32
  );
}

/** Every run of spaces and tabs as one space. */
function collapse(text: string): string {
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
  return end >= 2 && body[end - 2] === 13 && body[end - 1] === 10;
}
