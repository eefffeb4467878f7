// Compiles one part of a template and holds it against the rules of layouts (contract management 5.3): each body of a
// layout has the placeholder exactly once, nothing else has it, and a layout has no subject.
import type { CompiledTemplate, Position, TemplateError } from './compiled-template.ts';
import { parseTemplate, TEMPLATE_LIMITS, type ParseResult, type TemplateLimits } from './parse-template.ts';
import { TEMPLATE_ERRORS, type ErrorText } from './template-errors.ts';

export type TemplateType = 'Standard' | 'Layout';
export type TemplatePart = 'subject' | 'htmlBody' | 'textBody';

export interface PartSource {
  readonly type: TemplateType;
  readonly part: TemplatePart;
  readonly source: string;
}

/** Of a part that breaks the rules of layouts all errors have the rule `placeholder`, which the API answers with a code of its own. */
export function checkPart(given: PartSource, limits: TemplateLimits = TEMPLATE_LIMITS): ParseResult {
  const parsed = parseTemplate(given.source, limits);
  if (parsed.kind === 'invalid') return parsed;
  const errors = placeholderErrors(given, parsed.template);
  return errors.length === 0 ? parsed : { kind: 'invalid', errors: errors.slice(0, limits.maxErrors) };
}

function placeholderErrors({ type, part }: PartSource, template: CompiledTemplate): readonly TemplateError[] {
  const { placeholders } = template;
  if (type === 'Standard') return placeholders.map((position) => at(position, TEMPLATE_ERRORS.strayPlaceholder()));
  if (part === 'subject') return [TEMPLATE_ERRORS.subjectOfLayout()];
  if (placeholders.length === 0) return [TEMPLATE_ERRORS.noPlaceholder()];
  return placeholders.slice(1).map((position) => at(position, TEMPLATE_ERRORS.secondPlaceholder()));
}

function at(position: Position, text: ErrorText): TemplateError {
  return { ...text, position };
}
