// Errors of the templates' endpoints and of template sends (contract management 5 and 13, sending 3 and 8): Postmark's numbers,
// and the texts that clients depend on (contract management 21).
import { apiError, type ApiError } from './api-error.ts';
import type { TemplateError } from './template/compiled-template.ts';
import type { TemplatePart } from './template/check-part.ts';
import type { ModelProblem } from './template/judge-model.ts';

export const PART_NAMES: { readonly [part in TemplatePart]: string } = {
  subject: 'Subject',
  htmlBody: 'HtmlBody',
  textBody: 'TextBody',
};

export const TEMPLATE_API_ERRORS = {
  badQuery: (message: string) => apiError(1100, message),

  notNamed: () => apiError(1101, "Name the template to send: either 'TemplateId' or 'TemplateAlias' is required."),
  notFound: (by: 'TemplateId' | 'Alias') =>
    apiError(1101, `The Template's '${by}' associated with this request is not valid or was not found.`),
  isLayout: (by: 'TemplateId' | 'Alias') =>
    apiError(
      1101,
      `The Template's '${by}' associated with this request is not valid or was not found: it is a layout, which cannot be sent.`,
    ),
  layoutNotFound: () =>
    apiError(1101, "The 'LayoutTemplate' associated with this request is not valid or was not found."),

  limit: (most: number) => apiError(1105, `A server can have ${most} active templates at most, layouts included.`),
  nothing: () => apiError(1109, 'The request holds no template data.'),

  missing: (field: 'Name' | 'Subject' | 'TemplateModel') => apiError(1120, `The field '${field}' is required.`),
  noBody: () => apiError(1120, "One of the fields 'HtmlBody' and 'TextBody' is required."),
  noContent: () => apiError(1120, "One of the fields 'Subject', 'HtmlBody' and 'TextBody' is required."),
  tooLong: (field: string, most: string) => apiError(1121, `The field '${field}' is longer than ${most}.`),

  badType: () => apiError(1122, "The field 'TemplateType' must be 'Standard' or 'Layout'."),
  typeStays: () => apiError(1122, "The 'TemplateType' of a template cannot be changed."),
  badAlias: () =>
    apiError(1122, "The field 'Alias' must begin with a letter and consist of letters, digits, '.', '-' and '_'."),
  reservedAlias: (alias: string) => apiError(1122, `The alias '${alias}' is reserved.`),
  aliasTaken: (alias: string) => apiError(1122, `The alias '${alias}' is used by another template of this server.`),
  notRendered: (detail: string) => apiError(1122, `The template could not be rendered: ${detail}`),

  notWithTemplate: (field: string) => apiError(1123, `The field '${field}' is not allowed together with a template.`),
  notOfLayout: (field: 'Subject' | 'LayoutTemplate') =>
    apiError(1123, `The field '${field}' is not allowed in a template of type 'Layout'.`),

  nothingToPush: () => apiError(1124, 'The source server has no template with an alias, so there is nothing to push.'),
  pushTooLarge: (most: string) => apiError(1124, `The templates to push are larger than ${most} together.`),
  pushType: (alias: string) => apiError(1125, `The template '${alias}' is of another type on the destination server.`),
  noServers: (missing: 'both' | 'source' | 'destination') =>
    apiError(
      601,
      missing === 'both'
        ? 'The source and destination servers were not found.'
        : `The ${missing} server was not found.`,
    ),

  layoutInUse: () =>
    apiError(1130, 'This layout is used by templates; give those another layout, or delete them first.'),
} as const;

/** A part that does not parse, as the API refuses it: 1131 for the rules of layouts, else 1122; the first errors are told. */
export function partRefused(part: TemplatePart, errors: readonly TemplateError[]): ApiError {
  const told = errors
    .slice(0, MOST_TOLD)
    .map(({ message, position }) =>
      position === undefined ? message : `Line ${position.line}, character ${position.character}: ${message}`,
    );
  const more = errors.length > told.length ? [`And ${errors.length - told.length} more.`] : [];
  const code = errors.every(({ rule }) => rule === 'placeholder') ? 1131 : 1122;
  return apiError(code, [`The field '${PART_NAMES[part]}' is not a valid template.`, ...told, ...more].join(' '));
}

const MOST_TOLD = 3;

export function modelRefused(field: string, problem: ModelProblem): ApiError {
  switch (problem.kind) {
    case 'reserved-key':
      return apiError(
        1122,
        `The field '${field}' holds the reserved key '${problem.key.slice(0, LONGEST_KEY)}'; names that begin with 'pm:' or '@' are not free.`.toWellFormed(),
      );
    case 'too-deep':
      return apiError(1121, `The field '${field}' is nested more than ${problem.limit} levels deep.`);
    case 'too-large':
      return apiError(1121, `The field '${field}' is larger than ${problem.limit / MB} MB.`);
  }
}

const LONGEST_KEY = 60;
const MB = 1_000_000;
