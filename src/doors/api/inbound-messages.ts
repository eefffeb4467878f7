// GET /messages/inbound and …/{id}/details, PUT …/{id}/bypass and …/{id}/retry (contract management 7.6 and 7.7).
//
// Promises: a server sees its own messages only. Decided here: without a status in the query it is `processed` that is
// searched, and `sent`, which the official client lists, is the same.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { withoutAbsent, type ReadDeps } from './messages.ts';
import { presentInbound, presentInboundDetails, presentRequeued } from './present-inbound.ts';
import { readQuery } from './query.ts';
import type { RequeueInbound } from '../../core/requeue-inbound.ts';
import { API_ERRORS } from '../../domain/api-error.ts';
import { INBOUND_STATUSES, type InboundWish } from '../../domain/inbound-message.ts';
import { parseMessageId, type ServerId } from '../../lib/ids.ts';
import type { InboundFilter } from '../../ports/activity.ts';

export interface InboundDeps extends ReadDeps {
  readonly requeueInbound: RequeueInbound;
}

interface ById {
  Params: { id: string };
}

export function inboundMessageRoutes(app: FastifyInstance, deps: InboundDeps): void {
  const { auth, activity, eastern } = deps;

  app.get('/messages/inbound', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const read = inboundFilter(request, caller.serverId, eastern);
    if (read.kind === 'invalid') return refuse(reply, API_ERRORS.invalidQuery('messages', read.problem));
    const { total, items } = await activity.searchInbound(read.filter);
    return reply.send({ TotalCount: total, InboundMessages: items.map(presentInbound) });
  });

  app.get<ById>('/messages/inbound/:id/details', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const id = parseMessageId(request.params.id);
    const details = id && (await activity.inboundDetails(caller.serverId, id));
    return details === undefined
      ? refuse(reply, API_ERRORS.messageNotFound())
      : reply.send(presentInboundDetails(details));
  });

  wishRoute(app, deps, 'bypass');
  wishRoute(app, deps, 'retry');
}

/** Whatever body comes with it is left unread: clients send none, `{}` or `null`. */
function wishRoute(app: FastifyInstance, { auth, requeueInbound }: InboundDeps, wish: InboundWish): void {
  app.put<ById>(`/messages/inbound/:id/${wish}`, async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const id = parseMessageId(request.params.id);
    if (id === undefined) return refuse(reply, API_ERRORS.messageNotFound());
    const requeued = await requeueInbound({ serverId: caller.serverId, id, wish });
    return requeued.kind === 'refused' ? refuse(reply, requeued.error) : reply.send(presentRequeued(wish, id));
  });
}

type FilterRead =
  { readonly kind: 'filter'; readonly filter: InboundFilter } | { readonly kind: 'invalid'; readonly problem: string };

function inboundFilter(request: FastifyRequest, serverId: ServerId, eastern: EasternTime): FilterRead {
  const query = readQuery(request.query, eastern);
  const status = query.choice('status', [...INBOUND_STATUSES, 'Sent']) ?? 'Processed';
  const filter = {
    ...query.page(),
    serverId,
    status: status === 'Sent' ? 'Processed' : status,
    recipient: query.text('recipient'),
    fromAddress: query.text('fromemail'),
    subject: query.text('subject'),
    mailboxHash: query.text('mailboxhash'),
    tag: query.text('tag'),
    from: query.time('fromdate', 'start'),
    to: query.time('todate', 'end'),
  } as const;
  if (query.problem !== undefined) return { kind: 'invalid', problem: query.problem };
  return { kind: 'filter', filter: withoutAbsent(filter) };
}
