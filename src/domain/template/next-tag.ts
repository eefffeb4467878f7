// Finds the tags of a template (contract management 6.1): two braces, at least one character that is no brace, two
// braces; or three and three. Everything else is text: `{{{name}}` is `{` and a value, `{{name}}}` a value and `}`.
//
// Each character is looked at once or twice, whatever the text holds.

export interface Tag {
  /** Offset of its first brace, and the offset behind its last. */
  readonly start: number;
  readonly end: number;
  readonly triple: boolean;
  readonly body: string;
}

/** The first tag that starts at `from` or later. */
export function nextTag(source: string, from: number): Tag | undefined {
  let open = source.indexOf('{{', from);
  while (open !== -1) {
    const bodyStart = endOfBraces(source, open);
    const bodyEnd = nextBrace(source, bodyStart);
    const braces = bodyEnd === bodyStart ? 0 : Math.min(bodyStart - open, closingBraces(source, bodyEnd));
    if (braces >= 2) {
      const body = source.slice(bodyStart, bodyEnd);
      return { start: bodyStart - braces, end: bodyEnd + braces, triple: braces === 3, body };
    }
    open = source.indexOf('{{', bodyEnd);
  }
  return undefined;
}

const OPEN = '{'.charCodeAt(0);
const CLOSE = '}'.charCodeAt(0);
const MOST_BRACES = 3;

function endOfBraces(source: string, from: number): number {
  let at = from;
  while (source.charCodeAt(at) === OPEN) at += 1;
  return at;
}

function nextBrace(source: string, from: number): number {
  for (let at = from; at < source.length; at += 1) {
    const unit = source.charCodeAt(at);
    if (unit === OPEN || unit === CLOSE) return at;
  }
  return source.length;
}

function closingBraces(source: string, from: number): number {
  let count = 0;
  while (count < MOST_BRACES && source.charCodeAt(from + count) === CLOSE) count += 1;
  return count;
}
