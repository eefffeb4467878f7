// The first steps of a request that changes something of a server: its token, then the body.
//
// Promises: who has no token learns nothing about what is wrong with the body. The test token validates messages only: it
// has no server that could be changed (contract sending 1.2).
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { ApiAuth } from './auth.ts';
import type { JsonReader } from './read-json.ts';
import type { Readable } from './read-fields.ts';
import type { ApiError } from '../../domain/api-error.ts';
import type { ServerId } from '../../lib/ids.ts';

export type ServerRefused = { readonly kind: 'refused'; readonly error: ApiError };
export type ReadByServer<T> =
  { readonly kind: 'read'; readonly serverId: ServerId; readonly value: Readable<T> } | ServerRefused;

export async function readByServer<S extends TSchema>(
  { auth, readJson }: { readonly auth: ApiAuth; readonly readJson: JsonReader },
  request: FastifyRequest,
  schema: S,
): Promise<ReadByServer<Static<S>>> {
  const caller = await auth.owner(request);
  if (caller.kind === 'refused') return caller;
  const read = await readJson(request, schema);
  return read.kind === 'refused' ? read : { kind: 'read', serverId: caller.serverId, value: read.value };
}
