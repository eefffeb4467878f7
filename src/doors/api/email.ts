// POST /email and POST /email/batch (contract sending 6 and 7), and both with templates (8): read, hand each message to submit, say
// what it said.
//
// Promises: 200 is answered only for what submit has accepted, and a batch has one result per message, in order. The
// order of refusals is the contract's (6.6): token, media type, size, JSON, types of fields, size of the batch, and
// then submit's own rules. Decided here: a wrong type of field refuses its own message of a batch and not the whole
// batch; only when no message could be kept for want of room is the whole batch answered with 503, to be sent again.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refusal, unavailable, type Answer } from './answer.ts';
import type { ApiAuth, ServerCaller } from './auth.ts';
import { MAX_BATCH_MESSAGES, type ApiDeps, type ApiLimits } from './deps.ts';
import { inParallel } from './in-parallel.ts';
import { refuse, routeOf, type Surprises } from './errors.ts';
import type { IdOf, Once } from './idempotency.ts';
import { parseJson, type ParsedJson } from './parse-json.ts';
import { parseLarge } from './parse-large.ts';
import { presentBatchError, presentSent } from './present.ts';
import type { BodyReader } from './read-body.ts';
import { createDraftReader, type DraftRead } from './read-draft.ts';
import { createTemplateDraftReader } from './read-template-draft.ts';
import { splitArray, type CutArray } from './split-array.ts';
import { splitMessages, type SplitMessages } from './split-messages.ts';
import type { Turns } from './turns.ts';
import type { RenderTemplate } from '../../core/render-template.ts';
import type { ContentDraft, SubmitOptions, SubmitResult } from '../../core/draft.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import type { MessageId } from '../../lib/ids.ts';

export interface EmailDeps {
  readonly auth: ApiAuth;
  readonly readBody: BodyReader;
  readonly once: Once;
  readonly submit: ApiDeps['submit'];
  readonly renderTemplate: RenderTemplate;
  readonly log: ApiDeps['log'];
  readonly surprises: Surprises;
  readonly turns: Turns;
  readonly limits: ApiLimits;
}

export function emailRoutes(app: FastifyInstance, deps: EmailDeps): void {
  const readDraft = createDraftReader();
  const readTemplated = createTemplateDraftReader(deps.renderTemplate);
  const parse = (bytes: Buffer) => parseLarge(bytes, deps.turns);
  singleRoute(app, deps, { path: '/email', readDraft, parse: parseJson });
  singleRoute(app, deps, { path: '/email/withTemplate', readDraft: readTemplated, parse });
  batchRoute(app, deps, { path: '/email/batch', readDraft, split: splitArray });
  batchRoute(app, deps, { path: '/email/batchWithTemplates', readDraft: readTemplated, split: splitMessages });
}

/** At once where it can: a message of its own pays for no promise that it does not need. */
type ReadDraft = (value: unknown, caller: ServerCaller) => DraftRead | Promise<DraftRead>;

interface Sending {
  readonly path: string;
  readonly readDraft: ReadDraft;
}

interface Single extends Sending {
  readonly parse: (bytes: Buffer) => ParsedJson | Promise<ParsedJson>;
}

function singleRoute(app: FastifyInstance, deps: EmailDeps, { path, readDraft, parse }: Single): void {
  const { auth, readBody, limits, once } = deps;
  app.post(path, async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const body = await readBody(request.raw, { limit: limits.singleBodyBytes, owner: caller.serverId });
    if (body.kind === 'refused') return refuse(reply, body.error);
    try {
      const parsing = parse(body.bytes);
      const json = parsing instanceof Promise ? await parsing : parsing;
      if (json.kind === 'malformed') return refuse(reply, API_ERRORS.malformedJson(json.detail));
      return await once({ request, reply, caller, body: body.bytes }, async (idOf) => {
        const reading = readDraft(json.value, caller);
        const read = reading instanceof Promise ? await reading : reading;
        if (read.kind === 'refused') return refusal(read.error);
        return answerOf(caller, read.draft, await send(deps, caller, read.draft, named(idOf(0))));
      });
    } finally {
      body.release();
    }
  });
}

