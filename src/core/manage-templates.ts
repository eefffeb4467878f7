// A server's templates: list, read, make, change, delete (contract management 5.1 to 5.3).
//
// Promises: what is kept parses, and keeps the rules of its type; a change that names some fields leaves the others as they are.
import { checkTexts, lengthOf, QUICK_SOURCE } from './sendable-template.ts';
import type { ApiError } from '../domain/api-error.ts';
import { TEMPLATE_API_ERRORS } from '../domain/template-api-errors.ts';
import type { TemplateType } from '../domain/template/check-part.ts';
import {
  fieldProblem,
  TEMPLATE_FIELD_LIMITS,
  type StoredTemplate,
  type TemplateFields,
  type TemplateRef,
} from '../domain/template/stored-template.ts';
import type { ServerId } from '../lib/ids.ts';
import type { HeavyTemplates, TemplateToCheck } from '../ports/heavy-templates.ts';
import type { TemplatesSaved, TemplateStore } from '../ports/template-store.ts';

/** As a client gave it: undefined for what it did not name, `""` for what it wants empty. */
export interface TemplateDraft {
  readonly name?: string | undefined;
  readonly alias?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly htmlBody?: string | undefined;
  readonly textBody?: string | undefined;
  /** Alias. */
  readonly layout?: string | undefined;
}

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
export type TemplateSaved = { readonly kind: 'saved'; readonly template: StoredTemplate } | Refused;

export interface TemplateDesk {
  readonly store: TemplateStore;
  readonly heavy: Pick<HeavyTemplates, 'check'>;
  readonly serverId: ServerId;
}

export async function createTemplate(desk: TemplateDesk, draft: TemplateDraft): Promise<TemplateSaved> {
  const type = readType(draft.type);
  if (type === undefined) return refused(TEMPLATE_API_ERRORS.badType());
  return save(desk, undefined, {
    name: draft.name ?? '',
    alias: given(draft.alias),
    type,
    subject: given(draft.subject),
    htmlBody: given(draft.htmlBody),
    textBody: given(draft.textBody),
    layout: layoutRef(draft.layout),
  });
}

export async function editTemplate(desk: TemplateDesk, ref: TemplateRef, draft: TemplateDraft): Promise<TemplateSaved> {
  const before = await desk.store.template(desk.serverId, ref);
  if (before?.active !== true) return refused(notFound(ref));
  if (draft.type !== undefined && draft.type !== '') {
    const type = readType(draft.type);
    if (type === undefined) return refused(TEMPLATE_API_ERRORS.badType());
    if (type !== before.type) return refused(TEMPLATE_API_ERRORS.typeStays());
  }
  const or = (changed: string | undefined, kept: string | undefined): string | undefined =>
    changed === undefined ? kept : given(changed);
  return save(desk, before.id, {
    name: draft.name ?? before.name,
    alias: or(draft.alias, before.alias),
    type: before.type,
    subject: or(draft.subject, before.subject),
    htmlBody: or(draft.htmlBody, before.htmlBody),
    textBody: or(draft.textBody, before.textBody),
    layout: draft.layout === undefined ? before.layout && { id: before.layout.id } : layoutRef(draft.layout),
  });
}

export async function removeTemplate(
  { store, serverId }: Pick<TemplateDesk, 'store' | 'serverId'>,
  ref: TemplateRef,
): Promise<{ readonly kind: 'removed'; readonly id: number } | Refused> {
  const found = await store.template(serverId, ref);
  const done = found === undefined ? 'missing' : await store.remove(serverId, found.id);
  if (found === undefined || done === 'missing') return refused(notFound(ref));
  if (done === 'layout-in-use') return refused(TEMPLATE_API_ERRORS.layoutInUse());
  return { kind: 'removed', id: found.id };
}

/** Digits alone are an id; an alias begins with a letter. */
export function templateRef(text: string): TemplateRef {
  return /^\d+$/.test(text) ? { id: Number(text) } : { alias: text };
}

export function notFound(ref: TemplateRef): ApiError {
  return TEMPLATE_API_ERRORS.notFound('id' in ref ? 'TemplateId' : 'Alias');
}

/** Standard where nothing is said; undefined for what is no type. */
export function readType(text: string | undefined): TemplateType | undefined {
  if (text === undefined || text === '') return 'Standard';
  return TYPES.find((type) => type.toLowerCase() === text.toLowerCase());
}

const TYPES: readonly TemplateType[] = ['Standard', 'Layout'];

export function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function layoutRef(alias: string | undefined): TemplateRef | undefined {
  return alias === undefined || alias === '' ? undefined : { alias };
}

async function save(
  { store, heavy, serverId }: TemplateDesk,
  id: number | undefined,
  fields: TemplateFields,
): Promise<TemplateSaved> {
  const problem = fieldProblem(fields);
  if (problem !== undefined) return refused(problem);
  const isLarge = lengthOf(fields) > QUICK_SOURCE;
  const wrong = isLarge ? await heavy.check(serverId, toCheck(fields)) : checkTexts(toCheck(fields));
  if (wrong !== undefined) return refused(wrong);
  const saved = await store.save(serverId, [{ id, fields }]);
  const [template] = saved.kind === 'saved' ? saved.templates : [];
  if (template !== undefined) return { kind: 'saved', template };
  return refused(saveRefused(saved));
}

function toCheck({ type, subject, htmlBody, textBody }: TemplateFields): TemplateToCheck {
  return { type, texts: { subject, htmlBody, textBody } };
}

/** `saved` that is none. */
export function saveRefused(saved: TemplatesSaved): ApiError {
  switch (saved.kind) {
    case 'alias-taken':
      return TEMPLATE_API_ERRORS.aliasTaken(saved.alias);
    case 'layout-missing':
      return TEMPLATE_API_ERRORS.layoutNotFound();
    case 'full':
      return TEMPLATE_API_ERRORS.limit(TEMPLATE_FIELD_LIMITS.perServer);
    case 'missing':
    case 'saved':
      return TEMPLATE_API_ERRORS.notFound('TemplateId');
  }
}

function refused(error: ApiError): Refused {
  return { kind: 'refused', error };
}
