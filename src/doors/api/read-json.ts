// Reads the small JSON body of a managing request into the fields of its schema, or says what is wrong with it.
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { parseJson, type ParsedJson } from './parse-json.ts';
import type { BodyBounds, BodyReader } from './read-body.ts';
import { fieldReader, type Readable } from './read-fields.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';

export type JsonRead<T> =
  { readonly kind: 'read'; readonly value: Readable<T> } | { readonly kind: 'refused'; readonly error: ApiError };

export type JsonReader = <S extends TSchema>(
  request: FastifyRequest,
  schema: S,
  /** What is said to a body without any field of the schema, and to none at all, where the family has a code for that. */
  nothing?: ApiError,
  /** Of bodies that may be larger than most. */
  bounds?: LargeBody,
) => Promise<JsonRead<Static<S>>>;

export interface LargeBody extends BodyBounds {
  readonly parse?: (bytes: Buffer) => ParsedJson | Promise<ParsedJson>;
}

/** Of such bodies, in bytes. */
const LIMIT = 64 * 1024;
/** Whose share of the budget for bodies they take: no server's. */
const NO_SERVER = 0;
const SMALL: LargeBody = { limit: LIMIT, owner: NO_SERVER };

export function createJsonReader(readBody: BodyReader): JsonReader {
  return async (request, schema, nothing, { parse = parseJson, ...bounds } = SMALL) => {
    const body = await readBody(request.raw, bounds);
    if (body.kind === 'refused') return body;
    const parsed = await parse(body.bytes);
    const isEmpty = body.bytes.length === 0 || (parsed.kind === 'json' && parsed.value === null);
    body.release();
    if (nothing !== undefined && isEmpty) return { kind: 'refused', error: nothing };
    if (parsed.kind === 'malformed') return { kind: 'refused', error: API_ERRORS.malformedJson(parsed.detail) };
    const read = fieldReader(schema)(parsed.value);
    if (read.kind === 'invalid') return { kind: 'refused', error: API_ERRORS.invalidFields(read.fields) };
    const hasFields = Object.keys(read.value).length > 0;
    return nothing === undefined || hasFields ? read : { kind: 'refused', error: nothing };
  };
}
