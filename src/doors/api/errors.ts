// How the API says no: always a status, the JSON envelope and the header that repeats its code (contract sending 2).
//
// Also catches what nobody foresaw: the client gets an error id, the log the same id and the cause.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { uuidv7 } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import { BULK_ERRORS } from '../../domain/bulk-errors.ts';
import { ActivityUnavailable } from '../../ports/activity.ts';
import { BulkUnavailable } from '../../ports/bulk-desk.ts';
import { presentError } from './present.ts';

/** Answers with `error`; `more` is merged into the envelope. */
export function refuse(
  reply: FastifyReply,
  error: ApiError,
  more: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  void reply.code(error.status).header('X-PM-ApiErrorCode', String(error.code));
  if (error.status === 429 || error.status === 503) void reply.header('Retry-After', '1');
  return reply.send({ ...presentError(error), ...more });
}

export interface Surprises {
  /** Logs what was thrown and gives the error for the client, which holds the id of the log line only. */
  report(cause: unknown, where: string): ApiError;
}

export function createSurprises(log: Log, clock: Clock): Surprises {
  return {
    report(cause, where) {
      const errorId = uuidv7(clock.now());
      log.error({ err: cause, errorId, where }, 'unexpected error in the API');
      return API_ERRORS.internal(errorId);
    },
  };
}

/** For fastify's error handlers: its own refusals of a request, and everything that a handler threw. */
export function errorHandler(surprises: Surprises) {
  return (cause: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    void refuse(reply, frameworkRefusal(cause, request) ?? passing(cause) ?? surprises.report(cause, routeOf(request)));
  };
}

export function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions?.url ?? pathOf(request)}`;
}

/** The path as an error names it: without its query, bounded. */
export function pathOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0] ?? '/';
  return path.length > MAX_SHOWN_PATH ? `${path.slice(0, MAX_SHOWN_PATH)}…` : path;
}

const MAX_SHOWN_PATH = 200;

function frameworkRefusal(cause: FastifyError, request: FastifyRequest): ApiError | undefined {
  switch (cause.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return API_ERRORS.notJson();
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return API_ERRORS.notFound(pathOf(request));
    default:
      return undefined;
  }
}

/** What is on another thread, which may be starting again, is worth another try, and no surprise. */
function passing(cause: unknown): ApiError | undefined {
  if (cause instanceof BulkUnavailable) return BULK_ERRORS.unavailable();
  return cause instanceof ActivityUnavailable
    ? API_ERRORS.maintenance(`Reading back is not possible right now: ${cause.message}`)
    : undefined;
}

const CLIENT_ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What is no HTTP, too long a header, or too slow: answered on the bare socket, because there is no request. */
export function answerClientError(cause: Error & { code?: string }, socket: Socket): void {
  if (cause.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERROR_STATUS[cause.code ?? ''] ?? 400;
  const error = API_ERRORS.badHttp(status, STATUS_CODES[status] ?? 'Bad Request');
  const body = JSON.stringify(presentError(error));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-PM-ApiErrorCode: ${error.code}\r\nConnection: close\r\n\r\n${body}`,
  );
}
