// Inlines style blocks by @css-inline/css-inline, a native module that is loaded when it is first needed.
//
// Promises: those of the port. It reads no file and fetches nothing: stylesheets of `link` elements are left to the mailbox. The
// module cannot be interrupted, so what could take it long is told before, by counting, and left as it is: a document that is
// large, deep, or has many elements for its selectors.
import { createRequire } from 'node:module';
import type * as CssInline from '@css-inline/css-inline';
import { isInlinable, INLINING_LIMITS, type InliningLimits } from './is-inlinable.ts';
import type { CssInliner } from '../../ports/css-inliner.ts';

type Inline = typeof CssInline.inline;

export function createCssInliner(limits: InliningLimits = INLINING_LIMITS): CssInliner {
  let inline: Inline | undefined;
  return {
    inline(html) {
      if (!isInlinable(html, limits)) return html;
      try {
        inline ??= load();
        const inlined = inline(html, OPTIONS);
        return Buffer.byteLength(inlined) > limits.maxBytesOut ? html : inlined;
      } catch {
        // CSS or HTML that it does not take; the mail leaves with its style blocks.
        return html;
      }
    },
  };
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
