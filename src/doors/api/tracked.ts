// GET /messages/outbound/opens, …/clicks, and the same of one message (contract management 7.5).
//
// Promises: a server sees its own messages only; without a stream in the query it is `outbound` that is searched. Decided
// here: a message that is not known is 701, one that nobody opened has an empty list.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuse } from './errors.ts';
import { withoutAbsent, type ReadDeps } from './messages.ts';
import { presentClick, presentOpen } from './present-tracked.ts';
import { readQuery, type Query } from './query.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { PLATFORMS } from '../../domain/tracked.ts';
import { DEFAULT_STREAM_OF } from '../../domain/stream.ts';
import { parseMessageId } from '../../lib/ids.ts';
import type { Activity, TrackedFilter } from '../../ports/activity.ts';

interface ById {
  Params: { id: string };
}

type Answer = (activity: Activity, filter: TrackedFilter) => Promise<Readonly<Record<string, unknown>>>;

const OPENS: Answer = async (activity, filter) => {
  const { total, items } = await activity.opens(filter);
  return { TotalCount: total, Opens: items.map(presentOpen) };
};

const CLICKS: Answer = async (activity, filter) => {
  const { total, items } = await activity.clicks(filter);
  return { TotalCount: total, Clicks: items.map(presentClick) };
};

export function trackedRoutes(app: FastifyInstance, deps: ReadDeps): void {
  listRoutes(app, deps, { path: '/messages/outbound/opens', answer: OPENS });
  listRoutes(app, deps, { path: '/messages/outbound/clicks', answer: CLICKS });
}

interface List {
  readonly path: string;
  readonly answer: Answer;
}

function listRoutes(app: FastifyInstance, deps: ReadDeps, { path, answer }: List): void {
  app.get(path, async (request, reply) => {
    const read = await readFilter(deps, request, undefined);
    return read.kind === 'refused' ? refuse(reply, read.error) : reply.send(await answer(deps.activity, read.filter));
  });

  app.get<ById>(`${path}/:id`, async (request, reply) => {
    const read = await readFilter(deps, request, request.params.id);
    return read.kind === 'refused' ? refuse(reply, read.error) : reply.send(await answer(deps.activity, read.filter));
  });
}

type FilterRead =
  { readonly kind: 'filter'; readonly filter: TrackedFilter } | { readonly kind: 'refused'; readonly error: ApiError };

/** `ofMessage` is the id in the path; undefined where the list is of all messages. */
async function readFilter(
  { auth, activity, eastern }: ReadDeps,
  request: FastifyRequest,
  ofMessage: string | undefined,
): Promise<FilterRead> {
  const caller = await auth.server(request);
  if (caller.kind === 'refused') return caller;
  const { serverId } = caller;
  const query = readQuery(request.query, eastern);
  const page = query.page();
  const filters = ofMessage === undefined ? listFilters(query) : {};
  if (query.problem !== undefined)
    return { kind: 'refused', error: API_ERRORS.invalidQuery('messages', query.problem) };
  if (ofMessage === undefined) return { kind: 'filter', filter: { ...page, serverId, ...filters } };
  const messageId = parseMessageId(ofMessage);
  const known = messageId !== undefined && (await activity.isOutbound(serverId, messageId));
  if (!known) return { kind: 'refused', error: API_ERRORS.messageNotFound() };
  return { kind: 'filter', filter: { ...page, serverId, messageId } };
}

function listFilters(query: Query): Partial<TrackedFilter> {
  return withoutAbsent({
    streamId: query.text('messagestream') ?? DEFAULT_STREAM_OF.transactional,
    recipient: query.text('recipient'),
    tag: query.text('tag'),
    from: query.time('fromdate', 'start'),
    to: query.time('todate', 'end'),
    clientName: query.text('client_name'),
    clientCompany: query.text('client_company'),
    clientFamily: query.text('client_family'),
    osName: query.text('os_name'),
    osCompany: query.text('os_company'),
    osFamily: query.text('os_family'),
    platform: query.choice('platform', PLATFORMS),
    country: query.text('country'),
    region: query.text('region'),
    city: query.text('city'),
  });
}
