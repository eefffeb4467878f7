// Who takes bulk requests and tells about them, seen from the door: it works on a thread of its own, so that fifty megabytes
// do not hold up a single message.
//
// Promises: a request that was accepted is on disk; what is refused left nothing; an answer or `BulkUnavailable` within a
// deadline. Where the worker died in the middle of it, it is asked again whether the request was kept. A request with the id of
// one that was kept is that one, and is not kept again.
import type { ApiError } from '../domain/api-error.ts';
import type { BulkRequest } from '../domain/bulk.ts';
import type { FieldError } from '../domain/bulk-errors.ts';
import type { Server } from '../domain/server.ts';
import type { ServerId } from '../lib/ids.ts';
import type { BulkPage } from './bulk-store.ts';

export interface BulkSubmission {
  /** Undefined for the test token, of which nothing is kept. */
  readonly server: Server | undefined;
  /** Lower-case UUID that the request will have. */
  readonly id: string;
  /** The body in pieces; they are the desk's from then on. */
  readonly body: readonly Uint8Array[];
}

export type BulkAnswer =
  | { readonly kind: 'accepted'; readonly request: BulkRequest }
  | { readonly kind: 'refused'; readonly error: ApiError }
  /** Two at least. `more`: there may be more that were not looked for. */
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[]; readonly more: boolean };

/** `finished`: it had come to an end before, and is as it was. */
export type BulkCancelled =
  { readonly kind: 'cancelled' | 'finished'; readonly request: BulkRequest } | { readonly kind: 'not-found' };

export interface BulkDesk {
  accept(submission: BulkSubmission): Promise<BulkAnswer>;
  find(serverId: ServerId, id: string): Promise<BulkRequest | undefined>;
  list(serverId: ServerId, page: BulkPage): Promise<readonly BulkRequest[]>;
  /** Nothing of it is released any more when it resolves, and what was released is counted. */
  cancel(serverId: ServerId, id: string): Promise<BulkCancelled>;
}

/** The desk does not answer: passing. */
export class BulkUnavailable extends Error {
  override readonly name = 'BulkUnavailable';
}
