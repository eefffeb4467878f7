// docs/compatibility.md: its table has every endpoint and no other, and its decisions are numbered one after the other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ENDPOINTS } from '../support/open-api.ts';

const TEXT = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
const METHODS = 'GET|POST|PUT|PATCH|DELETE';

test('every endpoint has its row, and no row tells of one that is not there', () => {
  const told = section('What exists').split('\n').flatMap(endpointsOfRow);
  const twice = told.filter((endpoint, at) => told.indexOf(endpoint) !== at);
  assert.deepEqual(twice, [], 'told twice');
  const there = ENDPOINTS.map(({ endpoint }) => plain(endpoint));
  const isTold = (endpoint: string): boolean => told.some((row) => covers(row, endpoint));
  assert.deepEqual(
    there.filter((endpoint) => !isTold(endpoint)),
    [],
    'without a row',
  );
  assert.deepEqual(
    told.filter((row) => !there.some((endpoint) => covers(row, endpoint))),
    [],
    'not there',
  );
});

test('the decisions are numbered without a gap, and every decision that is named exists', () => {
  const numbers = [...section('Decisions').matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
  const expected = Array.from({ length: Math.max(...numbers) }, (_, at) => at + 1);
  assert.deepEqual(
    numbers.toSorted((one, other) => one - other),
    expected,
  );
  const named = [...TEXT.matchAll(/decisions? (\d+)(?: to (\d+))?/gi)].flatMap(([, from, to]) => [from, to ?? from]);
  for (const number of named) assert.ok(expected.includes(Number(number)), `decision ${number}`);
  assert.doesNotMatch(section('Decisions'), /^- /m, 'a decision without a number');
});

function section(name: string): string {
  const [, text = ''] = TEXT.split(`\n## ${name}\n`);
  assert.ok(text.length > 0, name);
  return text.split('\n## ')[0] ?? '';
}

/** `GET`, `POST /a/{id}`, `…/b` is GET and POST of /a/{}, and POST of /a/{}/b: `…` is the last path that was told whole. */
function endpointsOfRow(row: string): readonly string[] {
  const [, cell = ''] = row.split(' | ')[0]?.split('| ') ?? [];
  const found: string[] = [];
  let methods: string[] = [];
  let waiting: string[] = [];
  let whole = '';
  for (const [, token = ''] of cell.matchAll(/`([^`]+)`/g)) {
    const [, method, path] = new RegExp(`^(${METHODS})?(?: ?([/…].*))?$`).exec(token) ?? [];
    if (method === undefined && path === undefined) return [];
    if (method !== undefined) waiting.push(method);
    if (path === undefined) continue;
    if (waiting.length > 0) [methods, waiting] = [waiting, []];
    if (path.startsWith('/')) whole = path;
    for (const each of methods) found.push(plain(`${each} ${path.replace('…', whole)}`));
  }
  return found;
}

function plain(endpoint: string): string {
  return endpoint
    .replace(/\{[^}]*\}/g, '{}')
    .replace(/(?<=.)\/$/, (slash, at) => (endpoint[at - 1] === ' ' ? slash : ''));
}

/** `*` at the end of a row stands for all below. */
function covers(row: string, endpoint: string): boolean {
  return row.endsWith('/*') ? endpoint.startsWith(row.slice(0, -1)) : row.toLowerCase() === endpoint.toLowerCase();
}
