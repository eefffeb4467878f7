// The words of an HTML text, one line for each block: enough to compare two mails by or to read what a report says, and nothing
// to show to anybody. Pictures go, because their addresses often count who opens the mail.
//
// Promises: one pass over the text, whatever it holds: it comes from strangers.

const SKIPPED = new Set(['style', 'script', 'head', 'title']);
const BLOCKS = new Set(['br', 'p', 'div', 'tr', 'td', 'th', 'li', 'table', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr']);
/** Longer names are no tags that matter here. */
const LONGEST_NAME = 10;
const LONGEST_TAG = 4096;

export interface HtmlWordsOptions {
  /** The targets of links stand before their words. */
  readonly links: boolean;
}

export function htmlWords(html: string, { links }: HtmlWordsOptions): string {
  const lower = html.toLowerCase();
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    pieces.push(html.slice(at, open));
    const close = lower.startsWith('<!--', open) ? after(lower, '-->', open) : after(lower, '>', open);
    // A tag without an end: nothing behind it is text.
    if (close === undefined) return joined(pieces);
    const tag = html.slice(open + 1, Math.min(close - 1, open + LONGEST_TAG));
    const name = nameOf(tag);
    const end = SKIPPED.has(name) ? after(lower, `</${name}`, close) : close;
    if (end === undefined) return joined(pieces);
    pieces.push(BLOCKS.has(name.replace('/', '')) ? '\n' : links && name === 'a' ? ` ${hrefOf(tag)} ` : ' ');
    at = end;
  }
  pieces.push(html.slice(at));
  return joined(pieces);
}

function joined(pieces: readonly string[]): string {
  // Line ends of the source mean nothing in HTML.
  return pieces
    .map((piece) => (piece === '\n' ? piece : piece.replace(/\s+/g, ' ')))
    .join('')
    .replace(/&([a-z]{2,5}|#\d{2,3});/gi, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);
}

/** Those that addresses, replies and their quotes are written with. */
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  nbsp: ' ',
  '#39': "'",
  '#64': '@',
};

/** Where the text goes on behind `end`; each search begins behind the last one, and the first in vain is the last of all. */
function after(text: string, end: string, from: number): number | undefined {
  const found = text.indexOf(end, from);
  return found < 0 ? undefined : found + end.length;
}

/** `p`, `/p`, empty for comments. */
function nameOf(tag: string): string {
  return /^\/?[a-z][a-z0-9]*/i.exec(tag.slice(0, LONGEST_NAME))?.[0].toLowerCase() ?? '';
}

function hrefOf(tag: string): string {
  return /\shref\s{0,9}=\s{0,9}["']?([^"'\s>]+)/i.exec(tag)?.[1] ?? '';
}
