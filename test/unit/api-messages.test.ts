// Reading back what was sent (contract management 7): shapes, filters, paging, dates.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboundFilter } from '../../src/ports/activity.ts';
import { get, MESSAGE_ID, openDoor, SERVER_ID, type Door } from '../support/api-door.ts';
import { outboundRow } from '../support/api-rows.ts';

const SUMMARY = {
  Tag: 'welcome',
  MessageID: MESSAGE_ID,
  MessageStream: 'outbound',
  To: [{ Email: 'bob@example.net', Name: 'Bob' }],
  Cc: [{ Email: 'cc@example.net', Name: null }],
  Bcc: [{ Email: 'bcc@example.net', Name: null }],
  Recipients: ['bob@example.net', 'cc@example.net', 'bcc@example.net'],
  ReceivedAt: '2026-11-05T16:33:54.9070000Z',
  From: '"Ann" <ann@example.com>',
  Subject: 'Welcome',
  Attachments: ['a.txt'],
  Status: 'Sent',
  TrackOpens: true,
  TrackLinks: 'HtmlOnly',
  Metadata: { color: 'blue' },
  Sandboxed: false,
};

function doorWith(row = outboundRow()): Door {
  const door = openDoor();
  door.rows.outbound.push(row);
  return door;
}

test('a search answers the number of matches and the messages of the page', async () => {
  const response = await doorWith().app.inject(get('/messages/outbound?count=10&offset=0'));
  assert.equal(response.statusCode, 200);
  assert.deepEqual(response.json(), { TotalCount: 1, Messages: [SUMMARY] });
});

test('details add bodies, source and events', async () => {
  const response = await doorWith().app.inject(get(`/messages/outbound/${MESSAGE_ID}/details`));
  const at = '2026-11-05T16:33:54.9070000Z';
  assert.deepEqual(response.json(), {
    ...SUMMARY,
    TextBody: 'Hello.',
    HtmlBody: '',
    Body: 'From: ann@example.com\r\n\r\nHello.',
    MessageEvents: [
      {
        Recipient: 'bob@example.net',
        Type: 'Delivered',
        ReceivedAt: at,
        Details: { DeliveryMessage: 'smtp;250 ok', DestinationServer: 'mx', DestinationIP: '::1' },
      },
      {
        Recipient: 'cc@example.net',
        Type: 'Transient',
        ReceivedAt: at,
        Details: { DeliveryMessage: '451 later', DestinationServer: 'mx', DestinationIP: '::1' },
      },
      {
        Recipient: 'bcc@example.net',
        Type: 'Bounced',
        ReceivedAt: at,
        Details: { Summary: 'no such user', BounceID: '4096' },
      },
    ],
  });
});

test('a dump is the source, and empty where it is no longer kept', async () => {
  const full = await doorWith().app.inject(get(`/messages/outbound/${MESSAGE_ID}/dump`));
  assert.deepEqual(full.json(), { Body: 'From: ann@example.com\r\n\r\nHello.' });
  const gone = await doorWith(outboundRow({ source: '' })).app.inject(get(`/messages/outbound/${MESSAGE_ID}/dump`));
  assert.deepEqual(gone.json(), { Body: '' });
});

for (const path of [
  `/messages/outbound/${MESSAGE_ID.toUpperCase()}/details`,
  `/Messages/Outbound/${MESSAGE_ID}/Details/`,
  `/messages/outbound/${MESSAGE_ID.toUpperCase()}/DUMP`,
]) {
  test(`finds ${path}`, async () => {
    assert.equal((await doorWith().app.inject(get(path))).statusCode, 200);
  });
}

for (const id of ['01900000-0000-7000-8000-00000000ffff', 'nonsense', "1' or '1'='1"]) {
  for (const what of ['details', 'dump']) {
    test(`an unknown id (${id}) has no ${what}: 701`, async () => {
      const response = await doorWith().app.inject(get(`/messages/outbound/${encodeURIComponent(id)}/${what}`));
      assert.deepEqual(
        [response.statusCode, response.json()],
        [422, { ErrorCode: 701, Message: 'This message was not found.' }],
      );
    });
  }
}

