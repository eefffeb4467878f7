// Finds and renders the template of a message where mail is accepted: what is quick at once, as nearly all of it is, and the
// rest elsewhere, so that no template, model or style block holds up the others.
import { TEST_CONTENT, type Templates } from './sendable-template.ts';
import type { HeavyTemplates, TemplateJob, TemplateRendered } from '../ports/heavy-templates.ts';

export type RenderTemplate = (job: TemplateJob) => Promise<TemplateRendered>;

export interface RenderTemplateDeps {
  readonly templates: Pick<Templates, 'findQuickly' | 'fromContent' | 'renderQuickly'>;
  readonly heavy: Pick<HeavyTemplates, 'render'>;
}

export function createRenderTemplate({ templates, heavy }: RenderTemplateDeps): RenderTemplate {
  return async (job) => {
    const { serverId, ref, model } = job;
    if (typeof model === 'string' && model.length > LARGE_TEXT) return heavy.render(job);
    const found =
      serverId === undefined ? templates.fromContent(TEST_CONTENT) : await templates.findQuickly(serverId, ref);
    if (found === 'large') return heavy.render(job);
    if (found.kind === 'refused') return found;
    return templates.renderQuickly(found.template, model, job) ?? heavy.render(job);
  };
}

/** Characters of a model's JSON; parsing and judging more may take milliseconds. */
export const LARGE_TEXT = 64 * 1024;
