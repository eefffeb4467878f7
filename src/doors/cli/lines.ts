// Text in lines of a terminal: broken between words, the following lines indented.

export const TERMINAL_COLUMNS = 100;

/** A sentence as the end of another one. */
export function asClause(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;
}

/** `first` stands before the first line, as many spaces before the others. A word that is too long stays whole. */
export function lines(first: string, text: string, width: number = TERMINAL_COLUMNS): string[] {
  const rest = ' '.repeat(first.length);
  const done: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && first.length + line.length + 1 + word.length > width) {
      done.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...done, line].map((each, at) => `${at === 0 ? first : rest}${each}`.trimEnd());
}
