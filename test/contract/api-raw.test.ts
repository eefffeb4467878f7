// What clients send that no careful client would, to every endpoint of the OpenAPI document (contract management 1.1 and 21): paths,
// names of parameters and of properties in odd case, a slash at the end, `null` as a body where none is needed, dates without
// their zeros. Each is answered, and asks the rest of the program, as the tidy request does. New endpoints are asked by themselves.
import assert from 'node:assert/strict';
import type { InjectOptions } from 'fastify';
import { test } from 'node:test';
import { MESSAGE_ID, TOKENS } from '../support/api-door.ts';
import { openFurnishedDoor, requestTo, type FurnishedDoor, type RequestTo } from '../support/furnished-door.ts';
import { ENDPOINTS, takes, type Described, type JsonSchema } from '../support/open-api.ts';

const PAGE = 'count=50&offset=0';

for (const method of [...new Set(ENDPOINTS.map((each) => each.method))]) {
  test(`${method}: odd requests are answered as tidy ones are`, async () => {
    const open = doorFor(method);
    const of = ENDPOINTS.filter((each) => each.method === method);
    for (const endpoint of of) {
      const tidy = await outcome(await open(), ask(endpoint));
      const odd = oddly(endpoint);
      assert.deepEqual(await outcome(await open(), odd), tidy, `${method} ${odd.url} with ${odd.payload}`);
    }
    assert.ok(of.length > 0);
  });
}

test('most of these requests reach what they ask for', async () => {
  const door = await openFurnishedDoor();
  const gets = ENDPOINTS.filter(({ method }) => method === 'GET');
  const statuses = await Promise.all(gets.map(async (each) => (await door.app.inject(ask(each))).statusCode));
  assert.ok(statuses.filter((status) => status === 200).length > gets.length * 0.6, String(statuses));
});

test('dates without their zeros are read as the others', async () => {
  const door = await openFurnishedDoor();
  const dated = ENDPOINTS.filter(({ operation }) => operation.parameters?.some(({ name }) => name === 'fromdate'));
  assert.ok(dated.length >= 18, `only ${dated.length} take dates`);
  for (const endpoint of dated) {
    const at = (from: string): Promise<Outcome> =>
      outcome(door, ask(endpoint, { query: `${PAGE}&fromdate=${from}&todate=2026-9-1` }));
    const tidy = await at('2026-08-05');
    assert.equal(tidy.status, 200, endpoint.endpoint);
    assert.deepEqual(await at('2026-8-5'), tidy, endpoint.endpoint);
    assert.equal((await at('2026-8-32')).status, 422, endpoint.endpoint);
  }
});

/** What reads can share a world. */
function doorFor(method: string): () => Promise<FurnishedDoor> {
  if (method !== 'GET') return openFurnishedDoor;
  const shared = openFurnishedDoor();
  return () => shared;
}

interface Asked extends InjectOptions {
  readonly url: string;
  readonly payload?: string;
}

function ask(endpoint: Described, given: Partial<RequestTo> = {}): Asked {
  const token = takes(endpoint, 'ServerToken')
    ? { token: TOKENS.server }
    : { ...(takes(endpoint, 'AccountToken') && { accountToken: TOKENS.account }) };
  return requestTo(endpoint, { id: idOf(endpoint), query: PAGE, ...token, ...given }) as Asked;
}

/** Of something that is there. */
function idOf({ path }: Described): string {
  if (/^\/(?:messages|capture)\b/.test(path)) return MESSAGE_ID;
  if (path.startsWith('/message-streams')) return 'outbound';
  return path.startsWith('/bounces') ? '700000123' : '1';
}

function oddly(endpoint: Described): Asked {
  const { body, example } = endpoint;
  const tidy = ask(endpoint, { payload: body === undefined ? 'null' : JSON.stringify(renamed(body, example ?? {})) });
  const [given = '', query = ''] = tidy.url.split('?');
  const fixed = endpoint.path.split('/');
  const steps = given.split('/').map((step, at) => (fixed[at]?.startsWith('{') === true ? step : step.toUpperCase()));
  return { ...tidy, url: `${steps.join('/')}/?${query.toUpperCase()}` };
}

interface Outcome {
  readonly status: number;
  readonly code: unknown;
  readonly body: unknown;
  readonly asked: unknown;
}

async function outcome(door: FurnishedDoor, request: Asked): Promise<Outcome> {
  const { asked, handed } = door;
  asked.length = 0;
  const { statusCode: status, headers, body } = await door.app.inject(request);
  return {
    status,
    code: headers['x-pm-apierrorcode'],
    body: String(headers['content-type']).includes('json') ? lasting(JSON.parse(body)) : body,
    asked: [...asked, ...handed].map(lasting),
  };
}

/** Without what differs from one world to the next: times, ids and keys that are made anew. */
function lasting(value: unknown): unknown {
  if (typeof value === 'string') return /[\w+/=-]{20,}|\d{4}-\d\d-\d\d|\d{14}/.test(value) ? 'anew' : value;
  if (typeof value === 'number') return value > 1e11 ? 'anew' : value;
  if (Array.isArray(value)) return value.map(lasting);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === 'Hint' ? 'anew' : lasting(inner)]),
  );
}

/** Names that the schema knows; those of metadata and models are the sender's own. */
function renamed(schema: JsonSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const known = schema.properties?.[name];
      return known === undefined ? [name, inner] : [name.toLowerCase(), renamed(known, inner)];
    }),
  );
}
