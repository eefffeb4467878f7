// Whatever arrives is answered as the contract says: never 500, always JSON, and submit is handed well-formed drafts only.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Draft } from '../../src/core/draft.ts';
import { TRACK_LINKS } from '../../src/domain/server.ts';
import { openDoor, TOKENS, type Door } from '../support/api-door.ts';

const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 400) };
const FIELDS =
  'From To Cc Bcc Subject HtmlBody TextBody ReplyTo Tag Metadata Headers Attachments TrackOpens TrackLinks MessageStream Name Value Content ContentType ContentID __proto__ constructor'.split(
    ' ',
  );

const anyCase = (name: string) =>
  fc
    .nat()
    .map((bits) => [...name].map((c, i) => ((bits >> (i % 30)) & 1 ? c.toUpperCase() : c.toLowerCase())).join(''));
const name = fc.oneof(
  fc.constantFrom(...FIELDS),
  fc.constantFrom(...FIELDS).chain(anyCase),
  fc.string({ maxLength: 8 }),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, '', 'ann@example.com', 'HtmlOnly', 0),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.double(),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('json')), { maxLength: 8 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const damaged = fc
  .tuple(json, fc.nat(), fc.constantFrom('', '"', '\\', ',', '[', ']', '{', '}', '\u0000'))
  .map(([value, at, insert]) => {
    const text = JSON.stringify(value);
    const place = at % (text.length + 1);
    return Buffer.from(text.slice(0, place) + insert + text.slice(place + (at % 3)));
  });
const text = fc.oneof(fc.constantFrom(null, '', 'ann@example.com', 'x'), fc.string({ unit: 'binary', maxLength: 12 }));
/** Right types, except where one field is replaced. */
const message = fc
  .record(
    {
      From: text,
      to: text,
      SUBJECT: text,
      TextBody: text,
      Metadata: fc.dictionary(fc.oneof(name, fc.string()), text, { maxKeys: 3 }),
      headers: fc.array(fc.record({ Name: text, value: text }, { requiredKeys: [] }), { maxLength: 3 }),
      Attachments: fc.array(fc.record({ Name: text, Content: text, ContentId: text }, { requiredKeys: [] }), {
        maxLength: 3,
      }),
      TrackLinks: fc.constantFrom(null, '', 'HTMLONLY'),
    },
    { requiredKeys: [] },
  )
  .chain((good) =>
    fc.oneof(
      fc.constant(good),
      fc.tuple(name, json).map(([key, value]) => ({ ...good, [key]: value })),
    ),
  );
const body = fc.oneof(
  message.map((value) => Buffer.from(JSON.stringify(value))),
  fc.array(fc.oneof(message, json), { maxLength: 5 }).map((value) => Buffer.from(JSON.stringify(value))),
  json.map((value) => Buffer.from(JSON.stringify(value))),
  damaged,
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

for (const url of ['/email', '/email/batch']) {
  test(`any body to ${url} gets a proper answer`, async () => {
    const door = openDoor();
    let messages = 0;
    await fc.assert(
      fc.asyncProperty(body, async (payload) => {
        await assertProper(door, url, payload);
        messages += door.handed.length;
      }),
      RUNS,
    );
    assert.ok(messages > RUNS.numRuns / 20, `only ${messages} messages got through`);
  });
}

const corpus = join(import.meta.dirname, 'corpus/api-bodies');
for (const file of readdirSync(corpus)) {
  test(`the body ${file} gets a proper answer`, async () => {
    for (const url of ['/email', '/email/batch']) await assertProper(openDoor(), url, readFileSync(join(corpus, file)));
  });
}

async function assertProper(door: Door, url: string, payload: Buffer): Promise<void> {
  door.handed.length = 0;
  const headers = {
    'content-type': 'application/json',
    'content-length': String(payload.length),
    'x-postmark-server-token': TOKENS.server,
  };
  const response = await door.app.inject({ method: 'POST', url, payload, headers });
  assert.ok([200, 422].includes(response.statusCode), `${response.statusCode}: ${response.body}`);
  if (response.statusCode === 422) {
    const { ErrorCode, Message } = response.json<{ ErrorCode: number; Message: string }>();
    assert.ok([402, 403, 410].includes(ErrorCode), response.body);
    assert.ok(Message.length < 1000);
    assert.equal(door.handed.length, 0);
  } else if (url === '/email/batch') {
    assert.equal(response.json<unknown[]>().length, (JSON.parse(withoutMark(payload)) as unknown[]).length);
  }
  for (const { draft } of door.handed) assertWellFormed(draft);
  assert.equal(({} as Record<string, unknown>).isAdmin, undefined);
}

function withoutMark(payload: Buffer): string {
  return payload.toString('utf8').replace(/^\ufeff/, '');
}

function assertWellFormed(draft: Draft): void {
  assert.equal(draft.kind, 'content');
  if (draft.kind !== 'content') return;
  const { from, to, cc, bcc, replyTo, subject, htmlBody, textBody, tag, streamId } = draft;
  for (const text of [from, to, cc, bcc, replyTo, subject, htmlBody, textBody, tag, streamId]) {
    assert.ok(text === undefined || (typeof text === 'string' && text !== '' && text.isWellFormed()));
  }
  assert.ok(draft.trackOpens === undefined || typeof draft.trackOpens === 'boolean');
  assert.ok(draft.trackLinks === undefined || TRACK_LINKS.includes(draft.trackLinks));
  assert.equal(Object.getPrototypeOf(draft.metadata), Object.prototype);
  for (const value of Object.values(draft.metadata)) assert.equal(typeof value, 'string');
  for (const header of draft.headers)
    assert.deepEqual(
      Object.values(header).map((part) => typeof part),
      ['string', 'string'],
    );
  for (const { name, content, contentType, contentId } of draft.attachments) {
    assert.deepEqual([typeof name, typeof content, typeof contentType], ['string', 'string', 'string']);
    assert.ok(contentId === undefined || typeof contentId === 'string');
  }
}

const parameter = fc.oneof(
  fc.constantFrom(
    'count',
    'offset',
    'status',
    'fromdate',
    'todate',
    'metadata_a',
    'type',
    'inactive',
    'messageid',
    'tag',
  ),
  fc.string({ maxLength: 10 }),
);
const value = fc.oneof(
  fc.constantFrom('1', '0', '500', 'true', 'sent', '2026-02-30', '9999-12-31T23:59:59', '0000-1-1', 'HardBounce', ''),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
);

test('any query gets a proper answer', async () => {
  const { app } = openDoor();
  const paths = fc.constantFrom('/messages/outbound', '/bounces', '/capture', '/deliverystats');
  await fc.assert(
    fc.asyncProperty(paths, fc.array(fc.tuple(parameter, value), { maxLength: 6 }), async (path, pairs) => {
      const url = `${path}?count=1&offset=0&${new URLSearchParams(pairs).toString()}`;
      const response = await app.inject({ url, headers: { 'x-postmark-server-token': TOKENS.server } });
      assert.ok([200, 422].includes(response.statusCode), `${url}: ${response.body}`);
      assert.equal(typeof response.json(), 'object');
    }),
    RUNS,
  );
});

test('any path gets a proper answer', async () => {
  const { app } = openDoor();
  const segment = fc.oneof(
    fc.constantFrom('messages', 'outbound', 'bounces', 'capture', 'details', 'dump', 'email', '..', '%zz', '%00', ''),
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS') as fc.Arbitrary<'GET' | 'POST'>;
  await fc.assert(
    fc.asyncProperty(method, fc.array(segment, { minLength: 1, maxLength: 5 }), async (verb, segments) => {
      const response = await app.inject({
        method: verb,
        url: `/x/../${segments.join('/')}`.replace('/x/..', ''),
        headers: { 'x-postmark-server-token': TOKENS.server },
      });
      assert.ok([200, 400, 404, 405, 422].includes(response.statusCode), `${response.statusCode} ${response.body}`);
    }),
    RUNS,
  );
});
