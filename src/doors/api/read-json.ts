// Reads the small JSON body of a managing request into the fields of its schema, or says what is wrong with it.
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { parseJson } from './parse-json.ts';
import type { BodyReader } from './read-body.ts';
import { fieldReader, type Readable } from './read-fields.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';

export type JsonRead<T> =
  { readonly kind: 'read'; readonly value: Readable<T> } | { readonly kind: 'refused'; readonly error: ApiError };

export type JsonReader = <S extends TSchema>(request: FastifyRequest, schema: S) => Promise<JsonRead<Static<S>>>;

/** Of such bodies, in bytes. */
const LIMIT = 64 * 1024;
/** Whose share of the budget for bodies they take: no server's. */
const NO_SERVER = 0;

export function createJsonReader(readBody: BodyReader): JsonReader {
  return async (request, schema) => {
    const body = await readBody(request.raw, { limit: LIMIT, owner: NO_SERVER });
    if (body.kind === 'refused') return body;
    const parsed = parseJson(body.bytes);
    body.release();
    if (parsed.kind === 'malformed') return { kind: 'refused', error: API_ERRORS.malformedJson(parsed.detail) };
    const read = fieldReader(schema)(parsed.value);
    return read.kind === 'read' ? read : { kind: 'refused', error: API_ERRORS.invalidFields(read.fields) };
  };
}
