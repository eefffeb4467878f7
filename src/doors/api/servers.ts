// GET and PUT /server by server tokens; /servers and its tokens by account tokens (contract management 2). The tokens of a
// server are ours: several at a time, so that one can take the place of another without a gap.
import type { FastifyInstance } from 'fastify';
import type { AccountCaller, OwnerCaller } from './auth.ts';
import type { ServerTools } from './deps.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { readByAccount, type PoolRouteDeps } from './pools.ts';
import { presentServer, presentToken } from './present-server.ts';
import { readQuery } from './query.ts';
import type { Readable } from './read-fields.ts';
import { ServerSchema, ServerTokenSchema } from './servers.schema.ts';
import type { Static } from 'typebox';
import { issueServerToken } from '../../core/issue-token.ts';
import {
  createServer,
  deleteServer,
  editServer,
  findServer,
  type GivenServer,
  type ServerDeps,
} from '../../core/manage-servers.ts';
import { judgeTokenLimits } from '../../core/judge-token-limits.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { SERVER_ERRORS } from '../../domain/server-errors.ts';
import type { Server } from '../../domain/server.ts';
import type { Clock } from '../../lib/clock.ts';
import { NameTaken } from '../../ports/control-store.ts';

export interface ServerRouteDeps extends PoolRouteDeps {
  readonly servers: ServerTools;
  readonly eastern: EasternTime;
  readonly clock: Clock;
}

interface ById {
  Params: { id: string };
}

export function serverRoutes(app: FastifyInstance, deps: ServerRouteDeps): void {
  const { auth, store, servers, readJson } = deps;
  const managing: ServerDeps = { store, rules: servers };

  app.get('/server', async (request, reply) => {
    const caller = await auth.owner(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const own = await ownServer(deps, caller);
    return 'code' in own ? refuse(reply, own) : reply.send(await presented(deps, own, caller));
  });

  app.put('/server', async (request, reply) => {
    const caller = await auth.owner(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const own = await ownServer(deps, caller);
    if ('code' in own) return refuse(reply, own);
    if (caller.principal.limits !== undefined) return refuse(reply, API_ERRORS.tokenLimit(NO_CHANGES));
    const read = await readJson(request, ServerSchema, SERVER_ERRORS.noData());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const edited = await editServer(managing, own, givenIn(read.value));
    return edited.kind === 'refused'
      ? refuse(reply, edited.error)
      : reply.send(await presented(deps, edited.server, caller));
  });

  accountRoutes(app, deps);
  oneServerRoutes(app, deps);
  tokenRoutes(app, deps);
}

function accountRoutes(app: FastifyInstance, deps: ServerRouteDeps): void {
  const { auth, store, servers, eastern } = deps;

  app.get('/servers', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const query = readQuery(request.query, eastern);
    const { count, offset } = query.page();
    const name = query.text('name')?.toLowerCase();
    if (query.problem !== undefined) return refuse(reply, SERVER_ERRORS.badList(query.problem));
    const all = await store.servers(caller.accountId);
    const found = all.filter((each) => name === undefined || each.name.toLowerCase().includes(name));
    const page = found.slice(offset, offset + count);
    const shown = await Promise.all(page.map((server) => presented(deps, server)));
    return reply.send({ TotalCount: found.length, Servers: shown });
  });

  app.post('/servers', async (request, reply) => {
    const read = await readByAccount(deps, request, ServerSchema, SERVER_ERRORS.noData());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { hashToken } = servers;
    const given = givenIn(read.value);
    const made = await createServer({ store, rules: servers, hashToken }, read.caller.accountId, given);
    return made.kind === 'refused' ? refuse(reply, made.error) : reply.send(await presented(deps, made.server));
  });
}

function oneServerRoutes(app: FastifyInstance, deps: ServerRouteDeps): void {
  const { auth, store, servers, clock } = deps;
  const managing: ServerDeps = { store, rules: servers };

  app.get<ById>('/servers/:id', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const found = await findServer(store, caller.accountId, request.params.id);
    return found.kind === 'refused' ? refuse(reply, found.error) : reply.send(await presented(deps, found.server));
  });

  app.put<ById>('/servers/:id', async (request, reply) => {
    const read = await readByAccount(deps, request, ServerSchema, SERVER_ERRORS.noData());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const found = await findServer(store, read.caller.accountId, request.params.id);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const edited = await editServer(managing, found.server, givenIn(read.value));
    return edited.kind === 'refused' ? refuse(reply, edited.error) : reply.send(await presented(deps, edited.server));
  });

  app.delete<ById>('/servers/:id', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const found = await findServer(store, caller.accountId, request.params.id);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const done = await deleteServer(managing, found.server, clock.now());
    if (done.kind === 'refused') return refuse(reply, done.error);
    return reply.send({ ErrorCode: 0, Message: `Server ${found.server.name} removed.` });
  });
}

