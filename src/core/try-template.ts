// Tries a template out without keeping it (contract management 5.4): parsed, rendered on trial, its styles inlined, and the
// model that it asks for.
//
// What is wrong with the template is part of the answer; an error is only what is wrong with the request.
import { given, readType } from './manage-templates.ts';
import { readModel } from './read-model.ts';
import { compileParts } from './sendable-template.ts';
import type { ApiError } from '../domain/api-error.ts';
import { modelRefused, TEMPLATE_API_ERRORS } from '../domain/template-api-errors.ts';
import type { CompiledParts } from '../domain/template/render-message.ts';
import { lengthProblem } from '../domain/template/stored-template.ts';
import { validateTemplate, type ValidateResult } from '../domain/template/validate-template.ts';
import type { ServerId } from '../lib/ids.ts';
import type { CssInliner } from '../ports/css-inliner.ts';
import type { TemplateTrial } from '../ports/heavy-templates.ts';
import type { TemplateStore } from '../ports/template-store.ts';

export interface TryTemplateDeps {
  readonly store: Pick<TemplateStore, 'template'>;
  readonly inliner: CssInliner;
  readonly serverId: ServerId;
}

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
export type TemplateTried = Extract<ValidateResult, { kind: 'validated' }> | Refused;

export async function tryTemplate(deps: TryTemplateDeps, trial: TemplateTrial): Promise<TemplateTried> {
  const type = readType(trial.type);
  if (type === undefined) return refused(TEMPLATE_API_ERRORS.badType());
  const parts = { subject: given(trial.subject), htmlBody: given(trial.htmlBody), textBody: given(trial.textBody) };
  if (Object.values(parts).every((part) => part === undefined)) return refused(TEMPLATE_API_ERRORS.noContent());
  const tooLong = lengthProblem(parts);
  if (tooLong !== undefined) return refused(tooLong);
  const alias = given(trial.layout);
  if (type === 'Layout' && alias !== undefined) return refused(TEMPLATE_API_ERRORS.notOfLayout('LayoutTemplate'));
  const layout = await layoutOf(deps, alias);
  if (layout.kind === 'refused') return layout;
  const model = readModel(trial.testModel ?? {}, 'TestRenderModel');
  if (model.kind === 'refused') return model;
  const result = validateTemplate({ type, parts, layout: layout.parts, model: model.model });
  if (result.kind === 'model-refused') return refused(modelRefused('TestRenderModel', result.problem));
  return trial.inlineCss ? withStylesInlined(result, deps.inliner) : result;
}

async function layoutOf(
  { store, serverId }: TryTemplateDeps,
  alias: string | undefined,
): Promise<{ readonly kind: 'layout'; readonly parts: CompiledParts | undefined } | Refused> {
  if (alias === undefined) return { kind: 'layout', parts: undefined };
  const layout = await store.template(serverId, { alias });
  if (layout?.type !== 'Layout') return refused(TEMPLATE_API_ERRORS.layoutNotFound());
  const compiled = compileParts({ ...layout, subject: undefined }, 'Layout');
  return compiled.kind === 'refused' ? compiled : { kind: 'layout', parts: compiled.parts };
}

type Validated = Extract<ValidateResult, { kind: 'validated' }>;

function withStylesInlined(result: Validated, inliner: CssInliner): Validated {
  const html = result.parts.htmlBody;
  if (html === null || html.rendered === null) return result;
  return { ...result, parts: { ...result.parts, htmlBody: { ...html, rendered: inliner.inline(html.rendered) } } };
}

function refused(error: ApiError): Refused {
  return { kind: 'refused', error };
}
