// UUIDs of version 7 that follow from a seed: the same seed, time and number always give the same one, and nobody who does
// not know the seed can say which. For what must have the same id when it is done again.
//
// The layout is that of RFC 9562 section 5.7; the 74 bits that are random there are bits of SHA-256 here.
import { createHash } from 'node:crypto';

export interface UuidSource {
  /** Unix milliseconds. */
  readonly at: number;
  /** Unguessable. */
  readonly seed: string;
}

/** Lower-case; `number` tells those of one seed apart. */
export function derivedUuid({ at, seed }: UuidSource, number: number): string {
  const hash = createHash('sha256').update(`${seed}:${number}`).digest('hex');
  const time = at.toString(16).padStart(12, '0');
  const variant = ((parseInt(hash.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(8, 20)}`;
}
