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

/** Of the line that begins at that byte. */
export type RunsTest = (digits: Buffer, start: number) => boolean;

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
  const wanted = runs.map((run, n) => ({
    bytes: Buffer.from(run),
    isEnd: n === 0 && startsInside,
    isStart: n === runs.length - 1 && endsInside,
  }));
  return (digits, start) =>
    firsts.some((first) => {
      let at = start;
      for (let n = 0; n < first; n += 1) at = runEnd(digits, at) + 1;
      for (const run of wanted) {
        const end = runEnd(digits, at);
        if (!fits(digits, { at, end }, run)) return false;
        at = end + 1;
      }
      return true;
    });
}

interface WantedRun {
  readonly bytes: Buffer;
  /** It may be the end, or the start, of a longer one. */
  readonly isEnd: boolean;
  readonly isStart: boolean;
}

function fits(digits: Buffer, { at, end }: { at: number; end: number }, { bytes, isEnd, isStart }: WantedRun): boolean {
  const excess = end - at - bytes.length;
  if (excess < 0 || (excess > 0 && !isEnd && !isStart)) return false;
  const from = isEnd ? at + excess : at;
  for (let n = 0; n < bytes.length; n += 1) if (digits[from + n] !== bytes[n]) return false;
  return true;
}

/** Where the run ends that begins at a byte: before a mark, or the end of the line. */
function runEnd(digits: Buffer, start: number): number {
  let at = start;
  while (at < digits.length && (digits[at] ?? 0) > LINE_FEED) at += 1;
  return at;
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
  /** Called for each line that has the needle. */
  readonly breathe: () => void;
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
    eachWith({ needle, first, end, test, breathe }, found) {
      let hit = digits.indexOf(needle, start);
      while (hit >= 0) {
        goTo(hit);
        if (line >= end) return;
        const lineEnd = digits.indexOf(LINE_FEED, hit);
        if (line >= first && test(digits, start)) found(line);
        hit = digits.indexOf(needle, lineEnd + 1);
        breathe();
      }
    },
  };
}
