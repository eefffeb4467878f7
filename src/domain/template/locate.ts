// Offsets into a text as lines and characters (contract management 6.7): both from 1, lines end with `\n`.
import type { Position, TemplateError } from './compiled-template.ts';

/** The offsets must ascend. One pass over the text up to the last of them. */
export function locate(source: string, offsets: readonly number[]): readonly Position[] {
  let at = 0;
  let line = 1;
  let lineStart = 0;
  return offsets.map((offset) => {
    for (; at < offset; at += 1) {
      if (source.charCodeAt(at) !== NEWLINE) continue;
      line += 1;
      lineStart = at + 1;
    }
    return { line, character: offset - lineStart + 1 };
  });
}

export interface FoundError {
  readonly offset: number;
  readonly text: Omit<TemplateError, 'position'>;
}

/** In the order of their positions; of those at one position in the order in which they were found. */
export function locateErrors(source: string, found: readonly FoundError[]): readonly TemplateError[] {
  const sorted = found.toSorted((a, b) => a.offset - b.offset);
  const offsets = sorted.map(({ offset }) => offset);
  const positions = locate(source, offsets);
  return sorted.map(({ text }, index) => {
    const position = positions[index];
    return position === undefined ? text : { ...text, position };
  });
}

const NEWLINE = '\n'.charCodeAt(0);
