// From a JSON value that names a template and its model to the draft that submit takes (contract sending 8): the template is
// found and rendered here, and from then on it is a message like any other.
//
// The order of refusals: types of fields, what may not stand beside a template, which template, its model, rendering. The test
// token has no templates: its model is judged, and its message as if the template had a text body.
import type { ServerCaller } from './auth.ts';
import { draftOf, type DraftRead } from './read-draft.ts';
import { fieldReader } from './read-fields.ts';
import { TemplatedEmailSchema } from './template.schema.ts';
import type { RenderTemplate } from '../../core/render-template.ts';
import type { TemplateRef } from '../../core/sendable-template.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { TEMPLATE_API_ERRORS } from '../../domain/template-api-errors.ts';

export type TemplateDraftReader = (value: unknown, caller: ServerCaller) => Promise<DraftRead>;

export function createTemplateDraftReader(render: RenderTemplate): TemplateDraftReader {
  const read = fieldReader(TemplatedEmailSchema);
  return async (value, caller) => {
    const fields = read(value);
    if (fields.kind === 'invalid') return refused(API_ERRORS.invalidFields(fields.fields));
    const {
      Subject,
      HtmlBody,
      TextBody,
      TemplateId,
      TemplateAlias,
      TemplateModel: model,
      InlineCss: inlineCss = true,
    } = fields.value;
    const beside = Object.entries({ Subject, HtmlBody, TextBody }).find(
      ([, text]) => text !== undefined && text !== '',
    );
    if (beside !== undefined) return refused(TEMPLATE_API_ERRORS.notWithTemplate(beside[0]));
    const ref = refOf(TemplateId, TemplateAlias);
    if (ref === undefined) return refused(TEMPLATE_API_ERRORS.notNamed());
    const rendered = await render({ serverId: caller.principal?.server.id, ref, model, inlineCss });
    if (rendered.kind === 'refused') return rendered;
    const { subject, htmlBody, textBody } = rendered;
    return { kind: 'draft', draft: { ...draftOf(fields.value), subject, htmlBody, textBody } };
  };
}

/** Some clients send 0 for an id that is not given. */
function refOf(id: number | undefined, alias: string | undefined): TemplateRef | undefined {
  if (id !== undefined && id !== 0) return { id };
  return alias === undefined || alias.trim() === '' ? undefined : { alias: alias.trim() };
}

function refused(error: ApiError): DraftRead {
  return { kind: 'refused', error };
}
