// What a document holds that costs time to take apart: counted as an HTML parser would see it (WHATWG HTML 13.2.5 and 13.2.6), so
// that nothing hides in an attribute, a comment or a style block.
//
// One pass, never more than it costs to read the text. Where it does not follow the parser exactly, it counts more than there is.

export interface HtmlMeasure {
  /** Opening and closing. */
  readonly tags: number;
  readonly elements: number;
  /** Elements within each other, those included that are never closed. */
  readonly depth: number;
  /** Formatting elements that were not closed where their parents were: a parser opens them again in what follows. */
  readonly lost: number;
  /** Sum over all tags of the square of their attributes. */
  readonly attributeSquares: number;
  /** The content of style blocks. */
  readonly css: string;
}

/** Undefined for what it cannot be sure of, such as SVG, and for more than would be inlined in time. */
export function measureHtml(html: string): HtmlMeasure | undefined {
  // The one other end that a comment can have.
  if (html.includes('--!>')) return undefined;
  const tree: Tree = { html, tags: 0, elements: 0, depth: 0, lost: 0, attributeSquares: 0, css: '', open: [] };
  for (let at = html.indexOf('<'); at !== -1;) {
    const next = readMarkup(tree, at);
    if (next === undefined || tree.tags > MOST_TAGS || tree.depth > DEEPEST) return undefined;
    at = html.indexOf('<', next);
  }
  const { tags, elements, depth, attributeSquares, css } = tree;
  const lost = tree.lost + tree.open.filter((name) => FORMATTING.has(name)).length;
  return { tags, elements, depth, lost, attributeSquares, css };
}

/** What is open may be looked through for each tag. */
const MOST_TAGS = 12_000;
const DEEPEST = 400;

interface Tree {
  readonly html: string;
  tags: number;
  elements: number;
  depth: number;
  lost: number;
  attributeSquares: number;
  css: string;
  readonly open: string[];
}

const LETTER = /[a-z]/i;

/** From a `<`, to behind what it begins. */
function readMarkup(tree: Tree, at: number): number | undefined {
  const { html } = tree;
  if (html.startsWith('<!--', at))
    return html.startsWith('>', at + 4) || html.startsWith('->', at + 4) ? undefined : after(html, '-->', at + 4);
  const second = html.charAt(at + 1);
  if (LETTER.test(second)) return readOpening(tree, at + 1);
  if (second === '!' || second === '?') return after(html, '>', at);
  if (second !== '/') return at + 1;
  const end = after(html, '>', at);
  if (end === undefined || !LETTER.test(html.charAt(at + 2))) return end;
  tree.tags += 1;
  close(tree, nameAt(html, at + 2));
  return end;
}

function after(html: string, text: string, at: number): number | undefined {
  const found = html.indexOf(text, at);
  return found === -1 ? undefined : found + text.length;
}

const NAME = /[^\s/>]*/y;

function nameAt(html: string, at: number): string {
  NAME.lastIndex = at;
  return (NAME.exec(html)?.[0] ?? '').toLowerCase();
}

function readOpening(tree: Tree, at: number): number | undefined {
  const { html } = tree;
  const name = nameAt(html, at);
  const read = readAttributes(html, at + name.length);
  if (read === undefined || REFUSED.has(name)) return undefined;
  tree.tags += 1;
  tree.elements += 1;
  tree.attributeSquares += read.count * read.count;
  if (VOID.has(name)) return read.end;
  if (!RAW.has(name)) {
    open(tree, name);
    return read.end;
  }
  const end = endOfRaw(html, name, read.end);
  if (end === undefined) return undefined;
  const content = html.slice(read.end, end);
  if (name === 'style') tree.css += `${content}\n`;
  return name === 'script' && content.includes('<!--') ? undefined : end;
}

/** Characters that end a name of an attribute, and those that end a value without quotes. */
const ATTRIBUTE = /[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"[^"]*("?)|'[^']*('?)|[^\s>]*))?/y;
const TAG_END = /[\s/]*>/y;

function readAttributes(html: string, from: number): { readonly end: number; readonly count: number } | undefined {
  let at = from;
  for (let count = 0; ; count += 1) {
    TAG_END.lastIndex = at;
    const end = TAG_END.exec(html);
    if (end !== null) return { end: at + end[0].length, count };
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(html);
    // A value that is never closed.
    if (found === null || found[2] === '' || found[3] === '') return undefined;
    at += found[0].length;
  }
}

function endOfRaw(html: string, name: string, from: number): number | undefined {
  const ending = new RegExp(`</${name}[\\s/>]`, 'gi');
  ending.lastIndex = from;
  return ending.exec(html)?.index;
}

function open(tree: Tree, name: string): void {
  if (CLOSES_PARAGRAPH.has(name)) closeWithin(tree, 'p');
  if (tree.open.at(-1) === name && OPTIONAL_END.has(name)) tree.open.pop();
  tree.open.push(name);
  tree.depth = Math.max(tree.depth, tree.open.length);
}

function close(tree: Tree, name: string): void {
  if (tree.open.at(-1) === name) tree.open.pop();
  else if (name === 'p' || FORMATTING.has(name)) closeWithin(tree, name);
  else closeTo(tree, tree.open.lastIndexOf(name));
}

/** Not beyond the cell or the like that it stands in. */
function closeWithin(tree: Tree, name: string): void {
  for (let at = tree.open.length - 1; at >= 0; at -= 1) {
    const open = tree.open[at] ?? '';
    if (open === name) return closeTo(tree, at);
    if (BOUNDARY.has(open)) return;
  }
}

function closeTo(tree: Tree, at: number): void {
  if (at === -1) return;
  const [closed = '', ...within] = tree.open.splice(at);
  if (!BOUNDARY.has(closed)) tree.lost += within.filter((name) => FORMATTING.has(name)).length;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** Elements that have no end. */
const VOID = words('area base br col embed hr img input link meta param source track wbr');
/** Their content is text. */
const RAW = words('style script title textarea xmp iframe noembed noframes');
/** What follows other rules. */
const REFUSED = words('svg math noscript plaintext frameset');
const FORMATTING = words('a b big code em font i nobr s small strike strong tt u');
const BOUNDARY = words('applet caption table td th marquee object template button html');
const OPTIONAL_END = words('p li dt dd td th tr option optgroup tbody thead tfoot');
const CLOSES_PARAGRAPH = words(
  'address article aside blockquote center details dialog dir div dl dt dd fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre section summary table ul',
);
