// Makes, changes and probes the webhooks of a server (contract sending 18).
//
// Promises: a webhook belongs to one stream that sends, for good; what was asked to be verified and did not answer 200 to a probe
// of every enabled trigger is not kept; probes are bounded over all servers. Leaves to others: posting events, and the HTTP.
import { API_ERRORS, type ApiError } from '../domain/api-error.ts';
import { WEBHOOK_ERRORS } from '../domain/webhook-errors.ts';
import { sampleEvent } from '../domain/webhook-sample.ts';
import {
  contentProblem,
  enabledTriggers,
  headerNameProblem,
  MAX_WEBHOOKS_PER_STREAM,
  mergeTriggers,
  NO_TRIGGERS,
  urlProblem,
  type HttpAuth,
  type TriggerChanges,
  type TriggerType,
  type Webhook,
  type WebhookContent,
  type WebhookHeader,
} from '../domain/webhook.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';
import type { Semaphore } from '../lib/semaphore.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { CallWebhook } from '../ports/webhook-caller.ts';

export interface WebhookTools {
  readonly call: CallWebhook;
  /** Why an address must not be connected to; undefined where it may be. */
  readonly refusal: (address: string) => string | undefined;
  /** Whether webhooks are probed where the request does not say. */
  readonly verifyByDefault: boolean;
  /** Webhooks that are probed at a time, over all servers. */
  readonly probes: Semaphore;
  readonly now: () => number;
}

export interface WebhookDeps extends WebhookTools {
  readonly store: Pick<ControlStore, 'webhooks' | 'stream'>;
}

/** What a request says of a webhook; what it does not say is undefined. */
export interface WebhookDraft {
  readonly id?: number | undefined;
  readonly streamId?: StreamId | undefined;
  readonly status?: string | undefined;
  readonly url?: string | undefined;
  readonly httpAuth?: HttpAuth | undefined;
  readonly httpHeaders?: readonly WebhookHeader[] | undefined;
  readonly triggers?: TriggerChanges | undefined;
  readonly verify?: boolean | undefined;
}

export interface ProbeResult {
  readonly type: TriggerType;
  readonly ok: boolean;
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
  readonly message: string;
}

export interface Verification {
  /** Undefined for one that is not kept. */
  readonly id: number | undefined;
  readonly url: string;
  readonly ok: boolean;
  readonly results: readonly ProbeResult[];
  readonly message: string;
}

export type WebhookResult =
  | { readonly kind: 'done'; readonly webhook: Webhook }
  | { readonly kind: 'refused'; readonly error: ApiError }
  | { readonly kind: 'unverified'; readonly verification: Verification };

export async function createWebhook(
  deps: WebhookDeps,
  serverId: ServerId,
  draft: WebhookDraft,
): Promise<WebhookResult> {
  if (draft.id !== undefined) return refused(WEBHOOK_ERRORS.idGiven());
  const streamId = draft.streamId ?? DEFAULT_STREAM;
  const problem = (await streamProblem(deps, serverId, streamId)) ?? draftProblem(draft);
  if (problem !== undefined) return refused(problem);
  const empty = { url: '', httpAuth: undefined, httpHeaders: [], triggers: NO_TRIGGERS, status: 'verified' } as const;
  const wanted = { ...applied(empty, draft), serverId, streamId };
  const checked = await check(deps, wanted, draft);
  if (checked !== undefined) return checked;
  const added = await deps.store.webhooks.add(wanted, MAX_WEBHOOKS_PER_STREAM);
  return added === undefined
    ? refused(WEBHOOK_ERRORS.tooMany(MAX_WEBHOOKS_PER_STREAM))
    : { kind: 'done', webhook: added };
}

export async function editWebhook(deps: WebhookDeps, before: Webhook, draft: WebhookDraft): Promise<WebhookResult> {
  if (draft.id !== undefined && draft.id !== before.id) return refused(WEBHOOK_ERRORS.fixedField('ID'));
  if (draft.streamId !== undefined && draft.streamId !== before.streamId) {
    return refused(WEBHOOK_ERRORS.fixedField('MessageStream'));
  }
  const problem = (await streamProblem(deps, before.serverId, before.streamId)) ?? draftProblem(draft);
  if (problem !== undefined) return refused(problem);
  const wanted = { ...before, ...applied(before, draft) };
  const checked = await check(deps, wanted, draft);
  if (checked !== undefined) return checked;
  const kept = await deps.store.webhooks.replace(wanted);
  return kept ? { kind: 'done', webhook: wanted } : refused(WEBHOOK_ERRORS.notFound());
}

