// GET and POST /pools, GET /pools/{id}, POST /pools/{id}/streams: an operator's hands on pools, by account tokens. Ours,
// not Postmark's; rules and words are those of core/manage-pools.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountCaller, ApiAuth } from './auth.ts';
import { refuse } from './errors.ts';
import { presentAttached, presentPool, presentPoolView } from './present-pools.ts';
import { STREAM_TYPES } from './present.ts';
import type { JsonReader } from './read-json.ts';
import { attach, createPool, listPools, showPool, type Refused } from '../../core/manage-pools.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { SENDING_KINDS } from '../../domain/stream.ts';
import type { ServerId, StreamId } from '../../lib/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';

export interface PoolRouteDeps {
  readonly auth: ApiAuth;
  readonly store: ControlStore;
  readonly readJson: JsonReader;
}

interface ById {
  Params: { id: string };
}

export const PoolSchema = Type.Object({
  ID: Type.String({ description: 'Name of the pool: lower-case letters, digits and hyphens.' }),
  StreamType: Type.Enum(Object.values(STREAM_TYPES)),
});

export const StreamsSchema = Type.Object({
  ServerID: Type.Integer(),
  StreamID: Type.Optional(Type.String({ description: 'Without it the whole server, later streams included.' })),
});

export function poolRoutes(app: FastifyInstance, { auth, store, readJson }: PoolRouteDeps): void {
  app.get('/pools', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const pools = await listPools({ store, accountId: caller.accountId });
    return reply.send({ TotalCount: pools.length, Pools: pools.map(presentPoolView) });
  });

  app.get<ById>('/pools/:id', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const found = await showPool({ store, accountId: caller.accountId }, request.params.id);
    return 'kind' in found ? refuseByRule(reply, found) : reply.send(presentPoolView(found));
  });

  app.post('/pools', async (request, reply) => {
    const read = await readByAccount({ auth, readJson }, request, PoolSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { ID, StreamType } = read.value;
    const kind = SENDING_KINDS.find((each) => STREAM_TYPES[each] === StreamType);
    if (ID === undefined || kind === undefined) {
      return refuse(reply, missingFields({ ID, StreamType }));
    }
    const made = await createPool({ store, accountId: read.caller.accountId }, { id: ID, kind });
    return made.kind === 'refused' ? refuseByRule(reply, made) : reply.send(presentPool(made.pool));
  });

  app.post<ById>('/pools/:id/streams', async (request, reply) => {
    const read = await readByAccount({ auth, readJson }, request, StreamsSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { ServerID, StreamID } = read.value;
    if (ServerID === undefined) return refuse(reply, missingFields({ ServerID }));
    const done = await attach(
      { store, accountId: read.caller.accountId },
      { serverId: ServerID as ServerId, streamId: StreamID as StreamId | undefined, pool: request.params.id },
    );
    return done.kind === 'refused' ? refuseByRule(reply, done) : reply.send(presentAttached(done));
  });
}

export function refuseByRule(reply: FastifyReply, { why, message }: Refused): FastifyReply {
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith('.') ? '' : '.'}`;
  return refuse(reply, why === 'missing' ? API_ERRORS.noSuchThing(text) : API_ERRORS.poolRule(text));
}

/** Those that are undefined, by JSON path. */
export function missingFields(fields: Readonly<Record<string, unknown>>): ApiError {
  const missing = Object.keys(fields).filter((name) => fields[name] === undefined);
  return API_ERRORS.invalidFields(missing.map((name) => `$.${name}`));
}

type Account = { readonly caller: AccountCaller };

/** The account's token first, then the body: who has no token learns nothing about what is wrong with it. */
export async function readByAccount<S extends Parameters<JsonReader>[1]>(
  { auth, readJson }: Pick<PoolRouteDeps, 'auth' | 'readJson'>,
  request: FastifyRequest,
  schema: S,
  nothing?: ApiError,
) {
  const caller = await auth.account(request);
  if (caller.kind === 'refused') return caller;
  const read = await readJson(request, schema, nothing);
  return read.kind === 'refused' ? read : ({ ...read, caller } as const satisfies Account);
}
