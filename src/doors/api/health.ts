// GET /health, /status and /metrics: how the installation is, for probes, people and Prometheus. Ours, not Postmark's.
//
// /health is 200 only when every role is ready. /status holds no secret and needs no token; queue depths and metrics
// tell how much is being sent, so they are for the machine itself and for account tokens only, as are paused streams and warnings.
// Of sending domains whose record is missing an account is told its own.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiAuth } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { pathOf, refuse } from './errors.ts';
import { presentHealth, presentStatus } from './present.ts';
import { presentHold, presentWarnings } from './present-guards.ts';
import { presentTrouble } from './present-senders.ts';
import { ActivityUnavailable } from '../../ports/activity.ts';
import { API_ERRORS } from '../../domain/api-error.ts';
import type { AccountId } from '../../lib/ids.ts';

export interface HealthDeps extends Pick<ApiDeps, 'facts' | 'metrics' | 'guards' | 'store'> {
  readonly auth: ApiAuth;
}

/** Of the Prometheus text format. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function healthRoutes(app: FastifyInstance, deps: HealthDeps): void {
  const { auth, facts, metrics } = deps;
  app.get('/health', async (_request, reply) => {
    const now = await facts();
    const missing = now.roles.filter(({ ready }) => !ready).map(({ name }) => name);
    void reply.header('Cache-Control', 'no-store');
    if (missing.length === 0) return reply.send(presentHealth(now));
    return refuse(reply, API_ERRORS.maintenance(`Not ready: ${missing.join(', ')}.`), presentHealth(now));
  });

  app.get('/status', async (request, reply) => {
    const now = await facts();
    void reply.header('Cache-Control', 'no-store');
    const isLocal = isFromThisMachine(request);
    const accountId = isLocal ? undefined : await accountOf(auth, request);
    if (!isLocal && accountId === undefined) return reply.send(presentStatus(now, undefined));
    const domains = (await deps.store.senders.troubledDomains(accountId)).map(presentTrouble);
    return reply.send({ ...presentStatus(now, now.lanes), ...(await streamTroubles(deps)), Domains: domains });
  });

  app.get('/metrics', async (request, reply) => {
    if (metrics === undefined) return refuse(reply, API_ERRORS.notFound(pathOf(request)));
    if (!isFromThisMachine(request)) {
      const caller = await auth.account(request);
      if (caller.kind === 'refused') return refuse(reply, caller.error);
    }
    return reply.type(METRICS_TYPE).send(await metrics());
  });
}

/** Paused streams, and what the guards warn of as far as they can be asked. */
async function streamTroubles({ store, guards }: Pick<HealthDeps, 'store' | 'guards'>): Promise<object> {
  const holds = (await store.pools.holds()).map(presentHold);
  try {
    return { Holds: holds, Warnings: presentWarnings(await guards.verdicts()) };
  } catch (error) {
    if (error instanceof ActivityUnavailable) return { Holds: holds, Warnings: [] };
    throw error;
  }
}

async function accountOf(auth: ApiAuth, request: FastifyRequest): Promise<AccountId | undefined> {
  const caller = await auth.account(request);
  return caller.kind === 'account' ? caller.accountId : undefined;
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/** Over loopback, and not by way of a proxy on this machine that speaks for somebody else. */
function isFromThisMachine(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(?:::ffff:)?127\./.test(address);
  return isLoopback && FORWARDED.every((header) => request.headers[header] === undefined);
}
