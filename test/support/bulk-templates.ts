// Templates for tests of bulk requests: those of the store, with style blocks left as they are but for a mark.
import { createTemplates, type Templates } from '../../src/core/sendable-template.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';

const inlined = (html: string): string => `<!-- inlined -->${html}`;

export function bulkTemplates({ templates }: ControlStore, clock: Clock): Templates {
  return createTemplates({ store: templates, inliner: { inline: inlined, inlineQuickly: inlined }, clock });
}
