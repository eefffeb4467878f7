// Renders all parts of a template for one message: each body within the layout's body of its kind, the subject alone; only
// HTML is escaped (contract management 5.3, 6.6). Where the layout has no body of that kind, the template's stands alone.
import type { CompiledTemplate } from './compiled-template.ts';
import type { TemplatePart } from './check-part.ts';
import type { JsonObject } from './model-value.ts';
import {
  RENDER_LIMITS,
  renderTemplate,
  type RenderJob,
  type RenderLimits,
  type RenderProblem,
} from './render-template.ts';

export interface MessageTemplate {
  readonly parts: CompiledParts;
  readonly layout?: Pick<CompiledParts, 'htmlBody' | 'textBody'> | undefined;
}

export type CompiledParts = { readonly [part in TemplatePart]?: CompiledTemplate | undefined };

export type MessageResult =
  | ({ readonly kind: 'rendered' } & { readonly [part in TemplatePart]: string | undefined })
  | { readonly kind: 'failed'; readonly part: TemplatePart; readonly problem: RenderProblem };

/** The parts of a message, each with what it stands in; made once for many messages. */
export type PlacedParts = { readonly [part in TemplatePart]: PlacedPart | undefined };
export type PlacedPart = Omit<RenderJob, 'model'>;

export function placeParts(message: MessageTemplate): PlacedParts {
  return {
    subject: placePart(message, 'subject'),
    htmlBody: placePart(message, 'htmlBody'),
    textBody: placePart(message, 'textBody'),
  };
}

/** A part that the template does not have is undefined. The limits are each part's own. */
export function renderPlaced(
  placed: PlacedParts,
  model: JsonObject,
  limits: RenderLimits = RENDER_LIMITS,
): MessageResult {
  const texts: { [part in TemplatePart]?: string } = {};
  for (const part of PARTS) {
    const job = placed[part];
    if (job === undefined) continue;
    const result = renderTemplate({ ...job, model }, limits);
    if (result.kind !== 'rendered') return { kind: 'failed', part, problem: result };
    texts[part] = result.text;
  }
  return { kind: 'rendered', subject: texts.subject, htmlBody: texts.htmlBody, textBody: texts.textBody };
}

export const PARTS: readonly TemplatePart[] = ['subject', 'htmlBody', 'textBody'];

/** The part within its layout, and whether it is escaped; undefined for a part that the template does not have. */
export function placePart(message: MessageTemplate, part: TemplatePart): PlacedPart | undefined {
  const own = message.parts[part];
  if (own === undefined) return undefined;
  const layout = part === 'subject' ? undefined : message.layout?.[part];
  const escape = part === 'htmlBody';
  return layout === undefined ? { template: own, escape } : { template: layout, content: own, escape };
}

/** For the answer of the API and for the bounce of an accepted message; holds nothing of the model's values. */
export function describeProblem(problem: RenderProblem): string {
  if (problem.kind === 'not-an-array') {
    return `The template loops over '${problem.path.slice(0, LONGEST_QUOTE)}', which is no array in the model.`.toWellFormed();
  }
  switch (problem.bound) {
    case 'steps':
      return `Rendering takes more than ${problem.limit} steps; the template loops too often for this model.`;
    case 'depth':
      return `Rendering goes through more than ${problem.limit} blocks within each other.`;
    case 'output':
      return `The rendered content is larger than ${problem.limit} bytes.`;
  }
}

const LONGEST_QUOTE = 60;
