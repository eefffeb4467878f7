// GET and POST /webhooks, GET, PUT and DELETE /webhooks/{id}, POST /webhooks/{id}/verify and GET /webhooks/{id}/statistics
// (contract sending 18), by server tokens.
//
// Promises: a server sees its own webhooks only; `verify` is always 200, and its body says what came of it.
// Decided here: an id that is no number is an unknown webhook (1352); a stream in the query that there is none of has no webhooks.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiAuth, ServerCaller } from './auth.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { presentCounts, presentVerification, presentWebhook } from './present-webhooks.ts';
import { readQuery } from './query.ts';
import type { JsonReader } from './read-json.ts';
import { WebhookSchema } from './webhooks.schema.ts';
import {
  createWebhook,
  editWebhook,
  verifyWebhook,
  type WebhookDraft,
  type WebhookResult,
  type WebhookTools,
} from '../../core/manage-webhooks.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { WEBHOOK_ERRORS } from '../../domain/webhook-errors.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { StreamId } from '../../lib/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';

export interface WebhookRouteDeps {
  readonly auth: ApiAuth;
  readonly store: Pick<ControlStore, 'webhooks' | 'stream'>;
  readonly readJson: JsonReader;
  readonly eastern: EasternTime;
  readonly webhooks: WebhookTools;
}

interface ById {
  Params: { id: string };
}

/** Of statistics, in milliseconds. */
const A_DAY = 86_400_000;

export function webhookRoutes(app: FastifyInstance, deps: WebhookRouteDeps): void {
  const { auth, store } = deps;
  const core = { ...deps.webhooks, store };

  app.get('/webhooks', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const streamId = readQuery(request.query, deps.eastern).text('messagestream') as StreamId | undefined;
    const found = await store.webhooks.list(caller.serverId, streamId);
    return reply.send({ Webhooks: found.map(presentWebhook) });
  });

  app.post('/webhooks', async (request, reply) => {
    const caller = await auth.owner(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const read = await readWebhook(deps, request);
    if (read.kind === 'refused') return refuse(reply, read.error);
    return answer(reply, await createWebhook(core, caller.serverId, read.draft));
  });

  app.put<ById>('/webhooks/:id', async (request, reply) => {
    const caller = await auth.owner(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const read = await readWebhook(deps, request);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const webhook = await webhookOf(deps, caller, request);
    if (webhook === undefined) return refuse(reply, WEBHOOK_ERRORS.notFound());
    return answer(reply, await editWebhook(core, webhook, read.draft));
  });

  oneWebhookRoutes(app, deps);
}

function oneWebhookRoutes(app: FastifyInstance, deps: WebhookRouteDeps): void {
  const { store, webhooks } = deps;

  app.get<ById>('/webhooks/:id', async (request, reply) => {
    const found = await findWebhook(deps, request);
    return found.kind === 'refused' ? refuse(reply, found.error) : reply.send(presentWebhook(found.webhook));
  });

  app.delete<ById>('/webhooks/:id', async (request, reply) => {
    const found = await findWebhook(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const { serverId, id } = found.webhook;
    await store.webhooks.remove(serverId, id);
    return reply.send({ ErrorCode: 0, Message: `Webhook ${id} removed.` });
  });

  app.post<ById>('/webhooks/:id/verify', async (request, reply) => {
    const found = await findWebhook(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const verified = await verifyWebhook({ ...webhooks, store }, found.webhook);
    if (verified === 'busy') return refuse(reply, API_ERRORS.tooManyRequests());
    return reply.send(presentVerification(verified));
  });

  app.get<ById>('/webhooks/:id/statistics', async (request, reply) => {
    const found = await findWebhook(deps, request);
    if (found.kind === 'refused') return refuse(reply, found.error);
    const { id } = found.webhook;
    const to = webhooks.now();
    const from = to - A_DAY;
    return reply.send(presentCounts(await store.webhooks.counts(id, from), { id, from, to }));
  });
}

type Found =
  { readonly kind: 'found'; readonly webhook: Webhook } | { readonly kind: 'refused'; readonly error: ApiError };

async function findWebhook(deps: WebhookRouteDeps, request: FastifyRequest<ById>): Promise<Found> {
  const caller = await deps.auth.server(request);
  if (caller.kind === 'refused') return caller;
  const webhook = await webhookOf(deps, caller, request);
  return webhook === undefined ? { kind: 'refused', error: WEBHOOK_ERRORS.notFound() } : { kind: 'found', webhook };
}

async function webhookOf(
  { store }: WebhookRouteDeps,
  { serverId }: ServerCaller,
  { params }: FastifyRequest<ById>,
): Promise<Webhook | undefined> {
  return /^\d{1,15}$/.test(params.id) ? store.webhooks.find(serverId, Number(params.id)) : undefined;
}

type Read =
  { readonly kind: 'read'; readonly draft: WebhookDraft } | { readonly kind: 'refused'; readonly error: ApiError };

/** `Verify` may stand in the query as well; the body wins. */
async function readWebhook({ readJson, eastern }: WebhookRouteDeps, request: FastifyRequest): Promise<Read> {
  const read = await readJson(request, WebhookSchema, WEBHOOK_ERRORS.noBody());
  if (read.kind === 'refused') return read;
  const query = readQuery(request.query, eastern);
  const verify = query.flag('verify');
  if (query.problem !== undefined) return { kind: 'refused', error: WEBHOOK_ERRORS.badField(query.problem) };
  const { ID, Url, MessageStream, Status, HttpAuth, HttpHeaders, Triggers = {}, Verify = verify } = read.value;
  const { Open, Click, Delivery, Bounce, SpamComplaint, SubscriptionChange } = Triggers;
  const draft: WebhookDraft = {
    id: ID,
    url: Url?.trim(),
    streamId: (MessageStream || undefined) as StreamId | undefined,
    status: Status || undefined,
    httpAuth: HttpAuth && { username: HttpAuth.Username ?? '', password: HttpAuth.Password ?? '' },
    httpHeaders: HttpHeaders?.map(({ Name = '', Value = '' }) => ({ name: Name, value: Value })),
    triggers: {
      Open: changes(Open?.Enabled, { firstOpenOnly: Open?.PostFirstOpenOnly }),
      Click: changes(Click?.Enabled),
      Delivery: changes(Delivery?.Enabled),
      Bounce: changes(Bounce?.Enabled, { includeContent: Bounce?.IncludeContent }),
      SpamComplaint: changes(SpamComplaint?.Enabled, { includeContent: SpamComplaint?.IncludeContent }),
      SubscriptionChange: changes(SubscriptionChange?.Enabled),
    },
    verify: Verify,
  };
  return { kind: 'read', draft };
}

/** What is not said is left out, so that it stays as it is. */
function changes(
  enabled: boolean | undefined,
  more: Readonly<Record<string, boolean | undefined>> = {},
): Readonly<Record<string, boolean>> {
  const all = { enabled, ...more };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, boolean] => entry[1] !== undefined));
}

function answer(reply: FastifyReply, result: WebhookResult): FastifyReply {
  switch (result.kind) {
    case 'done':
      return reply.send(presentWebhook(result.webhook));
    case 'refused':
      return refuse(reply, result.error);
    case 'unverified': {
      // Its body is not the envelope; the code is in the header alone (contract sending 2).
      const { status, code } = WEBHOOK_ERRORS.notVerified(result.verification.message);
      return reply
        .code(status)
        .header('X-PM-ApiErrorCode', String(code))
        .send(presentVerification(result.verification));
    }
  }
}
