// GET /messages/outbound/{id}/why: where a message is and what holds it, in plain words. Ours, not Postmark's.
//
// Promises: a server token is told of its own messages, an account token of those of its servers; what neither has is not
// found, whether it exists or not.
import type { FastifyInstance } from 'fastify';
import type { ApiAuth } from './auth.ts';
import { refuse } from './errors.ts';
import { presentWhy } from './present-why.ts';
import type { ExplainMessage } from '../../core/find-why.ts';
import { API_ERRORS } from '../../domain/api-error.ts';
import { parseMessageId } from '../../lib/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';

export interface WhyRouteDeps {
  readonly auth: ApiAuth;
  readonly store: Pick<ControlStore, 'servers'>;
  readonly why: ExplainMessage;
}

interface ById {
  Params: { id: string };
}

export function whyRoutes(app: FastifyInstance, { auth, store, why }: WhyRouteDeps): void {
  app.get<ById>('/messages/outbound/:id/why', async (request, reply) => {
    const caller = await auth.either(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const servers =
      caller.kind === 'server' ? [caller.serverId] : (await store.servers(caller.accountId)).map(({ id }) => id);
    const id = parseMessageId(request.params.id);
    const told = id && (await why(servers, id));
    return told === undefined ? refuse(reply, API_ERRORS.noMessageToExplain()) : reply.send(presentWhy(told));
  });
}
