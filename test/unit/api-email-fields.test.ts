// What POST /email hands to submit: every field of the wire (contract sending 6.1), and every habit of clients (5, 26; management 21).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContentDraft } from '../../src/core/draft.ts';
import { MINIMAL, openDoor, post } from '../support/api-door.ts';

const NOTHING: ContentDraft = {
  kind: 'content',
  from: undefined,
  to: undefined,
  cc: undefined,
  bcc: undefined,
  replyTo: undefined,
  subject: undefined,
  htmlBody: undefined,
  textBody: undefined,
  tag: undefined,
  metadata: {},
  headers: [],
  attachments: [],
  trackOpens: undefined,
  trackLinks: undefined,
  streamId: undefined,
};

async function draftOf(body: unknown): Promise<ContentDraft> {
  const door = openDoor();
  const response = await door.app.inject(post('/email', body));
  assert.equal(response.statusCode, 200, response.body);
  return door.draft();
}

test('hands every field over as it was given', async () => {
  const draft = await draftOf({
    From: 'Ann <ann@example.com>',
    To: 'bob@example.net, "Lee, C" <c@example.net>',
    Cc: 'd@example.net',
    Bcc: 'e@example.net',
    ReplyTo: 'r@example.com',
    Subject: 'Grüße 👋',
    HtmlBody: '<b>x</b>',
    TextBody: 'x',
    Tag: 'welcome',
    Metadata: { Color: 'blue', size: '' },
    Headers: [
      { Name: 'X-One', Value: 'a' },
      { Name: 'X-One', Value: '' },
    ],
    Attachments: [{ Name: 'a.txt', Content: 'aGk=', ContentType: 'text/plain', ContentID: 'cid:logo' }],
    TrackOpens: true,
    TrackLinks: 'HtmlOnly',
    MessageStream: 'broadcast',
  });
  assert.deepEqual(draft, {
    kind: 'content',
    from: 'Ann <ann@example.com>',
    to: 'bob@example.net, "Lee, C" <c@example.net>',
    cc: 'd@example.net',
    bcc: 'e@example.net',
    replyTo: 'r@example.com',
    subject: 'Grüße 👋',
    htmlBody: '<b>x</b>',
    textBody: 'x',
    tag: 'welcome',
    metadata: { Color: 'blue', size: '' },
    headers: [
      { name: 'X-One', value: 'a' },
      { name: 'X-One', value: '' },
    ],
    attachments: [{ name: 'a.txt', content: 'aGk=', contentType: 'text/plain', contentId: 'cid:logo' }],
    trackOpens: true,
    trackLinks: 'HtmlOnly',
    streamId: 'broadcast',
  });
});

const SAME_AS_NOTHING: readonly [what: string, body: unknown][] = [
  ['an empty object', {}],
  [
    'null in every field, as typed clients send it',
    Object.fromEntries(
      'From To Cc Bcc Subject HtmlBody TextBody ReplyTo Tag Metadata Headers Attachments TrackOpens TrackLinks MessageStream'
        .split(' ')
        .map((name) => [name, null]),
    ),
  ],
  [
    'an empty text in every text field',
    Object.fromEntries(
      'From To Cc Bcc Subject HtmlBody TextBody ReplyTo Tag TrackLinks MessageStream'
        .split(' ')
        .map((name) => [name, '']),
    ),
  ],
  ['fields that nobody knows', { Colour: 'red', InlineCss: true, Attach: [1, 2], from_name: 'Ann' }],
  ['empty lists', { Headers: [], Attachments: [], Metadata: {} }],
];

for (const [what, body] of SAME_AS_NOTHING) {
  test(`reads ${what} as no fields at all, and leaves the rules to submit`, async () => {
    assert.deepEqual(await draftOf(body), NOTHING);
  });
}

test('matches names of fields without regard to case', async () => {
  const draft = await draftOf(
    '{"from":"a@example.com","TO":"b@example.net","htmlBody":"<p>","SUBJECT":"s","messagestream":"x"}',
  );
  assert.deepEqual(draft, {
    ...NOTHING,
    from: 'a@example.com',
    to: 'b@example.net',
    htmlBody: '<p>',
    subject: 's',
    streamId: 'x',
  });
});

const CONTENT_IDS: readonly [given: object, expected: string | undefined][] = [
  [{ ContentID: null }, undefined],
  [{ ContentID: '' }, undefined],
  [{}, undefined],
  [{ ContentID: 'cid:x' }, 'cid:x'],
  [{ ContentId: 'x' }, 'x'],
  [{ ContentID: null, ContentId: 'x' }, 'x'],
  [{ contentid: 'x', ContentLength: 12, Disposition: 'inline' }, 'x'],
];

for (const [given, expected] of CONTENT_IDS) {
  test(`reads the content id of ${JSON.stringify(given)}`, async () => {
    const draft = await draftOf({ Attachments: [{ Name: 'a', Content: '', ContentType: 'image/png', ...given }] });
    assert.deepEqual(draft.attachments, [{ name: 'a', content: '', contentType: 'image/png', contentId: expected }]);
  });
}

test('hands over what an attachment or a header leaves out as empty text', async () => {
  const draft = await draftOf({ Attachments: [{}], Headers: [{}, { Name: 'A', Value: null }] });
  assert.deepEqual(draft.attachments, [{ name: '', content: '', contentType: '', contentId: undefined }]);
  assert.deepEqual(draft.headers, [
    { name: '', value: '' },
    { name: 'A', value: '' },
  ]);
});

for (const [given, expected] of [
  ['None', 'None'],
  ['HTMLANDTEXT', 'HtmlAndText'],
  ['htmlonly', 'HtmlOnly'],
  ['TextOnly', 'TextOnly'],
] as const) {
  test(`reads TrackLinks ${given}`, async () => {
    assert.equal((await draftOf({ ...MINIMAL, TrackLinks: given })).trackLinks, expected);
  });
}

test('keeps metadata keys that differ in case only, for submit to refuse', async () => {
  const draft = await draftOf('{"Metadata":{"a":"1","A":"2","gone":null}}');
  assert.deepEqual(draft.metadata, { a: '1', A: '2' });
});

test('prototype names in a message are data or nothing', async () => {
  const draft = await draftOf(
    '{"__proto__":{"To":"evil@example.net"},"constructor":{"prototype":{"x":1}},"Metadata":{"__proto__":"p","constructor":"c"}}',
  );
  assert.equal(draft.to, undefined);
  assert.deepEqual(Object.entries(draft.metadata), [
    ['__proto__', 'p'],
    ['constructor', 'c'],
  ]);
  assert.equal(({} as { x?: number }).x, undefined);
});

test('skips a byte order mark', async () => {
  assert.equal((await draftOf(Buffer.from(`\ufeff${JSON.stringify(MINIMAL)}`))).from, MINIMAL.From);
});

test('hands over the principal of the token and that it came over HTTP', async () => {
  const door = openDoor();
  await door.app.inject(post('/email', MINIMAL));
  assert.deepEqual(door.handed[0]?.options, { via: 'http', dryRun: false });
  assert.equal(door.handed[0]?.principal?.server.name, 'server 1');
});

test('the test token is a dry run that belongs to no server', async () => {
  const door = openDoor();
  const response = await door.app.inject(
    post('/email', MINIMAL, { headers: { 'x-postmark-server-token': ' Postmark_Api_Test ' } }),
  );
  assert.equal(response.json<{ Message: string }>().Message, 'Test job accepted');
  assert.deepEqual(door.handed[0]?.options, { via: 'http', dryRun: true });
  assert.equal(door.handed[0]?.principal, undefined);
});
