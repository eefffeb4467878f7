// Subjects in a tile: what is found is what holds the text, however digits, marks and line feeds fall.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canBeLookedFor,
  eachPlaceWith,
  packSubjects,
  wantedText,
} from '../../src/backends/sqlite/activity-tile-subjects.ts';
import { fuzzRuns } from '../support/fuzzing.ts';

const signs = fc.constantFrom('0', '1', '12', '7', 'a', 'b', ' ', 'ä', '\u0001', '\u0000', '\n', '٣', '😀');
const subject = fc.array(signs, { maxLength: 12 }).map((parts) => parts.join(''));
const subjects = fc.array(subject, { minLength: 1, maxLength: 30 });

function placesWith(all: readonly string[], text: string): readonly number[] {
  const { digits, ...stored } = packSubjects(all.map((each, n) => [n * 3, each] as const));
  const found: number[] = [];
  eachPlaceWith({ stored, digits: () => digits, breathe: () => undefined }, wantedText(text), (place) =>
    found.push(place),
  );
  return found.sort((one, other) => one - other);
}

test('every text is found where it is, and nowhere else', () => {
  fc.assert(
    fc.property(subjects, subject, fc.nat(), (all, other, seed) => {
      // A piece of one of the subjects, or a text of its own.
      const source = [...(seed % 3 === 0 ? other : (all[seed % all.length] ?? ''))];
      const text = source.slice(seed % 5, (seed % 5) + 1 + (seed % 4)).join('');
      fc.pre(canBeLookedFor(text));
      const expected = all.flatMap((each, n) => (each.includes(text) ? [n * 3] : []));
      assert.deepEqual(placesWith(all, text), expected);
    }),
    fuzzRuns(5000),
  );
});
