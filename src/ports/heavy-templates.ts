// Work on templates that could hold a thread for long, done where nobody accepts mail: large sources and models, loops in loops, much
// output, many styles.
//
// Promises: an answer within a deadline, a refusal that says to try again where that passes; servers take turns.
import type { ApiError } from '../domain/api-error.ts';
import type { TemplateType } from '../domain/template/check-part.ts';
import type { TemplateRef, TemplateTexts } from '../domain/template/stored-template.ts';
import type { ServerId } from '../lib/ids.ts';

type Refused = { readonly kind: 'refused'; readonly error: ApiError };

export interface TemplateJob {
  /** Undefined for the test token, which has no templates. */
  readonly serverId: ServerId | undefined;
  readonly ref: TemplateRef;
  /** What JSON held: an object, or its text. */
  readonly model: unknown;
  readonly inlineCss: boolean;
}

export type TemplateRendered =
  | { readonly kind: 'rendered'; readonly subject?: string; readonly htmlBody?: string; readonly textBody?: string }
  | Refused;

/** As a client gave it: undefined for what it did not name. */
export interface TemplateTrial {
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly htmlBody?: string | undefined;
  readonly textBody?: string | undefined;
  /** Alias. */
  readonly layout?: string | undefined;
  /** What JSON held: an object, or its text. */
  readonly testModel: unknown;
  readonly inlineCss: boolean;
}

/** `json` is the answer as it is sent: a suggested model may have a hundred thousand keys. */
export type TrialAnswer = { readonly kind: 'tried'; readonly json: string } | Refused;

export interface TemplateToCheck {
  readonly type: TemplateType;
  readonly texts: TemplateTexts;
}

export interface HeavyTemplates {
  /** Finds the template and renders it. */
  render(job: TemplateJob): Promise<TemplateRendered>;
  try(serverId: ServerId | undefined, trial: TemplateTrial): Promise<TrialAnswer>;
  /** What is wrong with the texts of a template that is to be kept. */
  check(serverId: ServerId, given: TemplateToCheck): Promise<ApiError | undefined>;
}
