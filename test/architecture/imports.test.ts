// The floors of the house: imports go only downward, and there is no cycle (ARCHITECTURE.md, "Floors").
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const src = join(root, 'src');

/** What each floor may import, beside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  lib: [],
  mail: ['lib'],
  domain: ['lib', 'mail'],
  ports: ['domain', 'mail', 'lib'],
  core: ['ports', 'domain', 'mail', 'lib'],
  backends: ['ports', 'domain', 'mail', 'lib'],
  doors: ['core', 'ports', 'domain', 'mail', 'lib'],
  main: ['doors', 'backends', 'core', 'ports', 'domain', 'mail', 'lib'],
};

/** Packages and built-ins that only some floors may know. */
const ONLY_IN: readonly { pattern: RegExp; floors: readonly string[] }[] = [
  { pattern: /^(better-sqlite3|node:sqlite|pg|kysely)$/, floors: ['backends'] },
  { pattern: /^@css-inline\//, floors: ['backends'] },
  { pattern: /^fastify$/, floors: ['doors'] },
  { pattern: /^pino$/, floors: ['lib'] },
  { pattern: /^prom-client(\/|$)/, floors: ['lib'] },
];

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const files = sources(src);
const graph = new Map(
  files.map((file) => [
    file,
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => resolve(dirname(file), name)),
  ]),
);
const floorOf = (file: string): string => relative(src, file).split('/')[0] ?? '';
const short = (file: string): string => relative(root, file);

test('every file stands on a known floor', () => {
  const strays = files.filter((file) => MAY_IMPORT[floorOf(file)] === undefined).map(short);
  assert.deepEqual(strays, []);
  assert.ok(files.length > 20, 'the walk found the sources');
});

test('imports go only downward', () => {
  const upward = [...graph].flatMap(([file, targets]) => {
    const floor = floorOf(file);
    const allowed = new Set([floor, ...(MAY_IMPORT[floor] ?? [])]);
    return targets
      .filter((target) => !allowed.has(floorOf(target)))
      .map((target) => `${short(file)} -> ${short(target)}`);
  });
  assert.deepEqual(upward, []);
});

test('the mail floor knows no product word', () => {
  const words = /\b(bulkhead|postmark|server token|lane|stream id)\b/i;
  const found = files
    .filter((file) => floorOf(file) === 'mail')
    .filter((file) => words.test(readFileSync(file, 'utf8')));
  assert.deepEqual(found.map(short), []);
});

test('databases, frameworks and sinks are known only where they belong', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => ONLY_IN.some((rule) => rule.pattern.test(name) && !rule.floors.includes(floorOf(file))))
      .map((name) => `${short(file)} -> ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('no file imports itself by a detour', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, path: string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].map(short).join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) walk(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  assert.deepEqual(cycles, []);
});

test('every import of a source file exists', () => {
  const known = new Set(files);
  const missing = [...graph].flatMap(([file, targets]) =>
    targets.filter((target) => !known.has(target)).map((target) => `${short(file)} -> ${short(target)}`),
  );
  assert.deepEqual(missing, []);
});
