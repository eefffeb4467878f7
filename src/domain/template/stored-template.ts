// A template as a server keeps it (contract management 5.2), and the rules for its fields: which must be there, how long they
// may be, what does not go together.
//
// Leaves to others: whether its alias is free and its layout exists (the store), and whether its texts parse (check-part.ts).
import type { ServerId } from '../../lib/ids.ts';
import { TEMPLATE_API_ERRORS } from '../template-api-errors.ts';
import type { ApiError } from '../api-error.ts';
import type { TemplatePart, TemplateType } from './check-part.ts';

/** Aliases are found and unique without regard to case. */
export type TemplateRef = { readonly id: number } | { readonly alias: string };

/** What a client writes. */
export interface TemplateFields extends TemplateTexts {
  readonly name: string;
  /** A layout without one is given one. */
  readonly alias: string | undefined;
  readonly type: TemplateType;
  readonly layout: TemplateRef | undefined;
}

/** Sources; undefined, never empty, for what a template does not have. */
export type TemplateTexts = { readonly [part in TemplatePart]: string | undefined };

export interface TemplateSummary {
  readonly id: number;
  readonly serverId: ServerId;
  readonly name: string;
  readonly alias: string | undefined;
  readonly type: TemplateType;
  readonly layout: { readonly id: number; readonly alias: string } | undefined;
  /** False once it was deleted. */
  readonly active: boolean;
}

export interface StoredTemplate extends TemplateSummary, TemplateTexts {}

export const TEMPLATE_FIELD_LIMITS = {
  nameChars: 255,
  aliasChars: 100,
  subjectChars: 2000,
  /** Each of HtmlBody and TextBody, in bytes of UTF-8. */
  bodyBytes: 5_000_000,
  /** Active ones of a server, layouts included. */
  perServer: 100,
} as const;

const ALIAS = /^[a-z][a-z0-9._-]*$/i;
/** Paths below /templates that are no template. */
const RESERVED_ALIASES = new Set(['push', 'validate']);

/** What is wrong with the fields of a template that is to be kept; undefined when nothing is. */
export function fieldProblem(fields: TemplateFields): ApiError | undefined {
  if (fields.name.trim() === '') return TEMPLATE_API_ERRORS.missing('Name');
  if (fields.type === 'Layout') {
    if (fields.subject !== undefined) return TEMPLATE_API_ERRORS.notOfLayout('Subject');
    if (fields.layout !== undefined) return TEMPLATE_API_ERRORS.notOfLayout('LayoutTemplate');
  } else if (fields.subject === undefined) return TEMPLATE_API_ERRORS.missing('Subject');
  if (fields.htmlBody === undefined && fields.textBody === undefined) return TEMPLATE_API_ERRORS.noBody();
  return aliasProblem(fields.alias) ?? lengthProblem(fields);
}

function aliasProblem(alias: string | undefined): ApiError | undefined {
  if (alias === undefined) return undefined;
  const { aliasChars } = TEMPLATE_FIELD_LIMITS;
  if (alias.length > aliasChars) return TEMPLATE_API_ERRORS.tooLong('Alias', `${aliasChars} characters`);
  if (!ALIAS.test(alias)) return TEMPLATE_API_ERRORS.badAlias();
  return RESERVED_ALIASES.has(alias.toLowerCase()) ? TEMPLATE_API_ERRORS.reservedAlias(alias) : undefined;
}

/** Also of what is only tried out. */
export function lengthProblem(fields: Partial<TemplateTexts> & { readonly name?: string }): ApiError | undefined {
  const { nameChars, subjectChars, bodyBytes } = TEMPLATE_FIELD_LIMITS;
  const { name = '', subject = '', htmlBody = '', textBody = '' } = fields;
  if (name.length > nameChars) return TEMPLATE_API_ERRORS.tooLong('Name', `${nameChars} characters`);
  if (subject.length > subjectChars) return TEMPLATE_API_ERRORS.tooLong('Subject', `${subjectChars} characters`);
  if (Buffer.byteLength(htmlBody) > bodyBytes) return TEMPLATE_API_ERRORS.tooLong('HtmlBody', '5 MB');
  if (Buffer.byteLength(textBody) > bodyBytes) return TEMPLATE_API_ERRORS.tooLong('TextBody', '5 MB');
  return undefined;
}
