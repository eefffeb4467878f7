// GET /openapi.json, the description of this API, and GET /docs, the same as a page. Ours, not Postmark's.
//
// Promises: the page loads nothing but the description, and runs no script but its own.
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from './deps.ts';
import { DESCRIPTIONS } from './describe/descriptions.ts';
import { openApiDocument } from './describe/open-api.ts';
import { policyFor, readAsset } from './page.ts';

export function docsRoutes(app: FastifyInstance, { facts }: Pick<ApiDeps, 'facts'>): void {
  const html = readAsset('docs.html').replace('{{style}}', () => readAsset('page.css'));
  const policy = policyFor(html);
  const made = new Map<string, string>();

  app.get('/openapi.json', async (_request, reply) => {
    const { version } = await facts();
    const text = made.get(version) ?? JSON.stringify(openApiDocument(DESCRIPTIONS, { version }));
    made.set(version, text);
    return reply.type('application/json; charset=utf-8').header('X-Content-Type-Options', 'nosniff').send(text);
  });

  app.get('/docs', async (_request, reply) =>
    reply
      .headers({
        'Content-Security-Policy': policy,
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
      })
      .type('text/html; charset=utf-8')
      .send(html),
  );
}
