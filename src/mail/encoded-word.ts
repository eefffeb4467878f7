// Encoded words (RFC 2047).
export function encodeWords(_text: string): string {
  throw new Error('not written yet');
}

export function decodeWords(_text: string): string {
  throw new Error('not written yet');
}
