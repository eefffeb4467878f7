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
  type MessageResult,
  type PlacedParts,
} from '../domain/template/render-message.ts';
import { RENDER_LIMITS, type RenderLimits } from '../domain/template/render-template.ts';
import type { StoredTemplate, TemplateRef, TemplateTexts } from '../domain/template/stored-template.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { ServerId } from '../lib/ids.ts';
import type { CssInliner } from '../ports/css-inliner.ts';
import type { TemplateRendered, TemplateToCheck } from '../ports/heavy-templates.ts';
import type { TemplateStamp, TemplateStore } from '../ports/template-store.ts';

export type { TemplateRef } from '../domain/template/stored-template.ts';

/** The compiled parts, each within its layout; undefined for a part that the template does not have. */
export type SendableTemplate = PlacedParts;

export type { TemplateRendered } from '../ports/heavy-templates.ts';

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
export type TemplateFound = { readonly kind: 'found'; readonly template: SendableTemplate } | Refused;

export interface Templates {
  /** By id or alias, of the server; what was deleted and layouts are refused with 1101. */
  find(serverId: ServerId, ref: TemplateRef): Promise<TemplateFound>;
  /** The same, but for what takes more than some milliseconds to compile. */
  findQuickly(serverId: ServerId, ref: TemplateRef): Promise<TemplateFound | 'large'>;
  /** Content that is given in place of a template; not kept. */
  fromContent(content: {
    readonly subject?: string;
    readonly htmlBody?: string;
    readonly textBody?: string;
  }): TemplateFound;
  /** `model` is what JSON held: an object, or its text. A subject is one line, whatever the model holds. */
  render(template: SendableTemplate, model: unknown, options: RenderOptions): TemplateRendered;
  /** The same, for a model of some ten kilobytes; undefined for what takes more than some milliseconds. */
  renderQuickly(template: SendableTemplate, model: unknown, options: RenderOptions): TemplateRendered | undefined;
}

export interface RenderOptions {
  readonly inlineCss: boolean;
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

/** Characters of all texts of a template and its layout that are compiled quickly. */
export const QUICK_SOURCE = 128_000;
/** Of each part; more is a matter of tens of milliseconds, escaping above all. */
const QUICK_RENDER: RenderLimits = { ...RENDER_LIMITS, maxSteps: 20_000, maxOutputBytes: 200_000 };
/** Stands for any template of the test token, which has none. */
export const TEST_CONTENT = { textBody: 'A test.' } as const;

interface Kept {
  readonly stamp: TemplateStamp;
  readonly found: TemplateFound | 'large';
  readonly weight: number;
}

export function createTemplates({ store, inliner, clock, cache = TEMPLATES_CACHE }: TemplatesDeps): Templates {
  const kept = createBoundedCache<number, Kept>({ ...cache, ttlMs: Infinity, weigh: ({ weight }) => weight }, clock);

  async function load(serverId: ServerId, stamp: TemplateStamp, most: number): Promise<Kept | undefined> {
    const template = await store.template(serverId, { id: stamp.id });
    const layout = template?.layout && (await store.template(serverId, { id: template.layout.id }));
    if (template === undefined) return undefined;
    if (lengthOf(template) + lengthOf(layout) > most) return { stamp, found: 'large', weight: ENTRY_BYTES };
    // What changed since the stamp was read is kept under the old stamp, and so read again for the next message.
    return { stamp, ...compiled(template, layout) };
  }

  async function find(serverId: ServerId, ref: TemplateRef, most: number): Promise<TemplateFound | 'large'> {
    const by = 'id' in ref ? 'TemplateId' : 'Alias';
    const stamp = await store.stamp(serverId, ref);
    if (stamp?.active !== true) return refused(TEMPLATE_API_ERRORS.notFound(by));
    if (stamp.type === 'Layout') return refused(TEMPLATE_API_ERRORS.isLayout(by));
    const known = kept.get(stamp.id);
    const isKnown = known !== undefined && isSame(known.stamp, stamp);
    if (isKnown && (known.found !== 'large' || most < Infinity)) return known.found;
    const loaded = await load(serverId, stamp, most);
    if (loaded === undefined) return refused(TEMPLATE_API_ERRORS.notFound(by));
    kept.set(stamp.id, loaded);
    return loaded.found;
  }

  return {
    async find(serverId, ref) {
      const found = await find(serverId, ref, Infinity);
      if (found === 'large') throw new Error('nothing is too large without a bound');
      return found;
    },
    findQuickly: (serverId, ref) => find(serverId, ref, QUICK_SOURCE),

    fromContent({ subject, htmlBody, textBody }) {
      const parts = compileParts({ subject, htmlBody, textBody }, 'Standard');
      return parts.kind === 'refused' ? parts : { kind: 'found', template: placeParts({ parts: parts.parts }) };
    },

    render(template, given, { inlineCss }) {
      const read = readModel(given);
      if (read.kind === 'refused') return read;
      const result = renderPlaced(template, read.model);
      if (result.kind === 'failed') return notRendered(result);
      return rendered(result, inlineCss ? (html) => inliner.inline(html) : asIs);
    },

    renderQuickly(template, given, { inlineCss }) {
      const read = readModel(given);
      if (read.kind === 'refused') return read;
      const result = renderPlaced(template, read.model, QUICK_RENDER);
      if (result.kind === 'failed') return result.problem.kind === 'too-much' ? undefined : notRendered(result);
      if (!inlineCss || result.htmlBody === undefined) return rendered(result, asIs);
      const htmlBody = inliner.inlineQuickly(result.htmlBody);
      return htmlBody === undefined ? undefined : rendered({ ...result, htmlBody }, asIs);
    },
  };
}

type Parts = Extract<MessageResult, { kind: 'rendered' }>;

function rendered({ subject, htmlBody, textBody }: Parts, styled: (html: string) => string): TemplateRendered {
  return {
    kind: 'rendered',
    ...(subject !== undefined && { subject: subject.replace(LINE_BREAKS, ' ') }),
    ...(htmlBody !== undefined && { htmlBody: styled(htmlBody) }),
    ...(textBody !== undefined && { textBody }),
  };
}

function asIs(html: string): string {
  return html;
}

function notRendered({ part, problem }: Extract<MessageResult, { kind: 'failed' }>): Refused {
  return refused(TEMPLATE_API_ERRORS.notRendered(`'${PART_NAMES[part]}': ${describeProblem(problem)}`));
}

/** Characters of all its texts. */
export function lengthOf(template: TemplateTexts | undefined): number {
  return PARTS.reduce((sum, part) => sum + (template?.[part]?.length ?? 0), 0);
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

export function checkTexts({ texts, type }: TemplateToCheck): ApiError | undefined {
  const parts = compileParts(texts, type);
  return parts.kind === 'refused' ? parts.error : undefined;
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