interface ByToken {
  Params: { id: string; tokenId: string };
}

function tokenRoutes(app: FastifyInstance, deps: ServerRouteDeps): void {
  const { auth, store, servers, clock } = deps;
  const { hashToken } = servers;
  const tokensOf = async ({ accountId }: AccountCaller, server: Server) =>
    (await store.tokens(accountId)).filter((each) => each.serverId === server.id && each.revokedAt === undefined);

  app.get<ById>('/servers/:id/tokens', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const found = await findServer(store, caller.accountId, request.params.id);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const tokens = await tokensOf(caller, found.server);
    return reply.send({ TotalCount: tokens.length, Tokens: tokens.map((token) => presentToken(token)) });
  });

  app.post<ById>('/servers/:id/tokens', async (request, reply) => {
    const read = await readByAccount(deps, request, ServerTokenSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { accountId } = read.caller;
    const found = await findServer(store, accountId, request.params.id);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const wanted = read.value.Token?.trim().toLowerCase() || undefined;
    if (wanted !== undefined && !UUID.test(wanted)) return refuse(reply, API_ERRORS.invalidFields(['$.Token']));
    const { Streams: streams, FromDomains: fromDomains, Networks: networks, ExpiresAt: expiresAt } = read.value;
    const judged = judgeTokenLimits(
      { streams, fromDomains, networks, expiresAt: expiresAt || undefined },
      { now: clock.now(), streams: await store.streams(found.server.id) },
    );
    if (judged.kind === 'refused') return refuse(reply, API_ERRORS.tokenLimit(judged.message));
    try {
      const { record, token } = await issueServerToken(
        { store, hashToken },
        { accountId, serverId: found.server.id, limits: judged.limits },
        wanted,
      );
      return await reply.send(presentToken(record, token));
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
      return refuse(reply, API_ERRORS.invalidFields(['$.Token']));
    }
  });

  app.delete<ByToken>('/servers/:id/tokens/:tokenId', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const found = await findServer(store, caller.accountId, request.params.id);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const token = (await tokensOf(caller, found.server)).find(({ id }) => String(id) === request.params.tokenId);
    if (token === undefined) return refuse(reply, API_ERRORS.noSuchThing('This server has no live token of that id.'));
    await store.revokeToken(token.id, clock.now());
    return reply.send({ ErrorCode: 0, Message: `Token ${token.id} revoked.` });
  });
}

const NO_CHANGES = 'This token has limits, and may not change its server.';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** As it is now: what the token's check remembers may be a moment old. */
async function ownServer({ store }: ServerRouteDeps, { serverId }: OwnerCaller): Promise<Server | ApiError> {
  return (await store.server(serverId)) ?? API_ERRORS.badServerToken('The server of this token no longer exists.');
}

/** A token with limits is not shown the others, which may have none. */
async function presented({ store, servers }: ServerRouteDeps, server: Server, caller?: OwnerCaller) {
  const tokens = caller?.principal.limits === undefined ? await store.serverTokenTexts(server.id) : [];
  return presentServer(server, { tokens, baseUrl: servers.baseUrl(), inboundDomain: servers.inboundDomain });
}

function givenIn(fields: Readable<Static<typeof ServerSchema>>): GivenServer {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) given[name.charAt(0).toLowerCase() + name.slice(1)] = value;
  return given;
}
