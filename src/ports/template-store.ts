// Templates of servers: part of the control data.
//
// Promises: those of the control store; an alias names one active template of a server, without regard to case; every layout has
// an alias, `layout-<id>` where none was given; no layout goes while an active template uses it. Asks of callers: texts that parse.
import type { TemplateType } from '../domain/template/check-part.ts';
import type {
  StoredTemplate,
  TemplateFields,
  TemplateRef,
  TemplateSummary,
} from '../domain/template/stored-template.ts';
import type { ServerId } from '../lib/ids.ts';

export interface TemplateFilter {
  readonly serverId: ServerId;
  readonly type: TemplateType | undefined;
  /** Alias of the layout that they use. */
  readonly layout: string | undefined;
}

/** A new template, or in place of all that the template of the id was; the type of that does not change. */
export interface TemplateWrite {
  readonly id?: number | undefined;
  readonly fields: TemplateFields;
}

export type TemplatesSaved =
  | { readonly kind: 'saved'; readonly templates: readonly StoredTemplate[] }
  | { readonly kind: 'alias-taken'; readonly alias: string }
  | { readonly kind: 'layout-missing' }
  /** What is to be changed was deleted. */
  | { readonly kind: 'missing' }
  /** More active ones than a server may have. */
  | { readonly kind: 'full' };

/** Changes whenever what is sent with the template changes, be it in its layout. */
export interface TemplateStamp {
  readonly id: number;
  readonly type: TemplateType;
  readonly active: boolean;
  readonly version: number;
  /** Of the layout; 0 without one. */
  readonly layoutVersion: number;
  readonly layoutId: number;
}

export interface TemplateStore {
  /** By id also what was deleted, by alias active ones only. */
  template(serverId: ServerId, ref: TemplateRef): Promise<StoredTemplate | undefined>;
  /** As `template`, for what is asked for each message: without texts. */
  stamp(serverId: ServerId, ref: TemplateRef): Promise<TemplateStamp | undefined>;
  /** Active ones in order of their ids. */
  list(
    filter: TemplateFilter,
    page: { readonly count: number; readonly offset: number },
  ): Promise<{ readonly total: number; readonly items: readonly TemplateSummary[] }>;
  /** All or none, in order: a later one can use a layout that an earlier one makes. */
  save(serverId: ServerId, writes: readonly TemplateWrite[]): Promise<TemplatesSaved>;
  /** Its alias becomes free. Of what was deleted the newest are kept, to be read. */
  remove(serverId: ServerId, id: number): Promise<'removed' | 'missing' | 'layout-in-use'>;
}

/** Deleted templates that a server keeps. */
export const MAX_DELETED_TEMPLATES = 500;
