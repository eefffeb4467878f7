// A message as it goes over the wire after DATA: dot-stuffed, ended by the dot, in few and large writes (RFC 5321 4.5.2).
//
// Expects CRLF line ends. Every dot that follows an LF is doubled, also after a bare LF, so that content with a broken
// line end cannot end the message early at a server that takes bare LF for a line end (SMTP smuggling).
// Promises: no copy of large content beyond one chunk at a time; lazily made, so that memory stays at one chunk.

/** At most about this many bytes are handed to the socket at once, and progress is watched per chunk. */
export const CHUNK_BYTES = 256 * 1024;

/** The chunks of `parts` in order; the last one holds the end of data. Each is written and waited for on its own. */
export function* contentChunks(parts: readonly Uint8Array[]): Generator<Uint8Array, void> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  let tail = CRLF;
  for (const part of parts) {
    for (let start = 0; start < part.length; start += CHUNK_BYTES) {
      const slice = part.subarray(start, start + CHUNK_BYTES);
      if (bytes + slice.length > CHUNK_BYTES && bytes > 0) {
        yield joined(pending);
        [pending, bytes] = [[], 0];
      }
      pending.push(stuffed(slice, tail.endsWith('\n')));
      bytes += slice.length;
      tail = (tail + latin1(slice.subarray(-2))).slice(-2);
    }
  }
  pending.push(tail === CRLF ? END : CRLF_END);
  yield joined(pending);
}

/** Bytes of all parts together. */
export function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((total, part) => total + part.length, 0);
}

/** `atLineStart`: the byte before `slice` was an LF. */
function stuffed(slice: Uint8Array, atLineStart: boolean): Uint8Array {
  const leading = atLineStart && slice[0] === DOT;
  const buffer = bufferOf(slice);
  if (!leading && buffer.indexOf(LF_DOT) < 0) return slice;
  const text = buffer.toString('latin1').replaceAll('\n.', '\n..');
  return Buffer.from(leading ? `.${text}` : text, 'latin1');
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

function latin1(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const CRLF = '\r\n';
const DOT = 0x2e;
const LF_DOT = Buffer.from('\n.');
const END = Buffer.from('.\r\n');
const CRLF_END = Buffer.from('\r\n.\r\n');
