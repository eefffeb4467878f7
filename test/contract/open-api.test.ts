// The OpenAPI document: of every endpoint, checked in, and in the form of OpenAPI 3.1. After a change of an endpoint
// `npm run openapi` writes it anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Schema from 'typebox/schema';
import { TAGS } from '../../src/doors/api/describe/description.ts';
import { get, openDoor } from '../support/api-door.ts';
import { DOCUMENT, ENDPOINTS, VERSION } from '../support/open-api.ts';

const CHECKED_IN = new URL('../../docs/openapi.json', import.meta.url);

test('every endpoint is described, and nothing else is', () => {
  const { endpoints } = openDoor({ metrics: async () => '' }).app;
  assert.deepEqual(
    ENDPOINTS.map(({ endpoint }) => endpoint).sort(),
    [...endpoints].sort(),
    'describe it in src/doors/api/describe',
  );
});

test('the document that is checked in is the one that is served', async () => {
  const text = `${JSON.stringify(DOCUMENT, null, 2)}\n`;
  if (process.env['UPDATE_OPENAPI'] !== undefined) writeFileSync(CHECKED_IN, text);
  assert.equal(readFileSync(CHECKED_IN, 'utf8'), text, 'npm run openapi');
  const served = await openDoor({ facts: { version: VERSION } }).app.inject(get('/openapi.json'));
  assert.match(String(served.headers['content-type']), /^application\/json/);
  assert.deepEqual(served.json(), DOCUMENT);
});

test('the document is valid by the official schema of OpenAPI 3.1', async () => {
  const validate = async (document: object) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...structuredClone(document) });
    return { valid, errors, version: validator.version };
  };
  assert.deepEqual(await validate(DOCUMENT), { valid: true, errors: undefined, version: '3.1' });
  const [[path, methods] = assert.fail()] = Object.entries(DOCUMENT.paths);
  const [[method, operation] = assert.fail()] = Object.entries(methods);
  for (const wrong of [{ parameters: [{ name: 'x', in: 'nowhere' }] }, { responses: {} }, { tags: 'x' }]) {
    const paths = { ...DOCUMENT.paths, [path]: { [method]: { ...operation, ...wrong } } };
    assert.equal((await validate({ ...DOCUMENT, paths })).valid, false, JSON.stringify(wrong));
  }
});

/** Of JSON Schema 2020-12; the official schema of OpenAPI lets any object pass for a schema. */
const KEYWORDS = new Set([
  ...'$ref type enum anyOf properties patternProperties additionalProperties required items'.split(' '),
  ...'minimum maximum minLength maxLength maxItems description format examples'.split(' '),
]);
const TYPES = new Set('string number integer boolean object array null'.split(' '));

test('schemas in it are made of keywords and types that JSON Schema has', () => {
  const check = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return assert.equal(typeof schema, 'boolean', path);
    for (const [keyword, value] of Object.entries(schema)) {
      const here = `${path}/${keyword}`;
      assert.ok(KEYWORDS.has(keyword), here);
      if (keyword === 'type') assert.ok(TYPES.has(String(value)), `${here}: ${value}`);
      if (keyword === 'required') assert.ok(Array.isArray(value) && new Set(value).size === value.length, here);
      if (keyword === 'items' || keyword === 'additionalProperties') check(value, here);
      if (['anyOf', 'properties', 'patternProperties'].includes(keyword)) {
        for (const [name, inner] of Object.entries(value as object)) check(inner, `${here}/${name}`);
      }
    }
  };
  for (const { endpoint, operation, body, answer } of ENDPOINTS) {
    for (const { name, schema } of operation.parameters ?? []) check(schema, `${endpoint} ${name}`);
    if (body !== undefined) check(body, `${endpoint} takes`);
    if (answer !== undefined) check(answer, `${endpoint} gives`);
  }
  for (const [name, schema] of Object.entries(DOCUMENT.components.schemas)) check(schema, name);
});

test('the document has the form of OpenAPI 3.1', () => {
  assert.match(DOCUMENT.openapi, /^3\.1\.\d+$/);
  assert.deepEqual(Object.keys(DOCUMENT).sort(), ['components', 'info', 'openapi', 'paths', 'servers', 'tags']);
  assert.ok(DOCUMENT.info.title && DOCUMENT.info.version);
  const ids = ENDPOINTS.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length, 'ids of operations are unique');
  const schemes = Object.keys(DOCUMENT.components.securitySchemes);
  for (const { endpoint, operation } of ENDPOINTS) {
    assert.match(operation.operationId, /^[A-Za-z0-9]+$/, endpoint);
    assert.ok(
      operation.summary.length > 3 && operation.tags.every((tag) => TAGS.some((name) => name === tag)),
      endpoint,
    );
    assert.ok(operation.security.flatMap((each) => Object.keys(each)).every((name) => schemes.includes(name)));
    const inPath = [...endpoint.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const { parameters = [] } = operation;
    const declared = parameters.filter(({ in: where }) => where === 'path');
    assert.deepEqual(
      declared.map(({ name }) => name),
      inPath,
      endpoint,
    );
    assert.ok(declared.every(({ required }) => required === true));
    const places = parameters.map(({ name, in: where }) => `${where} ${name}`);
    assert.equal(new Set(places).size, places.length, endpoint);
    assert.ok(
      Object.keys(operation.responses).every((status) => /^[1-5]\d\d$/.test(status)) && operation.responses[200],
    );
    if (operation.requestBody) assert.doesNotMatch(endpoint, /^(GET|DELETE)/);
  }
});

test('every schema in it compiles, every reference leads somewhere, and every example fits its schema', () => {
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { $ref, schema, example } = value as { $ref?: unknown; schema?: { $ref?: string }; example?: unknown };
    if (typeof $ref === 'string') assert.ok(at($ref), `${path}: ${$ref}`);
    if (schema !== undefined && schema.$ref === undefined) {
      const compiled = Schema.Compile(schema);
      if (example !== undefined) assert.ok(compiled.Check(example), `${path}: the example`);
    }
    for (const [key, inner] of Object.entries(value)) walk(inner, `${path}/${key}`);
  };
  walk(DOCUMENT.paths, '#/paths');
});

function at(reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((found, step) => (found as Record<string, unknown> | undefined)?.[step], DOCUMENT);
}

test('what is ours is told apart from what is Postmark’s', () => {
  const ours = new Set([
    '/capture',
    '/pools',
    '/addresses',
    '/holds',
    '/guards',
    '/lanes',
    '/tls',
    '/health',
    '/status',
  ]);
  for (const { endpoint, operation } of ENDPOINTS) {
    const first = `/${endpoint.split(/[ /]+/)[1] ?? ''}`;
    if (ours.has(first)) assert.equal(operation['x-bulkhead'], true, endpoint);
  }
});

test('the page shows the document, and runs nothing but its own script', async () => {
  const { app } = openDoor();
  const page = await app.inject(get('/docs'));
  assert.equal(page.statusCode, 200);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'; script-src 'sha256-[\w+/=]+'/);
  assert.doesNotMatch(page.body, /(?:src|href)="(?:https?:)?\/\//, 'nothing is loaded from elsewhere');
  assert.doesNotMatch(page.body, /\{\{\w+\}\}/);
  assert.match(page.body, /openapi\.json/);
});
