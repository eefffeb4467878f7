// The digits of subjects in a tile: which messages have the runs of digits that a text asks for.
//
// A line is what one message has, its runs with marks between them; a skeleton (activity-tile-subjects) says what each stands for.

export const MARK = '\u0001';
const MARK_BYTE = 1;
const LINE_FEED = 10;
const DIGITS = /[0-9]+/g;

export function skeletonOf(text: string): string {
  return text.replaceAll(DIGITS, MARK);
}

export function digitRuns(text: string): readonly string[] {
  return text.match(DIGITS) ?? [];
}

export type RunsTest = (line: Buffer) => boolean;

export interface WantedRuns {
  readonly text: string;
  /** Of the text. */
  readonly runs: readonly string[];
}

/** Whether the runs of a message with this skeleton are what the text says, at one of the places where its skeleton fits. */
export function runsTest(skeleton: string, { text, runs }: WantedRuns): RunsTest {
  // Digits alone may begin and end within a run: they were found already.
  if (runs[0] === text) return () => true;
  const firsts = [...runsBefore(skeleton, skeletonOf(text))];
  const startsInside = /^[0-9]/.test(text);
  const endsInside = /[0-9]$/.test(text);
  const last = runs.length - 1;
  const fits = (run: string, n: number): boolean => {
    const wanted = runs[n] ?? '';
    if (n === 0 && startsInside) return run.endsWith(wanted);
    if (n === last && endsInside) return run.startsWith(wanted);
    return run === wanted;
  };
  return (line) => {
    const own = line.toString('latin1').split(MARK);
    return firsts.some((first) => runs.every((_, n) => fits(own[first + n] ?? '', n)));
  };
}

/** For each place where `wanted` is in the skeleton, how many runs come before it. */
function* runsBefore(skeleton: string, wanted: string): Generator<number> {
  let runs = 0;
  let from = 0;
  for (let at = skeleton.indexOf(wanted); at >= 0; at = skeleton.indexOf(wanted, at + 1)) {
    for (; from < at; from += 1) if (skeleton.charCodeAt(from) === MARK_BYTE) runs += 1;
    yield runs;
  }
}

export interface DigitLines {
  readonly needle: Buffer;
  /** Lines from this one up to, and without, `end`. */
  readonly first: number;
  readonly end: number;
  readonly test: RunsTest;
}

export interface DigitWalk {
  /** Lines must be asked for in their order. */
  eachWith(of: DigitLines, found: (line: number) => void): void;
}

export function createDigitWalk(digits: Buffer): DigitWalk {
  let line = 0;
  let start = 0;
  /** To the line that holds a byte. */
  const goTo = (byte: number): void => {
    for (let at = digits.indexOf(LINE_FEED, start); at < byte; at = digits.indexOf(LINE_FEED, start)) {
      line += 1;
      start = at + 1;
    }
  };
  return {
    eachWith({ needle, first, end, test }, found) {
      let hit = digits.indexOf(needle, start);
      while (hit >= 0) {
        goTo(hit);
        if (line >= end) return;
        const lineEnd = digits.indexOf(LINE_FEED, hit);
        if (line >= first && test(digits.subarray(start, lineEnd))) found(line);
        hit = digits.indexOf(needle, lineEnd + 1);
      }
    },
  };
}
