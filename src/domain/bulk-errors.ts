// The errors of bulk requests (contract sending 3 and 9). Those of a single message are in api-error.ts.
import { apiError, type ApiError } from './api-error.ts';

/** One validation error and the field that it is about, such as `Messages[1].To`. */
export interface FieldError {
  readonly field: string;
  readonly error: ApiError;
}

export const BULK_ERRORS = {
  /** `more`: not all that is wrong was looked for. */
  several: (count: number, more: boolean) =>
    apiError(
      11,
      `The request has ${more ? 'more than ' : ''}${count} validation errors; nothing was accepted. See 'Errors'.`,
    ),
  notFound: () => apiError(12, 'The bulk request was not found.'),
  badPaginationKey: () => apiError(13, "The 'paginationKey' is not valid."),
  badCount: (most: number) => apiError(700, `The parameter 'count' must be a whole number from 1 to ${most}.`),
  streamNotFound: () => apiError(1226, "The message stream for the provided 'ID' was not found."),
  notBroadcast: (id: string) =>
    apiError(1236, `The stream '${id}' is no broadcast stream, and bulk requests are sent through those only.`),
  contentAndTemplate: () => apiError(1123, "Give either a template or 'Subject', 'HtmlBody' and 'TextBody', not both."),
  tooManyMessages: (most: number) => apiError(300, `A bulk request can have ${most} messages at most.`),
  serverFull: () =>
    apiError(429, 'Too much of the bulk requests of this server is not released yet; try again later, or cancel some.'),
  full: () => apiError(100, 'No further bulk request can be kept right now; nothing of this one was, try again later.'),
  unavailable: () =>
    apiError(100, 'Bulk requests cannot be answered right now; nothing was kept, try again in a moment.'),
  unclear: (id: string) =>
    apiError(100, `Whether the bulk request was kept is not known yet: ask for it by its id, ${id}.`),
  /** Numbers of ours, far from Postmark's. */
  finished: (status: string) => apiError(9101, `The bulk request is ${status} and cannot be cancelled.`),
  unexpected: () => apiError(101, 'The message could not be made, for a reason that the log of the server holds.'),
} as const;
