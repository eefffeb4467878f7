// docs/rfc.md says where each RFC is followed; here it is held to that.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '../..');

interface Row {
  readonly rfc: string;
  readonly done: string;
  readonly files: readonly string[];
}

const rows = readFileSync(join(root, 'docs/rfc.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map(readRow);

function readRow(line: string): Row {
  const [, rfc = '', , done = '', where = ''] = line.split('|').map((cell) => cell.trim());
  return { rfc, done, files: where === '' ? [] : where.split(',').map((file) => `src/${file.trim()}`) };
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

test('the table of RFCs is read, and each stands in it once', () => {
  assert.ok(rows.length > 40, `only ${rows.length} rows were read`);
  assert.equal(new Set(rows.map(({ rfc }) => rfc)).size, rows.length);
  for (const { rfc, done } of rows) assert.match(done, /^(?:yes|partial|no)$/, `RFC ${rfc}`);
});

describe('what is done of an RFC is done in a file that names it', () => {
  for (const { rfc, files } of rows.filter(({ done }) => done !== 'no')) {
    test(`RFC ${rfc}`, () => {
      assert.ok(files.length > 0, 'a file is named');
      for (const file of files) assert.ok(existsSync(join(root, file)), `${file} exists`);
      const named = files.some((file) => new RegExp(`RFC ${rfc}\\b`).test(textOf(file)));
      assert.ok(named, `one of ${files.join(', ')} mentions RFC ${rfc}`);
    });
  }
});

test('an RFC that is not followed names no file', () => {
  assert.deepEqual(
    rows.filter(({ done, files }) => done === 'no' && files.length > 0).map(({ rfc }) => rfc),
    [],
  );
});

test('every RFC that the code mentions is in the table', () => {
  const listed = new Set(rows.map(({ rfc }) => rfc));
  const mentioned = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
    [...textOf(file).matchAll(/\bRFC (\d{3,5})\b/g)].map(([, rfc = '']) => ({ rfc, file })),
  );
  assert.ok(mentioned.length > 100, 'the walk found the sources');
  assert.deepEqual(
    mentioned.filter(({ rfc }) => !listed.has(rfc)),
    [],
  );
});
