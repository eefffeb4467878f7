// GET and POST /unsubscribe/{token}: where the links of delivered messages lead (contract sending 14). For recipients, without any
// login: the token is the authority.
//
// Promises: nothing changes on GET, because scanners follow links; a POST of the link does, as RFC 8058 has it (section 3.1:
// without cookies, redirects or questions) and as the button of the page does. What is sent along is read up to a small bound. Each
// answer is one page without scripts, that no frame shows and no cache keeps.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ApiDeps } from './deps.ts';
import { unsubscribePage, type UnsubscribeView } from './unsubscribe-page.ts';
import type { Subscription, UnsubscribeDesk } from '../../core/unsubscribe.ts';
import { UNSUBSCRIBE_PATH } from '../../core/unsubscribe-link.ts';

interface ByToken {
  Params: { token: string };
}

export function unsubscribeRoutes(app: FastifyInstance, { unsubscribe: desk }: Pick<ApiDeps, 'unsubscribe'>): void {
  const url = `${UNSUBSCRIBE_PATH}:token`;

  app.get<ByToken>(url, async (request, reply) => {
    const subscription = await desk.find(request.params.token);
    if (subscription === undefined) return show(reply, { kind: 'unknown' });
    const { address, streamName } = subscription;
    if (address === undefined) return show(reply, { kind: 'ask-who', streamName, wrong: false });
    const left = await desk.hasLeft(subscription, address);
    return show(reply, { kind: left ? 'left' : 'ask', streamName, address });
  });

  app.post<ByToken>(url, async (request, reply) => {
    const form = await readForm(request.raw);
    const subscription = await desk.find(request.params.token);
    if (subscription === undefined) return show(reply, { kind: 'unknown' });
    return show(reply, await act(desk, subscription, form));
  });
}

async function act(desk: UnsubscribeDesk, subscription: Subscription, form: URLSearchParams): Promise<UnsubscribeView> {
  const { streamName } = subscription;
  const address = subscription.address ?? desk.recipient(subscription, form.get('address') ?? '');
  if (address === undefined) return { kind: 'ask-who', streamName, wrong: form.has('address') };
  if (form.get('action') === 'resubscribe') {
    const isBack = await desk.comeBack(subscription, address);
    return { kind: isBack ? 'back' : 'kept-off', streamName, address };
  }
  await desk.leave(subscription, address);
  return { kind: 'left', streamName, address };
}

function show(reply: FastifyReply, view: UnsubscribeView): FastifyReply {
  return reply
    .code(view.kind === 'unknown' ? 404 : 200)
    .headers({
      'Cache-Control': 'no-store',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Robots-Tag': 'noindex, nofollow',
    })
    .type('text/html; charset=utf-8')
    .send(unsubscribePage(view));
}

const MAX_FORM_BYTES = 4096;
/** Of what means nothing: beyond it the connection goes. */
const MAX_READ_BYTES = 1024 * 1024;
const FORM = /^application\/x-www-form-urlencoded\b/i;

/** A form as the page sends it. Anything else is read to its end and means nothing: a one-click request says all by its URL. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_FORM_BYTES) chunks.push(chunk);
    if (length > MAX_READ_BYTES) break;
  }
  const isForm = FORM.test(request.headers['content-type'] ?? '') && length <= MAX_FORM_BYTES;
  return new URLSearchParams(isForm ? Buffer.concat(chunks).toString('utf8') : '');
}
