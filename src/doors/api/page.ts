// placeholder
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from './deps.ts';
export function pageRoute(app: FastifyInstance, { facts }: Pick<ApiDeps, 'facts'>): void {
  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send((await facts()).version));
}
