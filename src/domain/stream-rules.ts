// The rules of a message stream's properties (contract sending 13): what a client gives becomes a value, or one error.
//
// Decided here: an empty description is none; `Custom` needs nobody's permission; transactional streams know `None` only.
import type { ApiError } from './api-error.ts';
import { STREAM_ERRORS, STREAM_LIMITS } from './stream-errors.ts';
import { UNSUBSCRIBE_HANDLINGS, type SendingKind, type StreamKind, type UnsubscribeHandling } from './stream.ts';
import type { StreamId } from '../lib/ids.ts';

type OrError<T> = { readonly value: T } | { readonly error: ApiError };

const ID = new RegExp(`^[a-z][a-z0-9_-]{0,${STREAM_LIMITS.idChars - 1}}$`);
const RESERVED = new Set(['all']);

/** The names of kinds on the wire. */
export const STREAM_TYPE_NAMES: Readonly<Record<StreamKind, string>> = {
  transactional: 'Transactional',
  broadcast: 'Broadcasts',
  inbound: 'Inbound',
};

export function readStreamId(given: string | undefined): OrError<StreamId> {
  if (given === undefined || given.trim() === '') return { error: STREAM_ERRORS.idMissing() };
  if (given.startsWith('pm-')) return { error: STREAM_ERRORS.reservedPrefix() };
  if (!ID.test(given)) return { error: STREAM_ERRORS.invalidId() };
  return RESERVED.has(given) ? { error: STREAM_ERRORS.reservedId(given) } : { value: given as StreamId };
}

export function readStreamName(given: string | undefined): OrError<string> {
  if (given === undefined || given.trim() === '') return { error: STREAM_ERRORS.nameMissing() };
  return given.length > STREAM_LIMITS.nameChars ? { error: STREAM_ERRORS.nameTooLong() } : { value: given };
}

/** `hasInbound`: whether the server has an inbound stream, which decides how making another is refused. */
export function readNewKind(given: string | undefined, { hasInbound }: { hasInbound: boolean }): OrError<SendingKind> {
  const kind = kindNamed(given);
  if (kind === 'transactional' || kind === 'broadcast') return { value: kind };
  if (kind === 'inbound' && hasInbound) return { error: STREAM_ERRORS.secondInbound() };
  const { transactional, broadcast } = STREAM_TYPE_NAMES;
  return { error: STREAM_ERRORS.invalidType(`a new stream is ${transactional} or ${broadcast}.`) };
}

export function kindNamed(given: string | undefined): StreamKind | undefined {
  const lower = given?.trim().toLowerCase();
  const kinds = Object.entries(STREAM_TYPE_NAMES) as [StreamKind, string][];
  return kinds.find(([, name]) => name.toLowerCase() === lower)?.[0];
}

export function readDescription(given: string | undefined): OrError<string | undefined> {
  if (given === undefined || given.trim() === '') return { value: undefined };
  if (given.length > STREAM_LIMITS.descriptionChars) return { error: STREAM_ERRORS.descriptionTooLong() };
  return /[<>]/.test(given) ? { error: STREAM_ERRORS.descriptionMarkup() } : { value: given };
}

export function readHandling(given: string, kind: StreamKind): OrError<UnsubscribeHandling> {
  const lower = given.trim().toLowerCase();
  const handling = UNSUBSCRIBE_HANDLINGS.find((each) => each.toLowerCase() === lower);
  if (handling === undefined) return { error: STREAM_ERRORS.invalidHandling() };
  const fits = kind === 'broadcast' ? handling !== 'None' : handling === 'None';
  return fits ? { value: handling } : { error: STREAM_ERRORS.unsupportedHandling(handling, STREAM_TYPE_NAMES[kind]) };
}
