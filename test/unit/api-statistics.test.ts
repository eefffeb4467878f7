// GET /stats/outbound and its series (contract management 8): shapes, filters, sparse days, refusals.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStatisticsStore } from '../../src/backends/memory/statistics-store.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import type { Counts } from '../../src/domain/statistics.ts';
import type { StreamId } from '../../src/lib/ids.ts';
import { get, openDoor, OTHER_SERVER_ID, SERVER_ID, TOKENS, type Door } from '../support/api-door.ts';

const FIRST: Counts = {
  sent: 600,
  tracked: 111,
  withLinkTracking: 90,
  withOpenTracking: 51,
  'bounce/HardBounce': 40,
  'bounce/SoftBounce': 20,
  'bounce/Blocked': 4,
  'bounce/Transient': 2,
  'bounce/SMTPApiError': 25,
  'bounce/SpamComplaint': 10,
  opens: 166,
  uniqueOpens: 26,
  withClient: 14,
  withPlatform: 10,
  'openPlatform/Mobile': 10,
  'openPlatform/Unknown': 16,
  'openClient/Apple Mail': 14,
  clicks: 72,
  uniqueClicks: 30,
  'clickBrowser/Firefox': 30,
  'clickPlatform/Desktop': 29,
  'clickPlatform/WebMail': 1,
  'clickLocation/HTML': 30,
};

async function filled(): Promise<Door> {
  const statistics = new MemoryStatisticsStore();
  const of = { serverId: SERVER_ID, streamId: 'outbound' as StreamId, tag: 'welcome' };
  await statistics.add({
    log: TRANSACTIONAL_LANE,
    after: 0,
    upTo: 1,
    counted: [
      { ...of, day: '2026-06-10', counts: FIRST },
      { ...of, streamId: 'broadcast' as StreamId, tag: '', day: '2026-06-12', counts: { sent: 15 } },
      { ...of, serverId: OTHER_SERVER_ID, day: '2026-06-12', counts: { sent: 1_000_000 } },
    ],
  });
  return openDoor({ statistics });
}

test('the overview sums all streams and days', async () => {
  const response = await (await filled()).app.inject(get('/stats/outbound'));
  assert.deepEqual(
    [response.statusCode, response.json()],
    [
      200,
      {
        Sent: 615,
        Bounced: 64,
        SMTPApiErrors: 25,
        BounceRate: 10.406,
        SpamComplaints: 10,
        SpamComplaintsRate: 1.626,
        Opens: 166,
        UniqueOpens: 26,
        Tracked: 111,
        WithLinkTracking: 90,
        WithOpenTracking: 51,
        TotalTrackedLinksSent: 0,
        UniqueLinksClicked: 30,
        TotalClicks: 72,
        WithClientRecorded: 14,
        WithPlatformRecorded: 10,
        WithReadTimeRecorded: 0,
      },
    ],
  );
});

test('the overview of nothing has all keys and no rate', async () => {
  const overview = (await openDoor().app.inject(get('/stats/outbound'))).json<Record<string, number>>();
  assert.equal(Object.keys(overview).length, 17);
  assert.ok(Object.values(overview).every((value) => value === 0));
});

const SERIES: readonly [path: string, keys: Counts][] = [
  ['bounces', { HardBounce: 40, SoftBounce: 20, SMTPApiError: 25, Transient: 2, Blocked: 4 }],
  ['spam', { SpamComplaint: 10 }],
  ['tracked', { Tracked: 111 }],
  ['opens', { Opens: 166, Unique: 26 }],
  ['opens/platforms', { Desktop: 0, WebMail: 0, Mobile: 10, Unknown: 16 }],
  ['opens/emailclients', { 'Apple Mail': 14 }],
  ['clicks', { Clicks: 72, Unique: 30 }],
  ['clicks/browserfamilies', { Firefox: 30 }],
  ['clicks/platforms', { Desktop: 29, Mobile: 0, Unknown: 0, WebMail: 1 }],
  ['clicks/location', { HTML: 30, Text: 0 }],
];

