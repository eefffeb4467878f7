// Dates in queries are US Eastern and inclusive (contract management 1.4 and 21).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEasternTime, type Edge } from '../../src/doors/api/eastern-time.ts';

const eastern = createEasternTime();

const READ: readonly [text: string, edge: Edge, expected: string][] = [
  ['2026-01-15', 'start', '2026-01-15T05:00:00.000Z'],
  ['2026-01-15', 'end', '2026-01-16T04:59:59.999Z'],
  ['2026-7-5', 'start', '2026-07-05T04:00:00.000Z'],
  ['2026-07-05', 'end', '2026-07-06T03:59:59.999Z'],
  ['2026-07-05T14:30:00', 'start', '2026-07-05T18:30:00.000Z'],
  ['2026-07-05T14:30:00', 'end', '2026-07-05T18:30:00.999Z'],
  ['2026-07-05 14:30', 'end', '2026-07-05T18:30:59.999Z'],
  ['2026-07-05T14:30:00.25', 'end', '2026-07-05T18:30:00.250Z'],
  ['2026-07-05T14:30:00.1234567', 'start', '2026-07-05T18:30:00.123Z'],
  ['2026-07-05t9:05:07', 'start', '2026-07-05T13:05:07.000Z'],
  ['2026-07-05T14:30:00Z', 'start', '2026-07-05T14:30:00.000Z'],
  ['2026-07-05T14:30:00+02:00', 'start', '2026-07-05T12:30:00.000Z'],
  ['2026-07-05T14:30:00 02:00', 'start', '2026-07-05T12:30:00.000Z'],
  ['2026-07-05T14:30:00-0500', 'start', '2026-07-05T19:30:00.000Z'],
  [' 2024-02-29 ', 'start', '2024-02-29T05:00:00.000Z'],
  // Clocks go forward on 8 March and back on 1 November 2026.
  ['2026-03-08', 'start', '2026-03-08T05:00:00.000Z'],
  ['2026-03-08', 'end', '2026-03-09T03:59:59.999Z'],
  ['2026-03-08T02:30:00', 'start', '2026-03-08T07:30:00.000Z'],
  ['2026-11-01', 'start', '2026-11-01T04:00:00.000Z'],
  ['2026-11-01', 'end', '2026-11-02T04:59:59.999Z'],
  ['2026-11-01T01:30:00', 'start', '2026-11-01T05:30:00.000Z'],
  ['2026-11-01T01:30:00', 'end', '2026-11-01T06:30:00.999Z'],
];

for (const [text, edge, expected] of READ) {
  test(`reads ${text} as a ${edge}`, () => {
    const at = eastern.parse(text, edge);
    assert.equal(at === undefined ? undefined : new Date(at).toISOString(), expected);
  });
}

for (const text of [
  '',
  'yesterday',
  '2026-13-01',
  '2026-02-30',
  '2026-00-10',
  '2026-01-00',
  '26-01-01',
  '2026-01',
  '2026-01-01T24:00:00',
  '2026-01-01T10:60:00',
  '2026-01-01T10:00:61',
  '2026-01-01Z',
  '01/15/2026',
  '2026-01-01T10:00:00.12345678',
  "2026-01-01' or 1=1",
]) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.equal(eastern.parse(text, 'start'), undefined);
  });
}
