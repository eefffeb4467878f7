// Whether a document has styles to inline, and few enough of everything that inlining them takes milliseconds.
//
// Counts in one pass over the text, and more than there are where it is not sure: tags within comments count, and every comma and
// brace in a style block is a selector.

export interface InliningLimits {
  readonly maxBytesIn: number;
  readonly maxBytesOut: number;
  /** Elements times selectors: each is held against each. */
  readonly maxMatches: number;
  /** Opening tags that are not closed at one place. */
  readonly maxDepth: number;
}

export const INLINING_LIMITS: InliningLimits = {
  maxBytesIn: 200_000,
  maxBytesOut: 5_000_000,
  maxMatches: 250_000,
  maxDepth: 250,
};

export function isInlinable(html: string, limits: InliningLimits): boolean {
  if (!STYLE.test(html)) return false;
  if (html.length > limits.maxBytesIn || Buffer.byteLength(html) > limits.maxBytesIn) return false;
  const { elements, depth } = countElements(html);
  return depth <= limits.maxDepth && elements * countSelectors(html) <= limits.maxMatches;
}

const STYLE = /<style[\s>/]/i;
const TAG = /<(\/?)([a-z][a-z0-9]*)/gi;

/** Elements that have no end. */
const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));

function countElements(html: string): { readonly elements: number; readonly depth: number } {
  let elements = 0;
  let open = 0;
  let depth = 0;
  for (const [, slash, name = ''] of html.matchAll(TAG)) {
    if (slash === '/') {
      open = Math.max(open - 1, 0);
      continue;
    }
    elements += 1;
    if (VOID.has(name.toLowerCase())) continue;
    open += 1;
    depth = Math.max(depth, open);
  }
  return { elements, depth };
}

/** Where style blocks begin and end, and what ends a selector or nests one. */
const STYLE_PIECE = /<style[\s>/]|<\/style|[,{(]/gi;

function countSelectors(html: string): number {
  let selectors = 0;
  let nested = 0;
  let inStyle = false;
  for (const [piece] of html.matchAll(STYLE_PIECE)) {
    if (piece.length > 1) inStyle = piece[1] !== '/';
    else if (inStyle) selectors += 1;
    if (inStyle && piece === '(') nested += 1;
  }
  return nested > MAX_PARENTHESES ? Infinity : selectors;
}

/** The module calls itself for each `:not(` within another, and its stack has an end. */
const MAX_PARENTHESES = 500;