describe('a series has the days on which it counted something, and sums beside them:', () => {
  for (const [path, keys] of SERIES) {
    test(path, async () => {
      const response = await (await filled()).app.inject(get(`/stats/outbound/${path}`));
      assert.deepEqual(response.json(), { Days: [{ Date: '2026-06-10', ...keys }], ...keys });
    });
  }

  test('sends', async () => {
    const response = await (await filled()).app.inject(get('/stats/outbound/sends'));
    assert.deepEqual(response.json(), {
      Days: [
        { Date: '2026-06-10', Sent: 600 },
        { Date: '2026-06-12', Sent: 15 },
      ],
      Sent: 615,
    });
  });

  test('opens/readtimes is empty', async () => {
    const response = await (await filled()).app.inject(get('/stats/outbound/opens/readTimes'));
    assert.deepEqual([response.statusCode, response.json()], [200, { Days: [] }]);
  });

  test('without counts the fixed keys are 0', async () => {
    const response = await openDoor().app.inject(get('/stats/outbound/opens/platforms'));
    assert.deepEqual(response.json(), { Days: [], Desktop: 0, WebMail: 0, Mobile: 0, Unknown: 0 });
  });
});

const FILTERED: readonly [query: string, sent: number][] = [
  ['tag=welcome', 600],
  ['tag=Welcome', 0],
  ['tag=', 615],
  ['messagestream=broadcast', 15],
  ['messageStream=outbound', 600],
  ['messagestream=inbound', 0],
  ['tag=welcome&messagestream=broadcast', 0],
  ['fromdate=2026-06-11', 15],
  ['fromDate=2026-6-10', 615],
  ['todate=2026-06-11', 600],
  ['fromdate=2026-06-10&todate=2026-06-10', 600],
  ['fromdate=1999-01-01&todate=2099-01-01', 615],
  ['count=100&offset=0', 615],
  // Four in the morning UTC is midnight in New York.
  ['fromdate=2026-06-11T03:59:59Z', 615],
  ['fromdate=2026-06-11T04:00:00Z', 15],
  ['todate=2026-06-11T03:59:59', 600],
];

for (const [query, sent] of FILTERED) {
  test(`?${query} counts ${sent}`, async () => {
    const response = await (await filled()).app.inject(get(`/stats/outbound/sends?${query}`));
    assert.deepEqual([response.statusCode, response.json<{ Sent: number }>().Sent], [200, sent]);
  });
}

const REFUSED: readonly [query: string, code: number, message: RegExp][] = [
  ['fromdate=yesterday', 900, /'fromdate' must be a date/],
  ['todate=2026-02-30', 900, /'todate' must be a date/],
  ['fromdate=2026-06-11&todate=2026-06-10', 1502, /cannot be later/],
  ['messagestream=nope', 1226, /^The message stream for the provided 'ID' was not found\.$/],
];

for (const [query, code, message] of REFUSED) {
  for (const path of ['/stats/outbound', '/stats/outbound/clicks/location']) {
    test(`${path}?${query} is refused with ${code}`, async () => {
      const response = await (await filled()).app.inject(get(`${path}?${query}`));
      const body = response.json<{ ErrorCode: number; Message: string }>();
      assert.deepEqual(
        [response.statusCode, body.ErrorCode, response.headers['x-pm-apierrorcode']],
        [422, code, String(code)],
      );
      assert.match(body.Message, message);
    });
  }
}

test('names of clients that are keys of the answer do not break it', async () => {
  const statistics = new MemoryStatisticsStore();
  const counts = { 'openClient/Days': 3, 'openClient/Date': 2 };
  const of = { serverId: SERVER_ID, streamId: 'outbound' as StreamId, tag: '' };
  const counted = [{ ...of, day: '2026-06-10', counts }];
  await statistics.add({ log: TRANSACTIONAL_LANE, after: 0, upTo: 1, counted });
  const response = await openDoor({ statistics }).app.inject(get('/stats/outbound/opens/emailClients'));
  const { Days } = response.json<{ Days: { Date: string }[] }>();
  assert.equal(Days[0]?.Date, '2026-06-10');
});

test('needs a server token; the test token has no counts, and no streams that could be missing', async () => {
  const door = await filled();
  const account = { 'x-postmark-server-token': '', 'x-postmark-account-token': TOKENS.account };
  assert.equal((await door.app.inject(get('/stats/outbound', account))).statusCode, 401);
  const testToken = { 'x-postmark-server-token': 'POSTMARK_API_TEST' };
  const response = await door.app.inject(get('/stats/outbound/sends?messagestream=outbound', testToken));
  assert.deepEqual(response.json(), { Days: [], Sent: 0 });
});
