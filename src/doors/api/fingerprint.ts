// What tells one request from another under the same `Idempotency-Key`: method, route and body.
//
// Promises: the same for the same bytes, however they are cut; a body of fifty megabytes is hashed in turns, so that it holds
// the thread for a part of a millisecond at a time. What is small is hashed at once.
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Turns } from './turns.ts';

/** In pieces, where it is handed on in pieces. */
export type RequestBody = Uint8Array | readonly Uint8Array[];

/** Bytes that are hashed at a stretch. */
export const STRETCH_BYTES = 256 * 1024;

export async function fingerprintOf(
  { method, routeOptions }: Pick<FastifyRequest, 'method' | 'routeOptions'>,
  body: RequestBody,
  turns: Turns,
): Promise<string> {
  const hash = createHash('sha256').update(`${method} ${routeOptions.url ?? ''}\0`);
  let hashed = 0;
  for (const piece of body instanceof Uint8Array ? [body] : body) {
    for (let at = 0; at < piece.length; at += STRETCH_BYTES) {
      if (hashed > 0) await turns.take();
      const stretch = piece.subarray(at, at + STRETCH_BYTES);
      hash.update(stretch);
      hashed += stretch.length;
    }
  }
  return hash.digest('base64url');
}
