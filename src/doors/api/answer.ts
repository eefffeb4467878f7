// An answer before it is sent: for handlers whose answer may be kept and given again (idempotency.ts).
import type { FastifyReply } from 'fastify';
import { refuse } from './errors.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';

export type Answer =
  | { readonly kind: 'json'; readonly json: unknown }
  /** `more` is merged into the envelope. */
  | { readonly kind: 'refused'; readonly error: ApiError; readonly more?: Readonly<Record<string, unknown>> };

export function refusal(error: ApiError, more: Readonly<Record<string, unknown>> = {}): Answer {
  return { kind: 'refused', error, more };
}

/** Nothing was kept for want of room or of a lane: to be sent again. */
export function unavailable(): ApiError {
  return API_ERRORS.maintenance('The message cannot be taken right now; nothing was kept or sent, try again later.');
}

export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  return answer.kind === 'refused' ? refuse(reply, answer.error, answer.more) : reply.send(answer.json);
}
