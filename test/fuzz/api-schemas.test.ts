// Bad input, made from the OpenAPI document: bodies that fit their schema and bodies that do not, odd queries, odd ids. Never 500,
// always JSON as the contract says, answers as they are described, and no prototype is ever touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import Schema from 'typebox/schema';
import { TOKENS } from '../support/api-door.ts';
import { bodyOf, undescribed } from '../support/from-schema.ts';
import { fuzzRuns } from '../support/fuzzing.ts';
import { IDS, openFurnishedDoor, requestTo, type FurnishedDoor, type RequestTo } from '../support/furnished-door.ts';
import { ENDPOINTS, takes, type Described } from '../support/open-api.ts';

/** Not `.` and `..`, which a client takes out of the path before it asks. */
const id = fc.oneof(
  fc.constantFrom(...IDS, '0', '-1', '1.5', '1e3', '9'.repeat(17), '__proto__', 'constructor', ' ', '%00', '...'),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .map((text) => text.toWellFormed())
    .filter((text) => !/^\.{1,2}$/.test(text)),
);

for (const endpoint of ENDPOINTS.filter(({ body }) => body !== undefined)) {
  test(`any body to ${endpoint.endpoint} gets a proper answer`, async () => {
    const door = await openFurnishedDoor();
    const body = bodyOf(endpoint.body ?? {}, endpoint.example);
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom('1', 'outbound', 'transactional'), async (payload, of) => {
        await assertProper(door, endpoint, { id: of, payload });
      }),
      { ...fuzzRuns(60) },
    );
  });
}

const OWN = /^\/servers\b/;

test('any id in a path gets a proper answer', async () => {
  const door = await openFurnishedDoor();
  // Without those that take away what the callers are: their tokens, and the server that has them.
  const paths = ENDPOINTS.filter(({ method, path }) => path.includes('{') && !(method === 'DELETE' && OWN.test(path)));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), id, (endpoint, given) => assertProper(door, endpoint, { id: given })),
    fuzzRuns(500),
  );
});

const NAMES = [
  ...new Set(ENDPOINTS.flatMap(({ operation }) => (operation.parameters ?? []).map(({ name }) => name))),
  ...['__proto__', 'constructor', 'metadata_', 'metadata_a', 'metadata___proto__', ''],
];
const value = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '500',
    '501',
    '-1',
    '9'.repeat(40),
    'true',
    '2026-02-30',
    '0000-1-1',
    '275760-09-14',
    '١',
  ),
  fc.constantFrom('9999-12-31T23:59:59', '2026-8-5', 'HardBounce', 'outbound', '[object Object]'),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
);

test('any query gets a proper answer', async () => {
  const door = await openFurnishedDoor();
  const readers = ENDPOINTS.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
  const pairs = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...readers), pairs, fc.boolean(), async (endpoint, given, paged) => {
      const query = `${paged ? 'count=1&offset=0&' : ''}${new URLSearchParams(given).toString()}`;
      await assertProper(door, endpoint, { id: '1', query });
    }),
    fuzzRuns(800),
  );
});

test('a query that is no query gets a proper answer', async () => {
  const door = await openFurnishedDoor();
  for (const endpoint of ENDPOINTS.filter(({ method }) => method === 'GET')) {
    for (const query of [
      '%',
      '%ff=%ff',
      'a[b]=c',
      '&&&===',
      'count=%00&offset=',
      'count=1&count=2&offset=0',
      '?'.repeat(2000),
    ]) {
      await assertProper(door, endpoint, { id: '1', query });
    }
  }
});

/** Its body is read beyond the door. */
const BEYOND = 'POST /email/bulk';

test('what is no JSON is 402, a wrong type is 403 with its path', async () => {
  const { app } = await openFurnishedDoor();
  for (const endpoint of ENDPOINTS.filter(({ endpoint: name, body }) => name !== BEYOND && body?.properties)) {
    const broken = await app.inject(requestTo(endpoint, { id: '1', payload: '{"a":', ...caller(endpoint) }));
    const codes = endpoint.operation.responses['422']?.description ?? '';
    if (/\b402\b/.test(codes)) assert.equal(broken.json().ErrorCode, 402, endpoint.endpoint);
    const [name] = Object.entries(endpoint.body?.properties ?? {}).find(([, { type }]) => type === 'string') ?? [];
    if (name === undefined || !/\b403\b/.test(codes)) continue;
    const wrong = await app.inject(requestTo(endpoint, { id: '1', payload: `{"${name}":{}}`, ...caller(endpoint) }));
    assert.deepEqual([wrong.statusCode, wrong.json().ErrorCode], [422, 403], `${endpoint.endpoint} ${wrong.body}`);
    assert.match(wrong.json().Message, new RegExp(`\\$\\.${name}\\b`), 'the schema that is described validates');
  }
});

const compiled = new Map(
  ENDPOINTS.flatMap(({ endpoint, answer }) =>
    answer === undefined ? [] : [[endpoint, Schema.Compile(answer)] as const],
  ),
);

async function assertProper(door: FurnishedDoor, endpoint: Described, given: RequestTo): Promise<void> {
  const response = await door.app.inject(requestTo(endpoint, { ...caller(endpoint), ...given }));
  const what = `${endpoint.endpoint} ${JSON.stringify(given).slice(0, 300)}: ${response.statusCode} ${response.body.slice(0, 300)}`;
  assert.ok([200, 400, 404, 413, 422].includes(response.statusCode), what);
  if (response.statusCode === 200) assertAnswer(endpoint, response, what);
  // Pages for people say no with a page.
  else if (!isPage(endpoint)) assertEnvelope(response, what);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined, what);
  assert.ok(!Object.keys(Object.prototype).length, what);
}

function isPage({ operation }: Described): boolean {
  return 'text/html' in (operation.responses['200']?.content ?? {});
}

function assertAnswer({ endpoint, answer }: Described, response: LightMyRequestResponse, what: string): void {
  if (answer === undefined) return;
  assert.match(String(response.headers['content-type']), /^application\/json/, what);
  const body: unknown = response.json();
  assert.ok(compiled.get(endpoint)?.Check(body), `the answer is not as described: ${what}`);
  assert.deepEqual(undescribed(answer, body), [], `the answer says more than is described: ${what}`);
}

function assertEnvelope(response: LightMyRequestResponse, what: string): void {
  assert.match(String(response.headers['content-type']), /^application\/json/, what);
  const body = response.json();
  assert.match(String(response.headers['x-pm-apierrorcode']), /^\d+$/, what);
  // A verification that failed has a body of its own (contract sending 2).
  if (response.headers['x-pm-apierrorcode'] === '1364') return;
  assert.deepEqual([typeof body.ErrorCode, typeof body.Message], ['number', 'string'], what);
  assert.equal(String(body.ErrorCode), response.headers['x-pm-apierrorcode'], what);
  assert.ok(body.Message.length > 0 && body.Message.length < 6000, what);
}

function caller(endpoint: Described): Partial<RequestTo> {
  return {
    ...(takes(endpoint, 'ServerToken') && { token: TOKENS.server }),
    ...(takes(endpoint, 'AccountToken') && !takes(endpoint, 'ServerToken') && { accountToken: TOKENS.account }),
  };
}
