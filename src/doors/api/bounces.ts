// GET /bounces, /bounces/tags, /bounces/{id}, /bounces/{id}/dump, PUT /bounces/{id}/activate and GET /deliverystats (contract
// sending 16).
//
// Promises: a server sees its own bounces only; without a stream in the query it is `outbound` that is searched.
// Decided here: an id that is no number is an unknown bounce (1001).
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { withoutAbsent, type ReadDeps } from './messages.ts';
import { presentBounce, presentBounceWithContent, presentDeliveryStats } from './present.ts';
import { readQuery } from './query.ts';
import { activateBounce, type ListDeps } from '../../core/keep-suppressions.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { BOUNCE_TYPES } from '../../domain/bounce/types.ts';
import { DEFAULT_STREAM_OF } from '../../domain/stream.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { Bounce, BounceFilter } from '../../ports/activity.ts';

export interface BounceDeps extends ReadDeps, ListDeps {}

interface ById {
  Params: { id: string };
}

type Found =
  { readonly kind: 'found'; readonly bounce: Bounce } | { readonly kind: 'refused'; readonly error: ApiError };

export function bounceRoutes(app: FastifyInstance, deps: BounceDeps): void {
  const { auth, activity, eastern } = deps;

  app.get('/bounces', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const read = bounceFilter(request, caller.serverId, eastern);
    if (read.kind === 'invalid') return refuse(reply, API_ERRORS.invalidQuery('bounces', read.problem));
    const { total, items } = await activity.searchBounces(read.filter);
    return reply.send({ TotalCount: total, Bounces: items.map(presentBounce) });
  });

  // Of old clients; a list without an envelope.
  app.get('/bounces/tags', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    return reply.send(await activity.bounceTags(caller.serverId));
  });

  app.get('/deliverystats', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    return reply.send(presentDeliveryStats(await activity.bounceCounts(caller.serverId)));
  });

  oneBounceRoutes(app, deps);
}

function oneBounceRoutes(app: FastifyInstance, deps: BounceDeps): void {
  const { activity } = deps;
  const contentOf = async ({ serverId, id }: Bounce): Promise<string> =>
    (await activity.bounceDump(serverId, id)) ?? '';

  app.get<ById>('/bounces/:id', async (request, reply) => {
    const found = await findBounce(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    return reply.send(presentBounceWithContent(found.bounce, await contentOf(found.bounce)));
  });

  app.get<ById>('/bounces/:id/dump', async (request, reply) => {
    const found = await findBounce(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    return reply.send({ Body: await contentOf(found.bounce) });
  });

  app.put<ById>('/bounces/:id/activate', async (request, reply) => {
    const found = await findBounce(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const activated = await activateBounce(deps, found.bounce);
    if (activated.kind === 'impossible') return refuse(reply, API_ERRORS.cannotActivate());
    const { bounce } = activated;
    return reply.send({ Message: 'OK', Bounce: presentBounceWithContent(bounce, await contentOf(bounce)) });
  });
}

async function findBounce({ auth, activity }: BounceDeps, request: FastifyRequest<ById>): Promise<Found> {
  const caller = await auth.server(request);
  if (caller.kind === 'refused') return caller;
  const { id } = request.params;
  if (id.trim() === '') return { kind: 'refused', error: API_ERRORS.bounceIdMissing() };
  const number = /^\d{1,16}$/.test(id) ? Number(id) : NaN;
  const bounce = Number.isSafeInteger(number) ? await activity.bounce(caller.serverId, number) : undefined;
  return bounce === undefined ? { kind: 'refused', error: API_ERRORS.bounceNotFound() } : { kind: 'found', bounce };
}

type FilterRead =
  { readonly kind: 'filter'; readonly filter: BounceFilter } | { readonly kind: 'invalid'; readonly problem: string };

function bounceFilter(request: FastifyRequest, serverId: ServerId, eastern: EasternTime): FilterRead {
  const query = readQuery(request.query, eastern);
  const filter = {
    ...query.page(),
    serverId,
    streamId: query.text('messagestream') ?? DEFAULT_STREAM_OF.transactional,
    type: query.choice('type', [...BOUNCE_TYPES.keys()]),
    inactive: query.flag('inactive'),
    emailContains: query.text('emailfilter'),
    tag: query.text('tag'),
    messageId: query.text('messageid')?.toLowerCase(),
    from: query.time('fromdate', 'start'),
    to: query.time('todate', 'end'),
  };
  if (query.problem !== undefined) return { kind: 'invalid', problem: query.problem };
  return { kind: 'filter', filter: withoutAbsent(filter) };
}
