// Short forms for tests of templates.
import assert from 'node:assert/strict';
import type { CompiledTemplate, TemplateError } from '../../src/domain/template/compiled-template.ts';
import type { JsonObject } from '../../src/domain/template/model-value.ts';
import { parseTemplate, TEMPLATE_LIMITS } from '../../src/domain/template/parse-template.ts';
import { RENDER_LIMITS, renderTemplate, type RenderResult } from '../../src/domain/template/render-template.ts';

export function compiled(source: string): CompiledTemplate {
  const result = parseTemplate(source);
  assert.equal(result.kind, 'compiled', `${source}: ${JSON.stringify(result)}`);
  return result.template;
}

export function errorsOf(source: string, limits = TEMPLATE_LIMITS): readonly TemplateError[] {
  const result = parseTemplate(source, limits);
  return result.kind === 'invalid' ? result.errors : [];
}

/** `line:character` of each error. */
export function places(errors: readonly TemplateError[]): readonly string[] {
  return errors.map(({ position }) => (position ? `${position.line}:${position.character}` : 'nowhere'));
}

export function run(source: string, model: JsonObject, limits = RENDER_LIMITS): RenderResult {
  return renderTemplate({ template: compiled(source), model, escape: true }, limits);
}

/** As an HTML body. */
export function html(source: string, model: JsonObject): string {
  return textOf(run(source, model), source);
}

/** As a text body or a subject. */
export function plain(source: string, model: JsonObject): string {
  return textOf(renderTemplate({ template: compiled(source), model, escape: false }), source);
}

function textOf(result: RenderResult, source: string): string {
  assert.equal(result.kind, 'rendered', `${source}: ${JSON.stringify(result)}`);
  return result.text;
}
