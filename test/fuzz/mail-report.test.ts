// Reports come from anybody: whatever is made of the samples, reading never throws, ends soon, and gives little.
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyStatus } from '../../src/domain/bounce/classify-report.ts';
import { BOUNCE_TYPES } from '../../src/domain/bounce/types.ts';
import { readReport } from '../../src/mail/report/read-report.ts';
import { fuzzRuns, messageLike } from '../support/fuzzing.ts';
import { reportSamples } from '../support/report-corpus.ts';

const samples = reportSamples().map(({ raw }) => raw);
const MAX_MS = 500;
const MAX_OUTPUT = 400_000;

function reads(raw: Buffer): void {
  const started = performance.now();
  const read = readReport(raw);
  const ms = performance.now() - started;
  assert.ok(ms < MAX_MS, `${ms.toFixed(0)} ms for ${raw.length} octets`);
  assert.ok(JSON.stringify(read).length < MAX_OUTPUT);
  if (read.report.kind !== 'delivery-status') return;
  assert.ok(read.report.recipients.length > 0 && read.report.recipients.length <= 100);
  for (const status of read.report.recipients) {
    const type = classifyStatus(status);
    assert.ok(type === undefined || BOUNCE_TYPES.has(type));
  }
}

const cut = (raw: Buffer, from: number, to: number): Buffer => raw.subarray(Math.min(from, to), Math.max(from, to));

interface Edit {
  readonly at: number;
  readonly what: 'drop' | 'double' | 'flip' | 'splice' | 'repeat';
  readonly other: number;
  readonly length: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  what: fc.constantFrom('drop', 'double', 'flip', 'splice', 'repeat'),
  other: fc.nat({ max: samples.length - 1 }),
  length: fc.nat({ max: 400 }),
});

function edited(raw: Buffer, { at, what, other, length }: Edit): Buffer {
  const start = Math.floor(at * raw.length);
  const end = Math.min(raw.length, start + length);
  const piece = cut(raw, start, end);
  switch (what) {
    case 'drop':
      return Buffer.concat([raw.subarray(0, start), raw.subarray(end)]);
    case 'double':
      return Buffer.concat([raw.subarray(0, end), piece, raw.subarray(end)]);
    case 'flip':
      return Buffer.concat([
        raw.subarray(0, start),
        Buffer.from(piece.map((octet) => octet ^ 0x20)),
        raw.subarray(end),
      ]);
    case 'splice':
      return Buffer.concat([raw.subarray(0, start), (samples[other] ?? raw).subarray(start), raw.subarray(end)]);
    case 'repeat':
      return Buffer.concat([raw.subarray(0, start), Buffer.concat(Array<Buffer>(200).fill(piece)), raw.subarray(end)]);
  }
}

test('mutated reports are read without failing, in bounded time', () => {
  const arbitrary = fc.tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 6 }));
  fc.assert(
    fc.property(arbitrary, ([raw, edits]) => reads(edits.reduce(edited, raw))),
    fuzzRuns(400),
  );
});

test('and so is anything that looks like a message', () => {
  fc.assert(fc.property(messageLike, reads), fuzzRuns(300));
});

test('a report of ten megabytes costs no more than its beginning', () => {
  for (const raw of samples.slice(0, 40)) reads(Buffer.concat([raw, Buffer.alloc(10_000_000, 'x y\r\n')]));
});