interface Batches extends Sending {
  readonly split: (bytes: Buffer, cut: CutArray) => Promise<SplitMessages>;
}

function batchRoute(app: FastifyInstance, deps: EmailDeps, { path, readDraft, split: cut }: Batches): void {
  const { auth, readBody, limits, once } = deps;
  app.post(path, async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const body = await readBody(request.raw, { limit: limits.batchBodyBytes, owner: caller.serverId });
    if (body.kind === 'refused') return refuse(reply, body.error);
    try {
      const split = await cut(body.bytes, { maxItems: MAX_BATCH_MESSAGES, turns: deps.turns });
      if (split.kind === 'malformed') return refuse(reply, API_ERRORS.malformedJson(split.detail));
      if (split.kind === 'not-an-array') return refuse(reply, API_ERRORS.invalidFields(['$']));
      if (split.kind === 'no-messages') return refuse(reply, API_ERRORS.invalidFields(['$.Messages']));
      if (split.kind === 'too-many') return refuse(reply, API_ERRORS.tooManyInBatch());
      const { items } = split;
      return await once({ request, reply, caller, body: body.bytes }, async (idOf) =>
        batchAnswer(await sendAll(deps, { request, caller, readDraft, items, idOf })),
      );
    } finally {
      body.release();
    }
  });
}

async function send(
  deps: EmailDeps,
  caller: ServerCaller,
  draft: ContentDraft,
  options: Pick<SubmitOptions, 'batched' | 'messageId'>,
): Promise<SubmitResult> {
  const result = await deps.submit(caller.principal, draft, { via: 'http', dryRun: isTest(caller), ...options });
  if (result.kind === 'unavailable') deps.log.warn({ reason: result.reason }, 'message not accepted over HTTP');
  return result;
}

function named(messageId: MessageId | undefined): Pick<SubmitOptions, 'messageId'> {
  return messageId === undefined ? ANY_ID : { messageId };
}

const ANY_ID = {} as const;

function isTest(caller: ServerCaller): boolean {
  return caller.principal === undefined;
}

function answerOf(caller: ServerCaller, draft: ContentDraft, result: SubmitResult): Answer {
  switch (result.kind) {
    case 'accepted':
      return { kind: 'json', json: presentSent(draft, result, { test: isTest(caller) }) };
    case 'refused':
      return refusal(result.error);
    case 'unavailable':
      return refusal(unavailable());
  }
}

interface Batch {
  readonly request: FastifyRequest;
  readonly caller: ServerCaller;
  readonly readDraft: ReadDraft;
  readonly items: readonly unknown[];
  readonly idOf: IdOf;
}

interface ItemResult {
  readonly kind: SubmitResult['kind'];
  readonly json: Readonly<Record<string, unknown>>;
}

/** Many at a time, so that they share commits; each in its own turn, so that other requests are not held up. */
function sendAll(deps: EmailDeps, batch: Batch): Promise<readonly ItemResult[]> {
  return inParallel(batch.items, deps.limits.batchParallel, async (item, place) => {
    await deps.turns.take();
    try {
      const reading = batch.readDraft(item, batch.caller);
      const read = reading instanceof Promise ? await reading : reading;
      if (read.kind === 'refused') return refusedItem('refused', read.error);
      const options = { batched: true, ...named(batch.idOf(place)) };
      const result = await send(deps, batch.caller, read.draft, options);
      if (result.kind === 'refused') return refusedItem('refused', result.error);
      if (result.kind === 'unavailable') return refusedItem('unavailable', unavailable());
      return { kind: 'accepted', json: presentSent(read.draft, result, { test: isTest(batch.caller) }) };
    } catch (cause) {
      return refusedItem('refused', deps.surprises.report(cause, routeOf(batch.request)));
    }
  });
}

function refusedItem(kind: ItemResult['kind'], error: ApiError): ItemResult {
  return { kind, json: presentBatchError(error) };
}

function batchAnswer(results: readonly ItemResult[]): Answer {
  const nothingKept = results.every(({ kind }) => kind !== 'accepted');
  if (nothingKept && results.some(({ kind }) => kind === 'unavailable')) return refusal(unavailable());
  return { kind: 'json', json: results.map(({ json }) => json) };
}
