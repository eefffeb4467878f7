// GET /lanes: every lane with its addresses, queue, pace and holds, for account tokens. Ours, not Postmark's.
import type { FastifyInstance } from 'fastify';
import type { ApiAuth } from './auth.ts';
import { refuse } from './errors.ts';
import { presentLaneView } from './present-why.ts';
import type { ShowLanes } from '../../core/lane-view.ts';

export interface LaneRouteDeps {
  readonly auth: ApiAuth;
  readonly lanes: ShowLanes;
}

export function laneRoutes(app: FastifyInstance, { auth, lanes }: LaneRouteDeps): void {
  app.get('/lanes', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const views = await lanes(caller.accountId);
    return reply.send({ TotalCount: views.length, Lanes: views.map(presentLaneView) });
  });
}
