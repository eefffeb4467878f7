// The samples of test/corpus/reports, as they come over the wire, with what is expected of each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageId } from '../../src/lib/ids.ts';

export interface ReportSample {
  readonly file: string;
  /** Of the file, without its number and suffix. */
  readonly name: string;
  readonly kind: 'delivery-status' | 'feedback' | 'auto-reply' | 'challenge' | 'request' | 'other';
  readonly type: string;
  readonly recipient?: string;
  readonly form?: string;
  readonly all?: readonly { readonly recipient: string; readonly type: string }[];
  readonly raw: Buffer;
}

/** What the return paths of the samples were made with and for. */
export const CORPUS_KEY = Buffer.alloc(32, 7);
export const CORPUS_MESSAGE = '01a1ab5d-9780-7a31-9c0d-4e5f60718293' as MessageId;
export const CORPUS_ACCEPTED_AT = Date.UTC(2026, 10, 5, 11);

const folder = join(import.meta.dirname, '../corpus/reports');

export function reportSamples(): readonly ReportSample[] {
  const rows = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Omit<ReportSample, 'raw' | 'name'>[];
  return rows.map((row) => ({
    ...row,
    name: row.file.replace(/^\d+-|\.eml$/g, ''),
    raw: Buffer.from(readFileSync(join(folder, row.file), 'latin1').replaceAll('\n', '\r\n'), 'latin1'),
  }));
}
