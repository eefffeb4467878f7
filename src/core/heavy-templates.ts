// What is asked of templates at any cost, on the thread that it is asked on: for the thread of its own that the process has for it.
import { checkTexts, TEST_CONTENT, type Templates } from './sendable-template.ts';
import { tryTemplate, type TemplateTried } from './try-template.ts';
import type { ServerId } from '../lib/ids.ts';
import type { CssInliner } from '../ports/css-inliner.ts';
import type { HeavyTemplates } from '../ports/heavy-templates.ts';
import type { TemplateStore } from '../ports/template-store.ts';

export interface HeavyTemplatesDeps {
  readonly store: Pick<TemplateStore, 'template'>;
  readonly templates: Pick<Templates, 'find' | 'fromContent' | 'render'>;
  readonly inliner: CssInliner;
  /** The answer to a trial, as JSON holds it. */
  readonly present: (tried: Extract<TemplateTried, { kind: 'validated' }>) => unknown;
}

/** No template is of it. */
const NO_SERVER = 0 as ServerId;

export function createHeavyTemplates({ store, templates, inliner, present }: HeavyTemplatesDeps): HeavyTemplates {
  return {
    async render({ serverId, ref, model, inlineCss }) {
      const found = serverId === undefined ? templates.fromContent(TEST_CONTENT) : await templates.find(serverId, ref);
      return found.kind === 'refused' ? found : templates.render(found.template, model, { inlineCss });
    },
    async try(serverId = NO_SERVER, trial) {
      const tried = await tryTemplate({ store, inliner, serverId }, trial);
      return tried.kind === 'refused' ? tried : { kind: 'tried', json: JSON.stringify(present(tried)) };
    },
    check: async (_serverId, given) => checkTexts(given),
  };
}
