// Templates as what sends mail needs them: found by id or alias, compiled, rendered with a model (contract sending 8,
// management 5.6).
//
// Promises: a template that was edited, or whose layout was, is what the next message is made of, here and in every other
// thread: before each use the store is asked for the stamp, which costs no texts. What is compiled is kept, bounded by number
// and memory. Rendering ends within the limits of the language, whatever template and model are.
import { readModel } from './read-model.ts';
import type { ApiError } from '../domain/api-error.ts';
import { partRefused, PART_NAMES, TEMPLATE_API_ERRORS } from '../domain/template-api-errors.ts';
import { checkPart, type TemplatePart } from '../domain/template/check-part.ts';
import type { CompiledTemplate } from '../domain/template/compiled-template.ts';
import {
  describeProblem,
  PARTS,
  placeParts,
  renderPlaced,
  type CompiledParts,
  type PlacedParts,
} from '../domain/template/render-message.ts';
import type { StoredTemplate, TemplateRef, TemplateTexts } from '../domain/template/stored-template.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { ServerId } from '../lib/ids.ts';
import type { CssInliner } from '../ports/css-inliner.ts';
import type { TemplateStamp, TemplateStore } from '../ports/template-store.ts';

export type { TemplateRef } from '../domain/template/stored-template.ts';

/** The compiled parts, each within its layout; undefined for a part that the template does not have. */
export type SendableTemplate = PlacedParts;

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
export type TemplateFound = { readonly kind: 'found'; readonly template: SendableTemplate } | Refused;
export type TemplateRendered =
  | { readonly kind: 'rendered'; readonly subject?: string; readonly htmlBody?: string; readonly textBody?: string }
  | Refused;

export interface Templates {
  /** By id or alias, of the server; what was deleted and layouts are refused with 1101. */
  find(serverId: ServerId, ref: TemplateRef): Promise<TemplateFound>;
  /** Content that is given in place of a template; not kept. */
  fromContent(content: {
    readonly subject?: string;
    readonly htmlBody?: string;
    readonly textBody?: string;
  }): TemplateFound;
  /** `model` is what JSON held: an object, or its text. A subject is one line, whatever the model holds. */
  render(template: SendableTemplate, model: unknown, options: { readonly inlineCss: boolean }): TemplateRendered;
}

export interface TemplatesDeps {
  readonly store: Pick<TemplateStore, 'stamp' | 'template'>;
  readonly inliner: CssInliner;
  readonly clock: Pick<Clock, 'now'>;
  readonly cache?: TemplatesCache;
}

export interface TemplatesCache {
  readonly maxEntries: number;
  /** Bytes of memory, roughly. */
  readonly maxWeight: number;
}

const MB = 1_000_000;
export const TEMPLATES_CACHE: TemplatesCache = { maxEntries: 2_000, maxWeight: 64 * MB };

interface Kept {
  readonly stamp: TemplateStamp;
  readonly found: TemplateFound;
  readonly weight: number;
}

export function createTemplates({ store, inliner, clock, cache = TEMPLATES_CACHE }: TemplatesDeps): Templates {
  const kept = createBoundedCache<number, Kept>({ ...cache, ttlMs: Infinity, weigh: ({ weight }) => weight }, clock);

  async function load(serverId: ServerId, stamp: TemplateStamp): Promise<Kept | undefined> {
    const template = await store.template(serverId, { id: stamp.id });
    const layout = template?.layout && (await store.template(serverId, { id: template.layout.id }));
    // What changed since the stamp was read is kept under the old stamp, and so read again for the next message.
    return template && { stamp, ...compiled(template, layout) };
  }

  return {
    async find(serverId, ref) {
      const by = 'id' in ref ? 'TemplateId' : 'Alias';
      const stamp = await store.stamp(serverId, ref);
      if (stamp?.active !== true) return refused(TEMPLATE_API_ERRORS.notFound(by));
      if (stamp.type === 'Layout') return refused(TEMPLATE_API_ERRORS.isLayout(by));
      const known = kept.get(stamp.id);
      if (known !== undefined && isSame(known.stamp, stamp)) return known.found;
      const loaded = await load(serverId, stamp);
      if (loaded === undefined) return refused(TEMPLATE_API_ERRORS.notFound(by));
      kept.set(stamp.id, loaded);
      return loaded.found;
    },

    fromContent({ subject, htmlBody, textBody }) {
      const parts = compileParts({ subject, htmlBody, textBody }, 'Standard');
      return parts.kind === 'refused' ? parts : { kind: 'found', template: placeParts({ parts: parts.parts }) };
    },

    render(template, given, { inlineCss }) {
      const read = readModel(given);
      if (read.kind === 'refused') return read;
      const result = renderPlaced(template, read.model);
      if (result.kind === 'failed') {
        const where = `'${PART_NAMES[result.part]}': ${describeProblem(result.problem)}`;
        return refused(TEMPLATE_API_ERRORS.notRendered(where));
      }
      const { subject, htmlBody, textBody } = result;
      return {
        kind: 'rendered',
        ...(subject !== undefined && { subject: subject.replace(LINE_BREAKS, ' ') }),
        ...(htmlBody !== undefined && { htmlBody: inlineCss ? inliner.inline(htmlBody) : htmlBody }),
        ...(textBody !== undefined && { textBody }),
      };
    },
  };
}

const LINE_BREAKS = /[\r\n]+/g;

function isSame(a: TemplateStamp, b: TemplateStamp): boolean {
  return a.version === b.version && a.layoutId === b.layoutId && a.layoutVersion === b.layoutVersion;
}

/** What takes memory beside the texts. */
const ENTRY_BYTES = 500;

function compiled(template: StoredTemplate, layout: StoredTemplate | undefined): Omit<Kept, 'stamp'> {
  const own = compileParts(template, 'Standard');
  const around = layout && compileParts({ ...layout, subject: undefined }, 'Layout');
  // Templates were judged when they were saved; a later release may be stricter.
  if (own.kind === 'refused') return { found: own, weight: ENTRY_BYTES };
  if (around?.kind === 'refused') return { found: around, weight: ENTRY_BYTES };
  const weight = ENTRY_BYTES + weightOf(own.parts) + (around === undefined ? 0 : weightOf(around.parts));
  return { found: { kind: 'found', template: placeParts({ parts: own.parts, layout: around?.parts }) }, weight };
}

function weightOf(parts: CompiledParts): number {
  return PARTS.reduce((sum, part) => sum + (parts[part]?.weight ?? 0), 0);
}

export type PartsCompiled = { readonly kind: 'parts'; readonly parts: CompiledParts } | Refused;

/** The first part that is not valid is refused. */
export function compileParts(texts: TemplateTexts, type: StoredTemplate['type']): PartsCompiled {
  const parts: { [part in TemplatePart]?: CompiledTemplate } = {};
  for (const part of PARTS) {
    const source = texts[part];
    if (source === undefined) continue;
    const result = checkPart({ type, part, source });
    if (result.kind === 'invalid') return refused(partRefused(part, result.errors));
    parts[part] = result.template;
  }
  return { kind: 'parts', parts };
}

function refused(error: ApiError): Refused {
  return { kind: 'refused', error };
}
