// Reads a path (contract management 6.2): any number of `../`, then keys of letters, digits and `_` (Unicode) between single
// dots. `.`, a dot in front and a dot behind mean nothing; so does an empty path, which is the current value.
//
// By hand and in one pass: paths come from strangers.
import type { Path } from './compiled-template.ts';

/** undefined for what is no path. */
export function parsePath(text: string): Path | undefined {
  let at = 0;
  while (text.startsWith(UP, at)) at += UP.length;
  const keys = readKeys(text.slice(at));
  return keys && { ups: at / UP.length, keys, text };
}

const UP = '../';

function readKeys(text: string): readonly string[] | undefined {
  const keys: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && text[at] !== '.') {
      if (!isWord(text.charCodeAt(at))) return undefined;
      continue;
    }
    if (at > start) keys.push(text.slice(start, at));
    // Two dots that follow each other are no path.
    else if (at > 0 && text[at] === '.') return undefined;
    start = at + 1;
  }
  return keys;
}

/** By UTF-16 units, as .NET does: letters beyond U+FFFF are none. */
function isWord(unit: number): boolean {
  if (unit < ASCII_END) return ASCII_WORD.test(String.fromCharCode(unit));
  return UNICODE_WORD.test(String.fromCharCode(unit));
}

const ASCII_END = 0x80;
const ASCII_WORD = /^\w$/;
const UNICODE_WORD = /^[\p{L}\p{Mn}\p{Nd}\p{Pc}]$/u;
