// Escapes text for HTML as .NET does (contract management 6.6): the five characters of markup, U+00A0 to U+00FF and
// whatever lies beyond U+FFFF become entities, half a surrogate pair becomes U+FFFD.

/** May end early, in text that is longer than `enough`: what is too long for its reader need not be finished. */
export function escapeHtml(text: string, enough = Infinity): string {
  if (!SPECIAL.test(text)) return text;
  if (text.length <= SLICE) return text.replace(EACH_SPECIAL, entity);
  let out = '';
  for (let from = 0; from < text.length && out.length <= enough;) {
    const to = wholeSlice(text, from);
    out += text.slice(from, to).replace(EACH_SPECIAL, entity);
    from = to;
  }
  return out;
}

const SPECIAL = /[&<>"'\u00a0-\u00ff\ud800-\udfff]/;
const EACH_SPECIAL = /[&<>"'\u00a0-\u00ff]|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g;

const SLICE = 16_384;

/** Where a slice ends, without cutting a pair of surrogates. */
function wholeSlice(text: string, from: number): number {
  const to = Math.min(text.length, from + SLICE);
  const isCut = to < text.length && isHighSurrogate(text.charCodeAt(to - 1));
  return isCut ? to - 1 : to;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

const MARKUP: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);
const REPLACEMENT = '\ufffd';

function entity(special: string): string {
  const markup = MARKUP.get(special);
  if (markup !== undefined) return markup;
  const point = special.codePointAt(0) ?? 0;
  return isSurrogate(point) ? REPLACEMENT : `&#${point};`;
}
