// GET /health, /status and /metrics: how the installation is, for probes, people and Prometheus. Ours, not Postmark's.
//
// /health is 200 only when every role is ready. /status holds no secret and needs no token; queue depths and metrics
// tell how much is being sent, so they are for the machine itself and for account tokens only.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiAuth } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { pathOf, refuse } from './errors.ts';
import { presentHealth, presentStatus } from './present.ts';
import { API_ERRORS } from '../../domain/api-error.ts';

export interface HealthDeps {
  readonly auth: ApiAuth;
  readonly facts: ApiDeps['facts'];
  readonly metrics: ApiDeps['metrics'];
}

/** Of the Prometheus text format. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function healthRoutes(app: FastifyInstance, { auth, facts, metrics }: HealthDeps): void {
  app.get('/health', async (_request, reply) => {
    const now = await facts();
    const missing = now.roles.filter(({ ready }) => !ready).map(({ name }) => name);
    void reply.header('Cache-Control', 'no-store');
    if (missing.length === 0) return reply.send(presentHealth(now));
    return refuse(reply, API_ERRORS.maintenance(`Not ready: ${missing.join(', ')}.`), presentHealth(now));
  });

  app.get('/status', async (request, reply) => {
    const now = await facts();
    const lanes = isFromThisMachine(request) || (await hasAccountToken(auth, request)) ? now.lanes : undefined;
    return reply.header('Cache-Control', 'no-store').send(presentStatus(now, lanes));
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

async function hasAccountToken(auth: ApiAuth, request: FastifyRequest): Promise<boolean> {
  return (await auth.account(request)).kind === 'account';
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/** Over loopback, and not by way of a proxy on this machine that speaks for somebody else. */
function isFromThisMachine(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(?:::ffff:)?127\./.test(address);
  return isLoopback && FORWARDED.every((header) => request.headers[header] === undefined);
}
