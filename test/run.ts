// Runs everything, cheapest first: format, lint, types, then the tests folder by folder. Ends with `N passed, N failed`.
//
//   npm test                  all of it
//   npm test -- unit flows    only these folders
//   npm test -- smtp          only test files whose path holds the word (and no static checks)
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const FOLDERS = ['architecture', 'unit', 'dialogues', 'cases', 'fuzz', 'contract', 'flows', 'interop', 'browser'];
/** Folders whose files each start whole installations: fewer side by side. */
const HEAVY = new Set(['flows', 'interop', 'browser']);
const totals = { passed: 0, failed: 0, skipped: 0 };
const wanted = process.argv.slice(2);

if (wanted.length === 0) {
  check('format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']);
  check('lint', ['node_modules/eslint/bin/eslint.js', '.']);
  check('types', ['node_modules/typescript/bin/tsc', '--noEmit']);
}
for (const folder of FOLDERS) await runFolder(folder);

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

function check(name: string, args: string[]): void {
  const started = performance.now();
  const result = spawnSync(process.execPath, args, { stdio: 'inherit' });
  const ok = result.status === 0;
  totals[ok ? 'passed' : 'failed'] += 1;
  console.log(`${ok ? 'ok' : 'FAILED'}  ${name} (${seconds(started)})`);
}

async function runFolder(folder: string): Promise<void> {
  const all = globSync(`test/${folder}/**/*.test.ts`).sort();
  const chosen =
    wanted.length === 0 || wanted.includes(folder)
      ? all
      : all.filter((file) => wanted.some((word) => file.includes(word)));
  if (chosen.length === 0) return;
  const started = performance.now();
  const before = { ...totals };
  const stream = run({
    files: chosen.map((file) => join(root, file)),
    concurrency: HEAVY.has(folder) ? 2 : true,
    timeout: 300_000,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  stream.on('test:fail', (event) => {
    if (isFileWrapper(event.details.error)) return;
    totals.failed += 1;
    console.log(`FAILED  ${place(event.file)} > ${event.name}`);
    console.log(indent(String(event.details.error.cause ?? event.details.error)));
  });
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip !== undefined && event.skip !== false) {
      totals.skipped += 1;
      console.log(`skipped ${place(event.file)} > ${event.name}: ${String(event.skip)}`);
    } else if (event.nesting > 0 || event.name !== event.file) totals.passed += 1;
  });
  stream.on('test:stderr', (event) => process.stderr.write(event.message));
  await new Promise<void>((resolve, reject) => {
    stream.on('end', resolve);
    stream.on('error', reject);
    stream.resume();
  });
  const failed = totals.failed - before.failed;
  console.log(
    `${failed === 0 ? 'ok' : 'FAILED'}  ${folder}: ${totals.passed - before.passed} passed, ${failed} failed (${seconds(started)})`,
  );
}

/** node:test reports a file with failing tests as one more failed test: that one is not counted twice. */
function isFileWrapper(error: Error): boolean {
  return /^\d+ subtests? failed$/.test(error.message);
}

function place(file: string | undefined): string {
  return file === undefined ? '?' : relative(root, file);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n');
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
