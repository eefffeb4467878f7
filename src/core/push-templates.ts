// Copies the templates of one server to another (contract management 5.5): by alias, layouts first, all or none.
//
// Promises: templates without an alias, and those that are alike on both sides, are left out; a dry run writes nothing. The
// texts of a push are held in memory together and so are bounded.
import { saveRefused } from './manage-templates.ts';
import type { ApiError } from '../domain/api-error.ts';
import { TEMPLATE_API_ERRORS } from '../domain/template-api-errors.ts';
import {
  TEMPLATE_FIELD_LIMITS,
  type StoredTemplate,
  type TemplateSummary,
} from '../domain/template/stored-template.ts';
import type { TemplateType } from '../domain/template/check-part.ts';
import type { AccountId, ServerId } from '../lib/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { TemplateStore } from '../ports/template-store.ts';

export interface PushDeps {
  readonly store: Pick<ControlStore, 'server' | 'templates'>;
  readonly accountId: AccountId;
}

export interface TemplatePush {
  readonly source: ServerId;
  readonly destination: ServerId;
  /** False: only says what would be done. */
  readonly perform: boolean;
}

export interface PushedTemplate {
  readonly action: 'Create' | 'Edit';
  /** On the destination; undefined for what a dry run would create. */
  readonly id: number | undefined;
  readonly alias: string;
  readonly name: string;
  readonly type: TemplateType;
}

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
export type TemplatesPushed = { readonly kind: 'pushed'; readonly templates: readonly PushedTemplate[] } | Refused;

export async function pushTemplates({ store, accountId }: PushDeps, push: TemplatePush): Promise<TemplatesPushed> {
  const own = async (id: ServerId): Promise<boolean> => (await store.server(id))?.accountId === accountId;
  const [hasSource, hasDestination] = [await own(push.source), await own(push.destination)];
  if (!hasSource || !hasDestination) {
    const missing = hasSource ? 'destination' : hasDestination ? 'source' : 'both';
    return refused(TEMPLATE_API_ERRORS.noServers(missing));
  }
  const planned = await plan(store.templates, push);
  if (planned.kind === 'refused' || !push.perform) return planned;
  const saved = await store.templates.save(
    push.destination,
    planned.changes.map(({ id, template }) => ({ id, fields: fieldsOf(template) })),
  );
  if (saved.kind !== 'saved') return refused(saveRefused(saved));
  const templates = planned.templates.map((each, index) => ({ ...each, id: saved.templates[index]?.id }));
  return { kind: 'pushed', templates };
}

interface Change {
  /** On the destination. */
  readonly id: number | undefined;
  readonly template: Pushable;
}

type Pushable = StoredTemplate & { readonly alias: string };

type Plan = {
  readonly kind: 'pushed';
  readonly changes: readonly Change[];
  readonly templates: readonly PushedTemplate[];
};

/** Bytes of all texts of one push. */
const MAX_PUSH_BYTES = 20_000_000;

async function plan(store: TemplateStore, { source, destination }: TemplatePush): Promise<Plan | Refused> {
  const { perServer: count } = TEMPLATE_FIELD_LIMITS;
  const ofSource = (await store.list({ serverId: source, type: undefined, layout: undefined }, { count, offset: 0 }))
    .items;
  const named = ofSource.filter(({ alias }) => alias !== undefined);
  if (named.length === 0) return refused(TEMPLATE_API_ERRORS.nothingToPush());
  const changes: Change[] = [];
  let bytes = 0;
  for (const { id } of layoutsFirst(named)) {
    const template = await store.template(source, { id });
    // Deleted, or robbed of its alias, meanwhile.
    if (template?.active !== true || !hasAlias(template)) continue;
    const other = await store.template(destination, { alias: template.alias });
    if (other !== undefined && other.type !== template.type)
      return refused(TEMPLATE_API_ERRORS.pushType(template.alias));
    if (other !== undefined && isAlike(other, template)) continue;
    changes.push({ id: other?.id, template });
    bytes += textBytes(template);
    if (bytes > MAX_PUSH_BYTES) return refused(TEMPLATE_API_ERRORS.pushTooLarge(`${MAX_PUSH_BYTES / 1e6} MB`));
  }
  return { kind: 'pushed', changes, templates: changes.map(pushed) };
}

/** Else in the order of their ids. */
function layoutsFirst(templates: readonly TemplateSummary[]): readonly TemplateSummary[] {
  return templates.toSorted((a, b) => Number(b.type === 'Layout') - Number(a.type === 'Layout'));
}

function hasAlias(template: StoredTemplate): template is Pushable {
  return template.alias !== undefined;
}

function isAlike(a: StoredTemplate, b: StoredTemplate): boolean {
  return (
    a.name === b.name &&
    a.subject === b.subject &&
    a.htmlBody === b.htmlBody &&
    a.textBody === b.textBody &&
    a.layout?.alias.toLowerCase() === b.layout?.alias.toLowerCase()
  );
}

function textBytes({ subject = '', htmlBody = '', textBody = '' }: StoredTemplate): number {
  return subject.length + Buffer.byteLength(htmlBody) + Buffer.byteLength(textBody);
}

function pushed({ id, template }: Change): PushedTemplate {
  const { alias, name, type } = template;
  return { action: id === undefined ? 'Create' : 'Edit', id, alias, name, type };
}

/** The layout by its alias: it is another one on the destination. */
function fieldsOf({ name, alias, type, subject, htmlBody, textBody, layout }: Pushable) {
  return { name, alias, type, subject, htmlBody, textBody, layout: layout && { alias: layout.alias } };
}

function refused(error: ApiError): Refused {
  return { kind: 'refused', error };
}
