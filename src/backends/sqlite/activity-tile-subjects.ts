// The subjects of one server in a tile, and which of them hold a text.
//
// The skeleton of a subject is the subject with a mark in place of each run of digits: `order # has shipped`. Many messages
// share few skeletons, so these are kept once, with the places of the messages that have them, and the digits beside them. A
// text without digits is in a subject exactly where it is in its skeleton. A text with digits is first looked for as a
// skeleton, and then its digits among those of the messages that are left, by what each run of them stands for.
import { createDigitWalk, digitRuns, MARK, runsTest, skeletonOf, type WantedRuns } from './activity-digit-runs.ts';

/** Stands for what the format uses itself: a line feed and the mark. Neither can be looked for. */
const NOTHING = '\u0000';

export interface PackedSubjects {
  /** A line each. */
  readonly skeletons: Buffer;
  /** Where each of them begins, in bytes: 32 bits each. */
  readonly starts: Buffer;
  /** How many messages have each: 16 bits. */
  readonly counts: Buffer;
  /** Of these messages in the tile, skeleton after skeleton: 16 bits each. */
  readonly places: Buffer;
  /** Of these messages, in the same order, a line each: runs with marks between them. */
  readonly digits: Buffer;
}

export function packSubjects(messages: readonly (readonly [place: number, subject: string])[]): PackedSubjects {
  const bySkeleton = new Map<string, { readonly places: number[]; readonly digits: string[] }>();
  for (const [place, subject] of messages) {
    const line = subject.replaceAll(/[\n\u0001]/g, NOTHING);
    const skeleton = skeletonOf(line);
    let own = bySkeleton.get(skeleton);
    if (own === undefined) bySkeleton.set(skeleton, (own = { places: [], digits: [] }));
    own.places.push(place);
    own.digits.push(line === skeleton ? '' : digitRuns(line).join(MARK));
  }
  const groups = [...bySkeleton.values()];
  const skeletons = [...bySkeleton.keys()];
  return {
    skeletons: Buffer.from(skeletons.join('\n')),
    starts: Buffer.from(startsOf(skeletons).buffer),
    counts: Buffer.from(Uint16Array.from(groups, ({ places }) => places.length).buffer),
    places: Buffer.from(Uint16Array.from(groups.flatMap(({ places }) => places)).buffer),
    digits: Buffer.from(groups.map(({ digits }) => `${digits.join('\n')}\n`).join('')),
  };
}

function startsOf(lines: readonly string[]): Uint32Array {
  const starts = new Uint32Array(lines.length);
  let offset = 0;
  for (const [at, line] of lines.entries()) {
    starts[at] = offset;
    offset += Buffer.byteLength(line) + 1;
  }
  return starts;
}

/** False where the text is empty, or holds what the format uses for itself. */
export function canBeLookedFor(text: string): boolean {
  return text !== '' && !text.includes('\n') && !text.includes(NOTHING) && !text.includes(MARK);
}

export type StoredSubjects = Omit<PackedSubjects, 'digits'>;

/** A text that is looked for in many tiles. */
export interface WantedText extends WantedRuns {
  /** Of the text. */
  readonly skeleton: Buffer;
  /** Whether the digits have to be asked. */
  readonly hasDigits: boolean;
  /** What a message's digits must hold somewhere. */
  readonly longestRun: Buffer;
}

/** `text` is lower-case. */
export function wantedText(text: string): WantedText {
  const runs = digitRuns(text);
  const longest = runs.reduce((one, other) => (other.length > one.length ? other : one), '');
  return {
    text,
    skeleton: Buffer.from(skeletonOf(text)),
    hasDigits: runs.length > 0,
    runs,
    longestRun: Buffer.from(longest),
  };
}

export interface SubjectsToSearch {
  readonly stored: StoredSubjects;
  /** Called where it takes them. */
  readonly digits: () => Buffer;
  /** Called often. */
  readonly breathe: () => void;
}

/** Tells the places of the messages whose subject holds the text. */
export function eachPlaceWith(
  { stored, digits, breathe }: SubjectsToSearch,
  wanted: WantedText,
  found: (place: number) => void,
): void {
  const lines = linesWith(stored.skeletons, to32Bits(stored.starts), wanted.skeleton);
  if (lines.length === 0) return;
  breathe();
  const counts = to16Bits(stored.counts);
  const places = to16Bits(stored.places);
  const walk = wanted.hasDigits ? createDigitWalk(digits()) : undefined;
  let line = 0;
  let first = 0;
  for (const next of lines) {
    for (; line < next; line += 1) first += counts[line] ?? 0;
    const end = first + (counts[line] ?? 0);
    if (walk === undefined) for (let at = first; at < end; at += 1) found(places[at] ?? 0);
    else {
      const test = runsTest(skeletonAt(stored, line), wanted);
      walk.eachWith({ needle: wanted.longestRun, first, end, test, breathe }, (at) => found(places[at] ?? 0));
    }
  }
}

function skeletonAt({ skeletons, starts }: StoredSubjects, line: number): string {
  const start = starts.readUInt32LE(line * 4);
  const end = line * 4 + 4 < starts.length ? starts.readUInt32LE(line * 4 + 4) - 1 : skeletons.length;
  return skeletons.toString('utf8', start, end);
}

/** Lines of `text` that hold `wanted`, each once. */
function linesWith(text: Buffer, starts: Uint32Array, wanted: Buffer): number[] {
  const found: number[] = [];
  for (let hit = text.indexOf(wanted); hit >= 0;) {
    const line = lineAt(starts, hit, found.at(-1) ?? 0);
    found.push(line);
    const next = starts[line + 1];
    hit = next === undefined ? -1 : text.indexOf(wanted, next);
  }
  return found;
}

/** The last line that starts at or before `offset`; hits come in order, so it is looked for from the last one on. */
function lineAt(starts: Uint32Array, offset: number, from: number): number {
  let low = from;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** SQLite's buffers may begin anywhere; numbers of more than 8 bits may not. */
function aligned(stored: Buffer): ArrayBuffer {
  const copy = new Uint8Array(stored.length);
  copy.set(stored);
  return copy.buffer;
}

function to32Bits(stored: Buffer): Uint32Array {
  return new Uint32Array(aligned(stored));
}

function to16Bits(stored: Buffer): Uint16Array {
  return new Uint16Array(aligned(stored));
}
