// Reads a request's body within bounds: its own limit, and the bytes of all bodies that are in work at the same time.
//
// Promises: memory for bodies stays under the budget whatever arrives; a refused body is read on and dropped for a
// while, because a client that is still writing would see a reset instead of the answer (RFC 9112 9.6). Leaves the
// deadline of slow bodies to the server's request timeout.
import type { IncomingMessage } from 'node:http';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { createByteBudget, type ByteLease } from './byte-budget.ts';
import type { ApiLimits } from './deps.ts';

export type BodyRead =
  | {
      readonly kind: 'read';
      readonly bytes: Buffer;
      /** To be called once, when the work on the body is done. */
      readonly release: () => void;
    }
  | { readonly kind: 'refused'; readonly error: ApiError };

export interface BodyBounds {
  /** In bytes. */
  readonly limit: number;
  /** Whose share of the budget it takes. */
  readonly owner: number;
}

export type BodyReader = (request: IncomingMessage, bounds: BodyBounds) => Promise<BodyRead>;

/** The body in pieces of their own memory, each of which can be handed to another thread without a copy. */
export type PiecesRead =
  | { readonly kind: 'read'; readonly pieces: readonly Uint8Array[]; readonly release: () => void }
  | { readonly kind: 'refused'; readonly error: ApiError };

export type PieceReader = (request: IncomingMessage, bounds: BodyBounds) => Promise<PiecesRead>;

export interface BodyReaders {
  readonly readBody: BodyReader;
  readonly readPieces: PieceReader;
}

type ReadLimits = Pick<ApiLimits, 'inFlightBytes' | 'inFlightBytesPerServer' | 'discardBytes'>;

/** Both take from one budget. */
export function createBodyReaders(limits: ReadLimits): BodyReaders {
  const budget = createByteBudget({ total: limits.inFlightBytes, perOwner: limits.inFlightBytesPerServer });

  async function read<T>(
    request: IncomingMessage,
    { limit, owner }: BodyBounds,
    gather: Gathering<T>,
  ): Promise<Read<T>> {
    const refuseBody = (error: ApiError): Read<T> => {
      discard(request, limits.discardBytes);
      return { kind: 'refused', error };
    };
    const problem = mediaProblem(request);
    if (problem !== undefined) return refuseBody(problem);
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > limit) return refuseBody(API_ERRORS.bodyTooLarge(inMegabytes(limit)));
    const lease = budget.lease(owner);
    const short = lease.grow(declared);
    if (short !== undefined) return refuseBody(SHORT[short]());
    const collected = await collect(request, { limit, declared, lease, gather });
    if (collected === undefined) return { kind: 'read', value: gather.all(), release: lease.release };
    lease.release();
    return refuseBody(collected);
  }

  return {
    async readBody(request, bounds) {
      const body = await read(request, bounds, inOne());
      return body.kind === 'read' ? { kind: 'read', bytes: body.value, release: body.release } : body;
    },
    async readPieces(request, bounds) {
      const body = await read(request, bounds, inPieces());
      return body.kind === 'read' ? { kind: 'read', pieces: body.value, release: body.release } : body;
    },
  };
}

type Read<T> =
  | { readonly kind: 'read'; readonly value: T; readonly release: () => void }
  | { readonly kind: 'refused'; readonly error: ApiError };

interface Gathering<T> {
  add(chunk: Buffer): void;
  all(): T;
}

function inOne(): Gathering<Buffer> {
  const chunks: Buffer[] = [];
  return {
    add: (chunk) => void chunks.push(chunk),
    all() {
      const [only] = chunks;
      return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
    },
  };
}

/** Of each piece but the last, in bytes. */
const PIECE_BYTES = 1024 * 1024;

function inPieces(): Gathering<readonly Uint8Array[]> {
  const full: Uint8Array[] = [];
  let piece = new Uint8Array(PIECE_BYTES);
  let used = 0;
  return {
    add(chunk) {
      for (let at = 0; at < chunk.length;) {
        const part = chunk.subarray(at, at + PIECE_BYTES - used);
        piece.set(part, used);
        at += part.length;
        used += part.length;
        if (used < PIECE_BYTES) continue;
        full.push(piece);
        piece = new Uint8Array(PIECE_BYTES);
        used = 0;
      }
    },
    all: () => (used === 0 ? full : [...full, piece.slice(0, used)]),
  };
}

const SHORT = {
  total: () => API_ERRORS.maintenance('Too much is being received right now; nothing was kept, try again in a moment.'),
  owner: () => API_ERRORS.tooManyRequests(),
} as const;

interface Collecting {
  readonly limit: number;
  /** Bytes that the lease holds already; 0 for a chunked body. */
  readonly declared: number;
  readonly lease: ByteLease;
  readonly gather: Gathering<unknown>;
}

/** Undefined when all of the body is there. */
function collect(
  request: IncomingMessage,
  { limit, declared, lease, gather }: Collecting,
): Promise<ApiError | undefined> {
  return new Promise((resolve) => {
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) return finish(API_ERRORS.bodyTooLarge(inMegabytes(limit)));
      const short = length > declared ? lease.grow(Math.min(chunk.length, length - declared)) : undefined;
      if (short !== undefined) return finish(SHORT[short]());
      gather.add(chunk);
    };
    const onEnd = (): void => finish(undefined);
    const onGone = (): void => finish(API_ERRORS.badHttp(400, 'The body ended too early.'));
    const finish = (problem: ApiError | undefined): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      resolve(problem);
    };
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

/** Keeps the body flowing into nothing; a sender that does not come to an end loses its connection. */
function discard(request: IncomingMessage, most: number): void {
  let dropped = 0;
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > most) request.socket.destroy();
  });
  request.on('error', () => undefined);
  request.resume();
}

/** JSON is taken under the names that clients give it, and without any name; see contract sending 1 and management 1.1. */
const JSON_TYPES = /^(?:application\/(?:[\w.+-]+\+)?json|text\/(?:x-)?json)$/;

function mediaProblem(request: IncomingMessage): ApiError | undefined {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== undefined && type !== '' && !JSON_TYPES.test(type)) return API_ERRORS.notJson();
  const coding = request.headers['content-encoding']?.trim().toLowerCase();
  return coding === undefined || coding === '' || coding === 'identity' ? undefined : API_ERRORS.compressedBody();
}

function inMegabytes(bytes: number): number {
  return Math.max(1, Math.round(bytes / (1024 * 1024)));
}
