// GET /capture, /capture/{id} and /capture/{id}/source: the built-in inbox that an installation delivers into until it
// delivers for real. Ours, not Postmark's.
//
// Promises: a server token sees what its own server sent, an account token what its servers sent; never cached.
// Decided here: `count` (50) and `offset` (0) may be left out. The first account is the operator's: it sees everything, mail of
// the installation itself included, because the capture stands for the mailboxes that such mail would go to.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './errors.ts';
import type { ReadDeps } from './messages.ts';
import { presentCaptured, presentCapturedSummary } from './present.ts';
import { readQuery } from './query.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { parseMessageId, type ServerId } from '../../lib/ids.ts';
import type { Activity, Captured, CapturedSummary, Found as Listed, Page } from '../../ports/activity.ts';
import type { ControlStore } from '../../ports/control-store.ts';

export interface CaptureDeps extends ReadDeps {
  readonly store: Pick<ControlStore, 'firstAccount' | 'servers'>;
}

interface ById {
  Params: { id: string };
}

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
/** `servers` is undefined for all there are. */
type Scope = { readonly kind: 'scope'; readonly servers: readonly ServerId[] | undefined } | Refused;
type Found = { readonly kind: 'found'; readonly message: Captured } | Refused;

const FIRST_PAGE = { count: 50, offset: 0 };

export function captureRoutes(app: FastifyInstance, deps: CaptureDeps): void {
  const { activity, eastern } = deps;

  async function find(request: FastifyRequest<ById>): Promise<Found> {
    const scope = await scopeOf(deps, request);
    if (scope.kind === 'refused') return scope;
    const id = parseMessageId(request.params.id);
    const only = scope.servers?.length === 1 ? scope.servers[0] : undefined;
    const message = id && (await activity.capturedMessage(id, only));
    const isShown = message !== undefined && (scope.servers?.includes(message.serverId) ?? true);
    return isShown ? { kind: 'found', message } : { kind: 'refused', error: API_ERRORS.messageNotFound() };
  }

  app.get('/capture', async (request, reply) => {
    const scope = await scopeOf(deps, request);
    if (scope.kind === 'refused') return refuse(reply, scope.error);
    const query = readQuery(request.query, eastern);
    const page = query.page(FIRST_PAGE);
    if (query.problem !== undefined) return refuse(reply, API_ERRORS.invalidQuery('messages', query.problem));
    const { total, items } = await list(activity, page, scope.servers);
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

async function scopeOf({ auth, store }: CaptureDeps, request: FastifyRequest): Promise<Scope> {
  const caller = await auth.either(request);
  switch (caller.kind) {
    case 'refused':
      return caller;
    case 'account': {
      const { accountId } = caller;
      if (accountId === (await store.firstAccount())) return { kind: 'scope', servers: undefined };
      return { kind: 'scope', servers: (await store.servers(accountId)).map(({ id }) => id) };
    }
    case 'server':
      return { kind: 'scope', servers: [caller.serverId] };
  }
}

/** Newest first. Of several servers each is read as far as the page reaches, which paging bounds. */
async function list(
  activity: Activity,
  page: Page,
  servers: readonly ServerId[] | undefined,
): Promise<Listed<CapturedSummary>> {
  const [only, ...more] = servers ?? [];
  if (servers === undefined || (only !== undefined && more.length === 0)) return activity.captured(page, only);
  const { count, offset } = page;
  const end = offset + count;
  let total = 0;
  let newest: readonly CapturedSummary[] = [];
  for (const server of servers) {
    const found = await activity.captured({ count: end, offset: 0 }, server);
    total += found.total;
    newest = [...newest, ...found.items].sort((one, other) => other.capturedAt - one.capturedAt).slice(0, end);
  }
  return { total, items: newest.slice(offset) };
}

function uncached(reply: FastifyReply): FastifyReply {
  return reply.header('Cache-Control', 'no-store');
}
