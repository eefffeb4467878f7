// Keeps results: written after each measurement, so that an interrupted run is not lost, and merged with what the same
// result held before, so that single scenarios can be measured again.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESULTS } from '../report.ts';
import type { Machine } from '../system/machine.ts';
import { toMarkdown } from './report.ts';
import { merge, type IsolationResult } from './result.ts';

export const NOTHING: IsolationResult = { taken: [], failures: [] };

export function nameOf(machine: Machine, { quick }: { readonly quick: boolean }): string {
  const dirty = machine.dirty ? '-dirty' : '';
  return `${machine.date.slice(0, 10)}-${machine.commit}${dirty}${quick ? '-quick' : ''}-isolation`;
}

/** @returns the path written, without its ending. */
export function addTo(name: string, news: IsolationResult, folder: string = RESULTS): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const whole = merge(read(`${path}.json`), news);
  replace(`${path}.json`, `${JSON.stringify(whole, null, 1)}\n`);
  replace(`${path}.md`, toMarkdown(whole));
  return path;
}

function read(file: string): IsolationResult {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as IsolationResult) : NOTHING;
}

/** Never half a file. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