/** One that passes is verified from then on; one that does not stays what it was, because trouble may pass. */
export async function verifyWebhook(deps: WebhookDeps, webhook: Webhook): Promise<Verification | 'busy'> {
  const verification = await probe(deps, webhook, webhook.id);
  if (verification !== 'busy' && verification.ok && webhook.status !== 'verified') {
    await deps.store.webhooks.replace({ ...webhook, status: 'verified' });
  }
  return verification;
}

const DEFAULT_STREAM = 'outbound' as StreamId;

async function streamProblem(
  { store }: WebhookDeps,
  serverId: ServerId,
  streamId: StreamId,
): Promise<ApiError | undefined> {
  const stream = await store.stream(serverId, streamId);
  if (stream === undefined) return API_ERRORS.unknownStream(streamId);
  if (stream.kind === 'inbound') return WEBHOOK_ERRORS.inboundStream(streamId);
  return stream.archivedAt === undefined ? undefined : WEBHOOK_ERRORS.archivedStream(streamId);
}

function draftProblem({ status }: WebhookDraft): ApiError | undefined {
  return status === undefined ? undefined : WEBHOOK_ERRORS.statusGiven();
}

/** Empty credentials take away those that are there. */
function applied(before: WebhookContent, draft: WebhookDraft): WebhookContent {
  const { httpAuth: auth } = draft;
  return {
    url: draft.url ?? before.url,
    httpAuth: auth === undefined ? before.httpAuth : auth.username + auth.password === '' ? undefined : auth,
    httpHeaders: draft.httpHeaders ?? before.httpHeaders,
    triggers: mergeTriggers(before.triggers, draft.triggers ?? {}),
    status: draft.verify === undefined ? before.status : draft.verify ? 'verified' : 'unverified',
  };
}

type Wanted = WebhookContent & Pick<Webhook, 'serverId' | 'streamId'> & { readonly id?: number };

/** Undefined where nothing is against keeping it. */
async function check(deps: WebhookDeps, wanted: Wanted, draft: WebhookDraft): Promise<WebhookResult | undefined> {
  if (wanted.url === '') return refused(WEBHOOK_ERRORS.badUrl('is missing'));
  const url = urlProblem(wanted.url, deps.refusal);
  if (url !== undefined) return refused(WEBHOOK_ERRORS.badUrl(url));
  const name = headerNameProblem(wanted.httpHeaders);
  if (name !== undefined) return refused(WEBHOOK_ERRORS.badHeaderName(name));
  const content = contentProblem(wanted);
  if (content !== undefined) return refused(WEBHOOK_ERRORS.badField(content));
  if (!(draft.verify ?? deps.verifyByDefault)) return undefined;
  const verification = await probe(deps, wanted, wanted.id);
  if (verification === 'busy') return refused(API_ERRORS.tooManyRequests());
  return verification.ok ? undefined : { kind: 'unverified', verification };
}

async function probe(deps: WebhookDeps, webhook: Wanted, id: number | undefined): Promise<Verification | 'busy'> {
  const acquired = await deps.probes.acquire({ timeoutMs: LONGEST_WAIT_MS });
  if (acquired.kind !== 'acquired') return 'busy';
  try {
    const types = enabledTriggers(webhook.triggers);
    const results = await Promise.all(types.map((type) => probeOne(deps, webhook, type)));
    const passed = results.filter(({ ok }) => ok).length;
    const message = `${passed}/${types.length} triggers verified successfully`;
    return { id, url: webhook.url, ok: passed === types.length, results, message };
  } finally {
    acquired.release();
  }
}

const LONGEST_WAIT_MS = 5000;

async function probeOne({ call, now }: WebhookDeps, webhook: Wanted, type: TriggerType): Promise<ProbeResult> {
  const { url, httpAuth, httpHeaders, serverId, streamId, triggers } = webhook;
  const time = `${new Date(now()).toISOString().slice(0, -1)}0000Z`;
  const body = JSON.stringify(sampleEvent(type, triggers[type], { serverId, streamId, time }));
  const answer = await call({ url, httpAuth, httpHeaders, body });
  if (answer.kind === 'failed') return { type, ok: false, status: undefined, message: answer.reason };
  const ok = answer.status === VERIFIED_STATUS;
  return { type, ok, status: answer.status, message: ok ? 'OK' : `answered ${answer.status} in place of 200` };
}

/** Contract sending 18: no other 2xx counts. */
const VERIFIED_STATUS = 200;

function refused(error: ApiError): WebhookResult {
  return { kind: 'refused', error };
}
