// Every sample of the corpus is read as what it is, and every row of the tables is held to its samples.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { classifyAnswer, classifyFeedback, classifyStatus } from '../../src/domain/bounce/classify-report.ts';
import { AUTO_SUBJECTS, CHALLENGES, REQUESTS } from '../../src/mail/report/auto-reply-words.ts';
import { BOUNCE_FORMS } from '../../src/mail/report/bounce-forms.ts';
import { PHRASES } from '../../src/mail/report/bounce-words.ts';
import { readReport, type Report } from '../../src/mail/report/read-report.ts';
import { reportSamples, type ReportSample } from '../support/report-corpus.ts';

const samples = reportSamples();

interface Told {
  readonly recipient: string | undefined;
  readonly type: string;
}

function told(report: Report): readonly Told[] {
  if (report.kind === 'delivery-status') {
    return report.recipients.map((status) => ({
      recipient: status.original ?? status.final,
      type: classifyStatus(status) ?? 'none',
    }));
  }
  if (report.kind === 'feedback') {
    return [{ recipient: report.recipients[0], type: classifyFeedback(report) ?? 'none' }];
  }
  return [{ recipient: undefined, type: classifyAnswer(report) ?? 'none' }];
}

describe('each sample is read as what it is', () => {
  for (const sample of samples) {
    test(sample.file, () => {
      const { report } = readReport(sample.raw);
      assert.equal(report.kind, sample.kind);
      const [first] = told(report);
      assert.equal(first?.type, sample.type);
      if (sample.recipient !== undefined) assert.equal(first?.recipient, sample.recipient);
      if (sample.all !== undefined) assert.deepEqual(told(report), sample.all);
      if (report.kind === 'delivery-status') assert.equal(report.form, sample.form ?? 'rfc3464');
    });
  }
});

test('the corpus is large, varied, and complete', () => {
  assert.ok(samples.length >= 100, `${samples.length} samples`);
  const files = readdirSync(join(import.meta.dirname, '../corpus/reports')).filter((name) => name.endsWith('.eml'));
  assert.deepEqual(files.sort(), samples.map(({ file }) => file).sort());
  const types = new Set(samples.map(({ type }) => type));
  for (const type of ['HardBounce', 'SoftBounce', 'Transient', 'Blocked', 'SpamComplaint', 'AutoResponder'])
    assert.ok(types.has(type), type);
});

test('no sample names a host or an address outside the names reserved for examples, but for the makers of two', () => {
  const allowed =
    /(?:^|\.)(?:example|example\.(?:com|net|org)|example\.invalid|invalid|test)$|^(?:hotmail|boxbe)\.com$/;
  for (const { file, raw } of samples) {
    for (const [, domain = ''] of raw.toString('latin1').matchAll(/@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)/g))
      assert.match(domain.toLowerCase(), allowed, file);
    for (const [address] of raw.toString('latin1').matchAll(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g))
      assert.match(address, /^192\.0\.2\./, file);
  }
});

const named = (name: string): ReportSample =>
  samples.find((sample) => sample.name === name) ?? assert.fail(`there is no sample ${name}`);

describe('every row of the tables has samples that it decides', () => {
  for (const form of BOUNCE_FORMS) {
    test(`form ${form.id}`, () => {
      assert.ok(form.samples.length > 0);
      for (const name of form.samples) {
        const { report } = readReport(named(name).raw);
        assert.equal(report.kind === 'delivery-status' && report.form, form.id, name);
      }
    });
  }
  for (const row of AUTO_SUBJECTS) {
    test(`automatic subject, ${row.id}`, () => {
      assert.ok(row.samples.length > 0);
      for (const name of row.samples) assert.equal(readReport(named(name).raw).report.kind, 'auto-reply', name);
      assert.ok(row.samples.some((name) => row.subject.test(readReport(named(name).raw).subject)));
    });
  }
  for (const row of CHALLENGES) {
    test(`challenge, ${row.id}`, () => {
      for (const name of row.samples) {
        assert.deepEqual(readReport(named(name).raw).report, { kind: 'challenge', by: row.id }, name);
      }
    });
  }
  for (const row of REQUESTS) {
    test(`request to ${row.wish}`, () => {
      for (const name of row.samples)
        assert.deepEqual(readReport(named(name).raw).report, { kind: 'request', wish: row.wish }, name);
    });
  }
});

test('patterns cannot be made slow: no repetition is unbounded on a group, and long hostile texts end quickly', () => {
  const pieces = [
    '<a@',
    '<',
    '=?utf-8?q?',
    '550 5.1.1 ',
    '(',
    'a@b.c ',
    '-----',
    ' <x@y>:\n',
    'Benutzer ',
    'confirm ',
    '\n',
    '\t ',
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(40_000 / piece.length));
    const heads = ['From: MAILER-DAEMON@x.example', `Subject: Undelivered ${text.slice(0, 500).replaceAll('\n', ' ')}`];
    const raw = Buffer.from(`${heads.join('\r\n')}\r\n\r\n${text.replaceAll('\n', '\r\n')}`);
    const started = performance.now();
    readReport(raw);
    const ms = performance.now() - started;
    assert.ok(ms < 1000, `${ms.toFixed(0)} ms for «${piece}» repeated`);
  }
  for (const { text } of PHRASES) assert.doesNotMatch(text.flags, /[gy]/);
});
