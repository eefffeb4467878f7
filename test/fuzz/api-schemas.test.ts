// Bad input, made from the OpenAPI document: bodies that fit their schema and bodies that do not, odd queries, odd ids. Never 500,
// always JSON as the contract says, answers as they are described, and no prototype is ever touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import Schema from 'typebox/schema';
import { TOKENS } from '../support/api-door.ts';
import { bodyOf, undescribed, valueOf } from '../support/from-schema.ts';
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

/** What cannot be had here: links that are signed, a lane that tells, states that time brings, examples that need others. */
const OUT_OF_REACH = new Set([
  ...['GET', 'POST'].flatMap((method) => [`${method} /unsubscribe/{token}`, `${method} /confirm-sender/{token}`]),
  ...[
    'GET /messages/outbound/{id}/why',
    'PUT /messages/inbound/{id}/retry',
    'GET /data-removals',
    'DELETE /servers/{id}',
  ],
  ...['PUT /domains/{id}', 'PUT /domains/{id}/verifyCustomTracking', 'POST /domains/{id}/rotatedkim'],
  ...['POST /senders/{id}/requestnewdkim', 'POST /email/withTemplate'],
]);

test('every endpoint is reached, so that what it says when it does what it is for is compared with what is described', async () => {
  const missed: string[] = [];
  for (const endpoint of ENDPOINTS) if (!(await isReached(endpoint))) missed.push(endpoint.endpoint);
  assert.deepEqual(missed.toSorted(), [...OUT_OF_REACH].toSorted());
});

async function isReached(endpoint: Described): Promise<boolean> {
  const door = await openFurnishedDoor();
  for (const first of idsFor(endpoint)) {
    for (const second of /\{.*\{/.test(endpoint.path) ? IDS : ['']) {
      const response = await assertProper(door, endpoint, { id: first, ids: [first, second] });
      if (response.statusCode === 200) return true;
    }
  }
  return false;
}

function idsFor({ path }: Described): readonly string[] {
  return path.includes('{') ? IDS : ['1'];
}

/** Those take away what the callers are: their tokens, and the server that has them. */
const OWN = /^DELETE \/servers\b/;

test('any ids in a path get a proper answer', async () => {
  const door = await openFurnishedDoor();
  const paths = ENDPOINTS.filter(({ endpoint, path }) => path.includes('{') && !OWN.test(endpoint));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), id, id, async (endpoint, one, two) => {
      await assertProper(door, endpoint, { id: one, ids: [one, two] });
    }),
    fuzzRuns(500),
  );
});

test('any ids of what callers need themselves get a proper answer', async () => {
  const paths = ENDPOINTS.filter(({ endpoint }) => OWN.test(endpoint));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), id, id, async (endpoint, one, two) => {
      await assertProper(await openFurnishedDoor(), endpoint, { id: one, ids: [one, two] });
    }),
    fuzzRuns(20),
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

/** Names that the endpoint knows, mostly with values of their kind, so that several are right together. */
function pairsOf({ operation }: Described): fc.Arbitrary<readonly (readonly [string, string])[]> {
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const pair = fc.oneof(
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...NAMES), value) },
    ...known.map(({ name, schema }) => ({
      weight: 2,
      arbitrary: fc.tuple(fc.constant(name), fc.oneof(value, valueOf(schema).map(asText))),
    })),
  );
  return fc.array(pair, { maxLength: 6 });
}

function asText(given: unknown): string {
  return String(given).toWellFormed();
}

test('any query gets a proper answer, whatever the endpoint', async () => {
  const door = await openFurnishedDoor();
  const asked = fc
    .constantFrom(...ENDPOINTS.filter(({ endpoint }) => !OWN.test(endpoint)))
    .chain((endpoint) => fc.tuple(fc.constant(endpoint), pairsOf(endpoint), fc.constantFrom(...idsFor(endpoint))));
  await fc.assert(
    fc.asyncProperty(asked, fc.boolean(), async ([endpoint, given, of], paged) => {
      const pairs = given.map(([name, text]): [string, string] => [name, text]);
      const query = `${paged ? 'count=1&offset=0&' : ''}${new URLSearchParams(pairs).toString()}`;
      await assertProper(door, endpoint, { id: of, query });
    }),
    fuzzRuns(1500),
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

const ODD_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'idempotency-key': ['', ' ', 'order-1', 'é', 'x'.repeat(255), 'x'.repeat(256), '__proto__'],
  'content-type': ['', 'text/plain', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', '/', ';'],
  'content-encoding': ['', 'identity', 'gzip', 'br, gzip'],
  accept: ['', 'text/html', 'application/xml;q=1', '*/*'],
  'x-postmark-server-token': ['', TOKENS.account, TOKENS.other, 'POSTMARK_API_TEST', '__proto__', 'x'.repeat(5000)],
  'x-postmark-account-token': ['', TOKENS.server, TOKENS.account, 'constructor', "' or 1=1 --"],
  'x-forwarded-for': ['', '127.0.0.1', 'not an address'],
  'x-http-method-override': ['DELETE'],
};
const headers = fc.record(
  Object.fromEntries(Object.entries(ODD_HEADERS).map(([name, values]) => [name, fc.constantFrom(...values)])),
  { requiredKeys: [] },
);

test('any headers get a proper answer', async () => {
  const door = await openFurnishedDoor();
  const calm = ENDPOINTS.filter(({ endpoint }) => !OWN.test(endpoint));
  const asked = fc
    .constantFrom(...calm)
    .chain((endpoint) => fc.tuple(fc.constant(endpoint), fc.constantFrom(...idsFor(endpoint))));
  await fc.assert(
    fc.asyncProperty(asked, headers, async ([endpoint, of], given) => {
      await assertProper(door, endpoint, { id: of, headers: given as Record<string, string> }, [401, 409, 415]);
    }),
    fuzzRuns(1000),
  );
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

async function assertProper(
  door: FurnishedDoor,
  endpoint: Described,
  given: RequestTo,
  also: readonly number[] = [],
): Promise<LightMyRequestResponse> {
  const response = await door.app.inject(requestTo(endpoint, { ...caller(endpoint), ...given }));
  const what = `${endpoint.endpoint} ${JSON.stringify(given).slice(0, 300)}: ${response.statusCode} ${response.body.slice(0, 300)}`;
  assert.ok([200, 400, 404, 413, 422, ...also].includes(response.statusCode), what);
  if (response.statusCode === 200) assertAnswer(endpoint, response, what);
  // Pages for people say no with a page.
  else if (!isPage(endpoint)) assertEnvelope(response, what);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined, what);
  assert.ok(!Object.keys(Object.prototype).length, what);
  return response;
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
