// GET /capture, /capture/{id} and /capture/{id}/source: the built-in inbox that an installation delivers into until it
// delivers for real. Ours, not Postmark's.
//
// Promises: a server token sees what its own server sent, an account token everything; never cached.
// Decided here: `count` (50) and `offset` (0) may be left out.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiAuth } from './auth.ts';
import { refuse } from './errors.ts';
import type { ReadDeps } from './messages.ts';
import { presentCaptured, presentCapturedSummary } from './present.ts';
import { readQuery } from './query.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { parseMessageId, type ServerId } from '../../lib/ids.ts';
import type { Captured } from '../../ports/activity.ts';

interface ById {
  Params: { id: string };
}

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
/** `serverId` is undefined for account tokens: all servers. */
type Scope = { readonly kind: 'scope'; readonly serverId: ServerId | undefined } | Refused;
type Found = { readonly kind: 'found'; readonly message: Captured } | Refused;

const FIRST_PAGE = { count: 50, offset: 0 };

export function captureRoutes(app: FastifyInstance, { auth, activity, eastern }: ReadDeps): void {
  async function find(request: FastifyRequest<ById>): Promise<Found> {
    const scope = await scopeOf(auth, request);
    if (scope.kind === 'refused') return scope;
    const id = parseMessageId(request.params.id);
    const message = id && (await activity.capturedMessage(id, scope.serverId));
    if (message === undefined) return { kind: 'refused', error: API_ERRORS.messageNotFound() };
    return { kind: 'found', message };
  }

  app.get('/capture', async (request, reply) => {
    const scope = await scopeOf(auth, request);
    if (scope.kind === 'refused') return refuse(reply, scope.error);
    const query = readQuery(request.query, eastern);
    const page = query.page(FIRST_PAGE);
    if (query.problem !== undefined) return refuse(reply, API_ERRORS.invalidQuery('messages', query.problem));
    const { total, items } = await activity.captured(page, scope.serverId);
    return uncached(reply).send({ TotalCount: total, Messages: items.map(presentCapturedSummary) });
  });

  app.get<ById>('/capture/:id', async (request, reply) => {
    const found = await find(request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    return uncached(reply).send(presentCaptured(found.message));
  });

  app.get<ById>('/capture/:id/source', async (request, reply) => {
    const found = await find(request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    return uncached(reply)
      .header('X-Content-Type-Options', 'nosniff')
      .type('message/rfc822')
      .send(found.message.source);
  });
}

async function scopeOf(auth: ApiAuth, request: FastifyRequest): Promise<Scope> {
  const caller = await auth.either(request);
  switch (caller.kind) {
    case 'refused':
      return caller;
    case 'account':
      return { kind: 'scope', serverId: undefined };
    case 'server':
      return { kind: 'scope', serverId: caller.serverId };
  }
}

function uncached(reply: FastifyReply): FastifyReply {
  return reply.header('Cache-Control', 'no-store');
}
