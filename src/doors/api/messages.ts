// GET /messages/outbound, …/{id}/details and …/{id}/dump (contract management 7): what became of what was sent.
//
// Promises: a server sees its own messages only; without a stream in the query it is `outbound` that is searched.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiAuth } from './auth.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { presentOutbound, presentOutboundDetails } from './present.ts';
import { readQuery } from './query.ts';
import { API_ERRORS } from '../../domain/api-error.ts';
import { DEFAULT_STREAM_OF } from '../../domain/stream.ts';
import { parseMessageId, type ServerId } from '../../lib/ids.ts';
import type { Activity, OutboundFilter } from '../../ports/activity.ts';

export interface ReadDeps {
  readonly auth: ApiAuth;
  readonly activity: Activity;
  readonly eastern: EasternTime;
}

interface ById {
  Params: { id: string };
}

export function messageRoutes(app: FastifyInstance, { auth, activity, eastern }: ReadDeps): void {
  app.get('/messages/outbound', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const read = outboundFilter(request, caller.serverId, eastern);
    if (read.kind === 'invalid') return refuse(reply, API_ERRORS.invalidQuery('messages', read.problem));
    const { total, items } = await activity.searchOutbound(read.filter);
    return reply.send({ TotalCount: total, Messages: items.map(presentOutbound) });
  });

  app.get<ById>('/messages/outbound/:id/details', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const id = parseMessageId(request.params.id);
    const details = id && (await activity.outboundDetails(caller.serverId, id));
    return details === undefined
      ? refuse(reply, API_ERRORS.messageNotFound())
      : reply.send(presentOutboundDetails(details));
  });

  app.get<ById>('/messages/outbound/:id/dump', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const id = parseMessageId(request.params.id);
    const source = id && (await activity.outboundSource(caller.serverId, id));
    return source === undefined ? refuse(reply, API_ERRORS.messageNotFound()) : reply.send({ Body: source });
  });
}

type FilterRead =
  { readonly kind: 'filter'; readonly filter: OutboundFilter } | { readonly kind: 'invalid'; readonly problem: string };

/** `sent` and `processed` are the same set (contract management 7.2). */
const STATUSES = ['queued', 'sent', 'processed'] as const;

function outboundFilter(request: FastifyRequest, serverId: ServerId, eastern: EasternTime): FilterRead {
  const query = readQuery(request.query, eastern);
  const status = query.choice('status', STATUSES);
  const filter = {
    ...query.page(),
    serverId,
    streamId: query.text('messagestream') ?? DEFAULT_STREAM_OF.transactional,
    recipient: query.text('recipient'),
    fromAddress: query.text('fromemail'),
    tag: query.text('tag'),
    status: status === 'processed' ? 'sent' : status,
    from: query.time('fromdate', 'start'),
    to: query.time('todate', 'end'),
    subject: query.text('subject'),
    metadata: query.prefixed('metadata_'),
  } as const;
  if (query.problem !== undefined) return { kind: 'invalid', problem: query.problem };
  return { kind: 'filter', filter: withoutAbsent(filter) };
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined: a filter names only what it filters by. */
export function withoutAbsent<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
