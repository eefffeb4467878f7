// Cuts bytes into chunks, each a copy of its own, as a network would hand them over.

/** `places` in any order and number; each is taken modulo the length. No chunk is empty. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const inside = places.map((place) => (bytes.length === 0 ? 0 : place % bytes.length));
  const at = [...new Set([0, ...inside])].sort((one, other) => one - other);
  return at
    .map((start, index) => Buffer.from(bytes.subarray(start, at[index + 1])))
    .filter((chunk) => chunk.length > 0);
}