const eastern = (text: string): number => Date.parse(text);
const FILTERS: readonly [query: string, expected: Partial<OutboundFilter>][] = [
  ['', {}],
  ['&recipient=bob@example.net', { recipient: 'bob@example.net' }],
  ['&fromemail=ann%40example.com', { fromAddress: 'ann@example.com' }],
  ['&fromEmail=ann%40example.com', { fromAddress: 'ann@example.com' }],
  ['&tag=Wel+come', { tag: 'Wel come' }],
  ['&status=queued', { status: 'queued' }],
  ['&status=Sent', { status: 'sent' }],
  ['&status=processed', { status: 'sent' }],
  ['&subject=hello', { subject: 'hello' }],
  ['&messagestream=broadcast', { streamId: 'broadcast' }],
  ['&messageStream=broadcast', { streamId: 'broadcast' }],
  ['&metadata_Color=Blue', { metadata: { key: 'Color', value: 'Blue' } }],
  ['&METADATA_Color=Blue', { metadata: { key: 'Color', value: 'Blue' } }],
  ['&fromdate=2026-8-5', { from: eastern('2026-08-05T04:00:00Z') }],
  ['&toDate=2026-08-05', { to: eastern('2026-08-06T03:59:59.999Z') }],
  ['&todate=2026-08-05T12:00:00', { to: eastern('2026-08-05T16:00:00.999Z') }],
  ['&tag=&recipient=&fromdate=&status=&messagestream=', {}],
  ['&tag=a&tag=b', { tag: 'b' }],
  ['&unknown=1&__proto__=x&constructor=y', {}],
];

for (const [query, expected] of FILTERS) {
  test(`reads the filters of ${query || 'nothing'}`, async () => {
    const door = openDoor();
    const response = await door.app.inject(get(`/messages/outbound?count=50&offset=7${query}`));
    assert.equal(response.statusCode, 200, response.body);
    assert.deepEqual(door.asked, [
      {
        name: 'searchOutbound',
        value: { count: 50, offset: 7, serverId: SERVER_ID, streamId: 'outbound', ...expected },
      },
    ]);
  });
}

const WRONG: readonly [query: string, message: RegExp][] = [
  ['', /'count' is required/],
  ['?count=1', /'offset' is required/],
  ['?offset=0', /'count' is required/],
  ['?count=0&offset=0', /'count'.* from 1 to 500/],
  ['?count=501&offset=0', /'count'.* from 1 to 500/],
  ['?count=-1&offset=0', /'count'/],
  ['?count=ten&offset=0', /'count'/],
  ['?count=1.5&offset=0', /'count'/],
  ['?count=1e2&offset=0', /'count'/],
  ['?count=1&offset=-1', /'offset'/],
  ['?count=500&offset=9501', /together cannot be more than 10000/],
  ['?count=1&offset=10001', /'offset'/],
  ['?count=1&offset=0&status=lost', /'status' must be one of queued, sent, processed/],
  ['?count=1&offset=0&fromdate=soon', /'fromdate' must be a date/],
  ['?count=1&offset=0&todate=2026-02-30', /'todate' must be a date/],
  ['?count=1&offset=0&metadata_a=1&metadata_b=2', /Only one parameter 'metadata_/],
];

for (const [query, message] of WRONG) {
  test(`refuses the query "${query}" with 700`, async () => {
    const door = openDoor();
    const response = await door.app.inject(get(`/messages/outbound${query}`));
    assert.equal(response.statusCode, 422);
    assert.equal(response.headers['x-pm-apierrorcode'], '700');
    const json = response.json<{ ErrorCode: number; Message: string }>();
    assert.equal(json.ErrorCode, 700);
    assert.match(json.Message, message);
    assert.deepEqual(door.asked, []);
  });
}

test('the last page that may be asked for is found', async () => {
  assert.equal((await openDoor().app.inject(get('/messages/outbound?Count=500&OFFSET=9500'))).statusCode, 200);
});

test('the test token reads empty lists', async () => {
  const response = await doorWith().app.inject(
    get('/messages/outbound?count=1&offset=0', { 'x-postmark-server-token': 'POSTMARK_API_TEST' }),
  );
  assert.deepEqual([response.statusCode, response.json()], [200, { TotalCount: 0, Messages: [] }]);
});
