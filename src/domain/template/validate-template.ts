// Judges a template without keeping it (contract management 5.4): each part parsed and rendered on trial, and a model that
// the parts ask for. Pure; the styles of the rendered HTML are the caller's to inline.
//
// The trial model is the suggested one under what the caller gave. A layout's placeholder is left as it is written.
import type { CompiledTemplate, TemplateError } from './compiled-template.ts';
import { checkPart, type TemplatePart, type TemplateType } from './check-part.ts';
import { inferModel, overlay } from './infer-model.ts';
import { judgeModel, type ModelProblem } from './judge-model.ts';
import type { JsonObject } from './model-value.ts';
import { TEMPLATE_LIMITS, type ParseResult, type TemplateLimits } from './parse-template.ts';
import { describeProblem, PARTS, placePart, type CompiledParts, type MessageTemplate } from './render-message.ts';
import { RENDER_LIMITS, renderTemplate, type RenderJob, type RenderLimits } from './render-template.ts';

export interface TemplateToValidate {
  readonly type: TemplateType;
  /** Sources; a part that is undefined was not submitted. */
  readonly parts: { readonly [part in TemplatePart]?: string | undefined };
  /** Of a Standard template. */
  readonly layout?: Pick<CompiledParts, 'htmlBody' | 'textBody'> | undefined;
  /** TestRenderModel. */
  readonly model: JsonObject;
}

export interface PartReport {
  /** False where the part cannot be parsed or rendered. */
  readonly isValid: boolean;
  readonly errors: readonly TemplateError[];
  /** null where the part is not valid. */
  readonly rendered: string | null;
}

export type ValidateResult =
  | {
      readonly kind: 'validated';
      readonly isAllValid: boolean;
      /** null for what was not submitted. */
      readonly parts: { readonly [part in TemplatePart]: PartReport | null };
      readonly suggestedModel: JsonObject;
    }
  | { readonly kind: 'model-refused'; readonly problem: ModelProblem };

export interface ValidateLimits {
  readonly parse: TemplateLimits;
  readonly render: RenderLimits;
}

export const VALIDATE_LIMITS: ValidateLimits = { parse: TEMPLATE_LIMITS, render: RENDER_LIMITS };

export function validateTemplate(given: TemplateToValidate, limits: ValidateLimits = VALIDATE_LIMITS): ValidateResult {
  const problem = judgeModel(given.model);
  if (problem !== undefined) return { kind: 'model-refused', problem };
  const parsed = parseParts(given, limits.parse);
  const message = messageOf(given, parsed);
  const suggestedModel = overlay(inferModel(ORDER.flatMap((part) => placePart(message, part) ?? [])), given.model);
  const report = (part: TemplatePart): PartReport | null => {
    const result = parsed[part];
    const placed = placePart(message, part);
    if (result?.kind === 'invalid') return { isValid: false, errors: result.errors, rendered: null };
    return placed === undefined ? null : tryOut({ ...placed, model: suggestedModel }, limits.render);
  };
  const parts = { subject: report('subject'), htmlBody: report('htmlBody'), textBody: report('textBody') };
  const isAllValid = PARTS.every((part) => parts[part]?.isValid ?? true);
  return { kind: 'validated', isAllValid, parts, suggestedModel };
}

/** In which the keys of the suggested model appear. */
const ORDER: readonly TemplatePart[] = ['htmlBody', 'textBody', 'subject'];

type ParsedParts = { readonly [part in TemplatePart]?: ParseResult };

function parseParts(given: TemplateToValidate, limits: TemplateLimits): ParsedParts {
  const parsed: { [part in TemplatePart]?: ParseResult } = {};
  for (const part of PARTS) {
    const source = given.parts[part];
    if (source !== undefined) parsed[part] = checkPart({ type: given.type, part, source }, limits);
  }
  return parsed;
}

function messageOf(given: TemplateToValidate, parsed: ParsedParts): MessageTemplate {
  const compiled = (part: TemplatePart): CompiledTemplate | undefined => {
    const result = parsed[part];
    return result?.kind === 'compiled' ? result.template : undefined;
  };
  const parts = { subject: compiled('subject'), htmlBody: compiled('htmlBody'), textBody: compiled('textBody') };
  return given.type === 'Layout' ? { parts } : { parts, layout: given.layout };
}

function tryOut(job: RenderJob, limits: RenderLimits): PartReport {
  const result = renderTemplate(job, limits);
  if (result.kind === 'rendered') return { isValid: true, errors: [], rendered: result.text };
  const error: TemplateError = { rule: 'render', message: describeProblem(result) };
  return { isValid: false, errors: [error], rendered: null };
}
