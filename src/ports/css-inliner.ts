// Moves the rules of an HTML document's style blocks into the elements that they match, for mailboxes that drop the blocks.
export interface CssInliner {
  /**
   * Never throws, never fetches anything, ends within tens of milliseconds. What cannot be inlined within those bounds comes back as it
   * was; placeholders such as `{{{ pm:unsubscribe }}}` stay as they are.
   */
  inline(html: string): string;
  /** The same within few milliseconds; undefined for what could take longer. */
  inlineQuickly(html: string): string | undefined;
}
