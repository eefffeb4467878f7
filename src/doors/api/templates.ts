// /templates, /templates/{idOrAlias}, /templates/validate (server token) and /templates/push (account token); contract
// management 5. Rules and words are those of core.
//
// The test token has no server: its lists are empty, nothing is found, nothing can be written; it may validate.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { ApiAuth, ServerCaller } from './auth.ts';
import type { ApiLimits } from './deps.ts';
import type { EasternTime } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { missingFields, readByAccount } from './pools.ts';
import { presentPushed, presentTemplate, presentTemplateSummary } from './present-templates.ts';
import { parseLarge } from './parse-large.ts';
import { readQuery } from './query.ts';
import type { JsonReader } from './read-json.ts';
import type { Readable } from './read-fields.ts';
import type { Turns } from './turns.ts';
import { TemplatePushSchema, TemplateSchema, TemplateTrialSchema } from './template.schema.ts';
import {
  createTemplate,
  editTemplate,
  notFound,
  removeTemplate,
  templateRef,
  type TemplateDraft,
} from '../../core/manage-templates.ts';
import { pushTemplates } from '../../core/push-templates.ts';
import type { ApiError } from '../../domain/api-error.ts';
import { TEMPLATE_API_ERRORS } from '../../domain/template-api-errors.ts';
import type { TemplateType } from '../../domain/template/check-part.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { HeavyTemplates } from '../../ports/heavy-templates.ts';
import type { TemplateFilter } from '../../ports/template-store.ts';

export interface TemplateRouteDeps {
  readonly auth: ApiAuth;
  readonly store: ControlStore;
  readonly readJson: JsonReader;
  readonly eastern: EasternTime;
  readonly heavy: HeavyTemplates;
  readonly turns: Turns;
  readonly limits: Pick<ApiLimits, 'singleBodyBytes'>;
}

interface ByRef {
  Params: { idOrAlias: string };
}

export function templateRoutes(app: FastifyInstance, deps: TemplateRouteDeps): void {
  const { auth, store, heavy } = deps;
  const { templates } = store;

  app.get('/templates', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const query = readQuery(request.query, deps.eastern);
    const page = query.page();
    const filter = filterOf(query, caller.serverId);
    if (query.problem !== undefined) return refuse(reply, TEMPLATE_API_ERRORS.badQuery(query.problem));
    const { total, items } = await templates.list(filter, page);
    return reply.send({ TotalCount: total, Templates: items.map(presentTemplateSummary) });
  });

  app.get<ByRef>('/templates/:idOrAlias', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const ref = templateRef(request.params.idOrAlias);
    const template = await templates.template(caller.serverId, ref);
    return template === undefined ? refuse(reply, notFound(ref)) : reply.send(presentTemplate(template));
  });

  app.post('/templates', async (request, reply) => {
    const read = await readOfServer(deps, request, TemplateSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const made = await createTemplate({ store: templates, heavy, serverId: read.caller.serverId }, draftOf(read.value));
    return made.kind === 'refused' ? refuse(reply, made.error) : reply.send(presentTemplateSummary(made.template));
  });

  app.put<ByRef>('/templates/:idOrAlias', async (request, reply) => {
    const read = await readOfServer(deps, request, TemplateSchema);
    if (read.kind === 'refused') return refuse(reply, read.error);
    const ref = templateRef(request.params.idOrAlias);
    const desk = { store: templates, heavy, serverId: read.caller.serverId };
    const saved = await editTemplate(desk, ref, draftOf(read.value));
    return saved.kind === 'refused' ? refuse(reply, saved.error) : reply.send(presentTemplateSummary(saved.template));
  });

  app.delete<ByRef>('/templates/:idOrAlias', async (request, reply) => {
    const caller = await auth.server(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const ref = templateRef(request.params.idOrAlias);
    const done = await removeTemplate({ store: templates, serverId: caller.serverId }, ref);
    if (done.kind === 'refused') return refuse(reply, done.error);
    return reply.send({ ErrorCode: 0, Message: `Template ${done.id} removed.` });
  });

  app.post('/templates/validate', async (request, reply) => {
    const read = await readOfServer(deps, request, TemplateTrialSchema, { testToken: true });
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { TestRenderModel: testModel, InlineCssForHtmlTestRender: inlineCss = true } = read.value;
    const trial = { ...draftOf(read.value), testModel, inlineCss };
    const tried = await heavy.try(read.caller.principal?.server.id, trial);
    return tried.kind === 'refused' ? refuse(reply, tried.error) : reply.type(JSON_TYPE).send(tried.json);
  });

  app.put('/templates/push', async (request, reply) => {
    const read = await readByAccount(deps, request, TemplatePushSchema, TEMPLATE_API_ERRORS.nothing());
    if (read.kind === 'refused') return refuse(reply, read.error);
    const { SourceServerID, DestinationServerID, PerformChanges } = read.value;
    const [source, destination] = [serverIdOf(SourceServerID), serverIdOf(DestinationServerID)];
    if (source === undefined || destination === undefined || PerformChanges === undefined) {
      const fields = { SourceServerID: source, DestinationServerID: destination, PerformChanges };
      return refuse(reply, missingFields(fields));
    }
    const push = { source, destination, perform: PerformChanges };
    const done = await pushTemplates({ store, accountId: read.caller.accountId }, push);
    return done.kind === 'refused' ? refuse(reply, done.error) : reply.send(presentPushed(done.templates));
  });
}

const JSON_TYPE = 'application/json; charset=utf-8';

const TYPES: Readonly<Record<'All' | TemplateType, TemplateType | undefined>> = {
  All: undefined,
  Standard: 'Standard',
  Layout: 'Layout',
};

function filterOf(query: ReturnType<typeof readQuery>, serverId: ServerId): TemplateFilter {
  const type = query.choice('templatetype', ['All', 'Standard', 'Layout'] as const) ?? 'All';
  return { serverId, type: TYPES[type], layout: query.text('layouttemplate') };
}

type OfServer<T> =
  | { readonly kind: 'read'; readonly value: Readable<T>; readonly caller: ServerCaller }
  | { readonly kind: 'refused'; readonly error: ApiError };

/** The token first, then the body. */
async function readOfServer<S extends TSchema>(
  { auth, readJson, limits, turns }: TemplateRouteDeps,
  request: FastifyRequest,
  schema: S,
  { testToken = false } = {},
): Promise<OfServer<Static<S>>> {
  const caller = await (testToken ? auth.server(request) : auth.owner(request));
  if (caller.kind === 'refused') return caller;
  const parse = (bytes: Buffer) => parseLarge(bytes, turns);
  const bounds = { limit: limits.singleBodyBytes, owner: caller.serverId, parse };
  const read = await readJson(request, schema, TEMPLATE_API_ERRORS.nothing(), bounds);
  return read.kind === 'refused' ? read : { ...read, caller };
}

type Fields = Readable<Static<typeof TemplateSchema>>;

function draftOf(fields: Fields): TemplateDraft {
  return {
    name: fields.Name,
    alias: fields.Alias,
    type: fields.TemplateType,
    subject: fields.Subject,
    htmlBody: fields.HtmlBody,
    textBody: fields.TextBody,
    layout: fields.LayoutTemplate,
  };
}

function serverIdOf(given: unknown): ServerId | undefined {
  const id = typeof given === 'string' && /^\d{1,15}$/.test(given.trim()) ? Number(given) : given;
  return Number.isSafeInteger(id) ? (id as ServerId) : undefined;
}
