// Downgrade of 8-bit messages to 7-bit transport (RFC 6152 3).
export function toSevenBit(_raw: Uint8Array): Uint8Array {
  throw new Error('not written yet');
}
