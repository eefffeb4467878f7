// Inlines style blocks by @css-inline/css-inline, a native module that is loaded when it is first needed.
//
// Promises: those of the port. It reads no file and fetches nothing: stylesheets of `link` elements are left to the mailbox. The
// module cannot be interrupted, so what could take it long is told before, by counting, and left as it is: a document that is
// large, deep, or has many elements for its selectors.
import { createRequire } from 'node:module';
import type * as CssInline from '@css-inline/css-inline';
import { costOfInlining, hasStyles } from './cost-of-inlining.ts';
import type { CssInliner } from '../../ports/css-inliner.ts';

type Inline = typeof CssInline.inline;

export interface InliningLimits {
  readonly maxBytesIn: number;
  readonly maxBytesOut: number;
  /** Of the worst document, in microseconds; ordinary ones take a third of it. */
  readonly maxCost: number;
}

export const INLINING_LIMITS: InliningLimits = {
  maxBytesIn: 500_000,
  maxBytesOut: 5_000_000,
  maxCost: 100_000,
};

/** Of what is inlined where nobody may wait long; the parser of HTML takes some milliseconds for so many bytes. */
const QUICK = { bytes: 100_000, cost: 20_000 } as const;

export function createCssInliner(limits: InliningLimits = INLINING_LIMITS): CssInliner {
  let module: Inline | undefined;

  function inlined(html: string, cost: number): string {
    if (cost > limits.maxCost) return html;
    try {
      module ??= load();
      const result = module(html, OPTIONS);
      return Buffer.byteLength(result) > limits.maxBytesOut ? html : result;
    } catch {
      // CSS or HTML that it does not take; the mail leaves with its style blocks.
      return html;
    }
  }

  return {
    inline(html) {
      if (!hasStyles(html) || isLarger(html, limits.maxBytesIn)) return html;
      return inlined(html, costOfInlining(html));
    },
    inlineQuickly(html) {
      if (!hasStyles(html) || isLarger(html, limits.maxBytesIn)) return html;
      if (html.length > QUICK.bytes) return undefined;
      const cost = costOfInlining(html);
      return cost > QUICK.cost && cost <= limits.maxCost ? undefined : inlined(html, cost);
    },
  };
}

function isLarger(html: string, bytes: number): boolean {
  return html.length > bytes || Buffer.byteLength(html) > bytes;
}

/** What cannot be inlined, such as `@media` and `:hover`, stays in the style block. */
const OPTIONS = {
  inlineStyleTags: true,
  keepStyleTags: true,
  keepLinkTags: true,
  keepAtRules: true,
  removeInlinedSelectors: true,
  loadRemoteStylesheets: false,
} as const;

function load(): Inline {
  const require = createRequire(import.meta.url);
  return (require('@css-inline/css-inline') as typeof CssInline).inline;
}
