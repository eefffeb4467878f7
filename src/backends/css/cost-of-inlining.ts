// What it may cost to inline the styles of a document; more than any bound where it has none, or what inlining cannot take.
//
// The module that inlines cannot be interrupted, and ends the process when selectors nest too deeply. So its time is estimated
// beforehand, from what was measured of it: the estimates are those of the worst document with such counts.
import { measureHtml, type HtmlMeasure } from './measure-html.ts';

/** Of the worst document with such counts, in microseconds. */
export function costOfInlining(html: string): number {
  const measure = measureHtml(html);
  if (measure === undefined) return Infinity;
  const css = measureCss(measure.css);
  return css.parentheses <= MAX_PARENTHESES ? costOf(html, measure, css) : Infinity;
}

export function hasStyles(html: string): boolean {
  return STYLE.test(html);
}

const STYLE = /<style[\s>/]/i;

/** The module calls itself for each `:not(` within another, and its stack has an end. */
const MAX_PARENTHESES = 500;

interface CssMeasure {
  readonly selectors: number;
  readonly parentheses: number;
  readonly spaces: number;
  readonly siblings: number;
  readonly declarations: number;
  /** Different names. */
  readonly properties: number;
}

function measureCss(css: string): CssMeasure {
  return {
    selectors: count(css, /[,{]/g),
    parentheses: count(css, /\(/g),
    spaces: count(css, /\s+|[>+~]/g),
    siblings: count(css, /~/g),
    declarations: count(css, /[;}]/g),
    properties: countProperties(css),
  };
}

/** What stands before a colon. */
function countProperties(css: string): number {
  const names = new Set<string>();
  let word = '';
  for (const [piece] of css.matchAll(/[\w-]+|:/g)) {
    if (piece === ':') names.add(word);
    else word = piece;
  }
  return names.size;
}

function count(text: string, pattern: RegExp): number {
  let found = 0;
  pattern.lastIndex = 0;
  while (pattern.test(text)) found += 1;
  return found;
}

/** Microseconds. */
const COST = {
  byte: 0.02,
  tag: 8,
  /** A character that is escaped, or begins an entity. */
  special: 3,
  attributeSquare: 0.013,
  depthSquare: 0.025,
  selector: 4,
  /** One selector held against one element. */
  match: 0.17,
  /** A part of a selector, in `:not(…)` or behind a space. */
  partOfMatch: 0.03,
  /** `~`, which may be tried on every sibling, and again for each ancestor. */
  sibling: 0.5,
  /** One declaration added to one element, for each property that the element may have already. */
  declaration: 0.004,
  /** One declaration held against one that stands in an attribute. */
  merge: 0.03,
} as const;

function costOf(html: string, measure: HtmlMeasure, css: CssMeasure): number {
  const { tags, elements, depth, lost, attributeSquares } = measure;
  const { selectors, parentheses, spaces, siblings, declarations, properties } = css;
  const specials = Math.max(count(html, /[<>&]/g) - 2 * tags, 0);
  const inlined = count(html, /;/g);
  return (
    COST.byte * html.length +
    COST.tag * tags * (1 + lost) +
    COST.special * specials +
    COST.attributeSquare * attributeSquares +
    COST.depthSquare * depth * depth +
    COST.selector * selectors +
    COST.match * elements * selectors +
    COST.partOfMatch * elements * (parentheses + spaces) +
    COST.sibling * elements * siblings +
    COST.declaration * elements * declarations * properties +
    COST.merge * Math.max(inlined - declarations, 0) * declarations
  );
}
