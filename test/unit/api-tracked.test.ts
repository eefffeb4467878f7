// Openings and clicks over HTTP, on a real index (contract management 7.5): shapes, filters, paging, odd names.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TrackedFilter } from '../../src/ports/activity.ts';
import { get, openDoor, SERVER_ID } from '../support/api-door.ts';
import { accepted, message, NOW, openIndex, type Index } from '../support/activity-fixture.ts';
import { clicked, opened } from '../support/later-events.ts';

const of = message({ at: NOW, tag: 'welcome', to: ['Bob@Example.net'] });
const untouched = message({ at: NOW });

const READER = {
  Client: { Name: 'Apple Mail 16', Company: 'Apple Inc.', Family: 'Apple Mail' },
  OS: { Name: 'OS X 10.15', Company: 'Apple Computer, Inc.', Family: 'OS X 10' },
  Platform: 'Desktop',
  UserAgent: 'Mozilla/5.0',
  Geo: {
    CountryISOCode: 'RS',
    Country: 'Serbia',
    RegionISOCode: 'VO',
    Region: 'Autonomna Pokrajina Vojvodina',
    City: 'Novi Sad',
    Zip: '21000',
    Coords: '45.2517,19.8369',
    IP: '188.2.95.4',
  },
};
const WHAT = {
  MessageID: of.id,
  MessageStream: 'outbound',
  ReceivedAt: '2026-01-15T12:01:00.0000000Z',
  Recipient: 'Bob@Example.net',
  Tag: 'welcome',
};
const OPEN = { RecordType: 'Open', FirstOpen: true, ...READER, ReadSeconds: 5, ...WHAT };
const LINK = { OriginalLink: 'https://example.com/a?b=c' };
const CLICK = { RecordType: 'Click', ClickLocation: 'HTML', ...READER, ...LINK, ...WHAT };

describe('openings and clicks over HTTP', () => {
  let index: Index;
  before(async () => {
    index = openIndex();
    await index.happen(accepted(of), accepted(untouched), opened(of), clicked(of));
  });
  after(() => index.close());

  const PATHS: readonly [path: string, answer: unknown][] = [
    ['/messages/outbound/opens?count=10&offset=0', { TotalCount: 1, Opens: [OPEN] }],
    ['/Messages/Outbound/Opens/?COUNT=10&Offset=0&clientName=APPLE+mail+16', { TotalCount: 1, Opens: [OPEN] }],
    ['/messages/outbound/opens?count=10&offset=1', { TotalCount: 1, Opens: [] }],
    ['/messages/outbound/opens?count=1&offset=0&client_name=Gmail', { TotalCount: 0, Opens: [] }],
    ['/messages/outbound/opens?count=1&offset=0&messagestream=broadcast', { TotalCount: 0, Opens: [] }],
    [`/messages/outbound/opens/${of.id}?count=1&offset=0`, { TotalCount: 1, Opens: [OPEN] }],
    [`/messages/outbound/opens/${of.id.toUpperCase()}?count=1&offset=0`, { TotalCount: 1, Opens: [OPEN] }],
    [`/messages/outbound/opens/${untouched.id}?count=1&offset=0`, { TotalCount: 0, Opens: [] }],
    ['/messages/outbound/clicks?count=10&offset=0&recipient=bob@example.net', { TotalCount: 1, Clicks: [CLICK] }],
    [`/messages/outbound/clicks/${of.id}?count=1&offset=0`, { TotalCount: 1, Clicks: [CLICK] }],
  ];
  for (const [path, answer] of PATHS) {
    test(`answers ${path}`, async () => {
      const response = await openDoor({ activity: index.activity }).app.inject(get(path));
      assert.deepEqual([response.statusCode, response.json()], [200, answer]);
    });
  }

  for (const what of ['opens', 'clicks']) {
    for (const id of ['01900000-0000-7000-8000-00000000ffff', 'nonsense', 'details']) {
      test(`${what} of the unknown message ${id}: 701`, async () => {
        const path = `/messages/outbound/${what}/${id}?count=1&offset=0`;
        const response = await openDoor({ activity: index.activity }).app.inject(get(path));
        assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [422, 701]);
      });
    }
  }
});

const FILTERS: readonly [query: string, expected: Partial<TrackedFilter>][] = [
  ['', {}],
  ['&messagestream=broadcast', { streamId: 'broadcast' }],
  ['&recipient=a@b.c&tag=T', { recipient: 'a@b.c', tag: 'T' }],
  ['&client_name=a&client_company=b&client_family=c', { clientName: 'a', clientCompany: 'b', clientFamily: 'c' }],
  ['&clientName=a&clientCompany=b&clientFamily=c', { clientName: 'a', clientCompany: 'b', clientFamily: 'c' }],
  ['&os_name=a&os_company=b&os_family=c', { osName: 'a', osCompany: 'b', osFamily: 'c' }],
  ['&osName=a&OSCompany=b&OS_Family=c', { osName: 'a', osCompany: 'b', osFamily: 'c' }],
  ['&platform=webmail', { platform: 'WebMail' }],
  ['&country=Serbia&region=VO&city=Novi+Sad', { country: 'Serbia', region: 'VO', city: 'Novi Sad' }],
  ['&fromdate=2026-8-5', { from: Date.parse('2026-08-05T04:00:00Z') }],
  ['&toDate=2026-12-5', { to: Date.parse('2026-12-06T04:59:59.999Z') }],
];

for (const [query, expected] of FILTERS) {
  for (const what of ['opens', 'clicks'] as const) {
    test(`reads the filters of ${what} in ${query || 'nothing'}`, async () => {
      const asked: unknown[] = [];
      const search = async (filter: TrackedFilter) => {
        asked.push(filter);
        return { total: 0, items: [] };
      };
      const { app } = openDoor({ activity: { opens: search, clicks: search } });
      const response = await app.inject(get(`/messages/outbound/${what}?count=50&offset=7${query}`));
      assert.equal(response.statusCode, 200, response.body);
      assert.deepEqual(asked, [{ count: 50, offset: 7, serverId: SERVER_ID, streamId: 'outbound', ...expected }]);
    });
  }
}

for (const query of ['', '?count=0&offset=0', '?count=500&offset=9501', '?count=1&offset=0&platform=Fridge']) {
  for (const what of ['opens', 'clicks', `opens/${of.id}`]) {
    const ignored = what.includes('/') && query.includes('platform');
    test(`${ignored ? 'ignores what it does not know in' : 'refuses'} ${what}${query}`, async () => {
      const { app } = openDoor({ activity: { isOutbound: async () => true } });
      const response = await app.inject(get(`/messages/outbound/${what}${query}`));
      assert.equal(response.json<{ ErrorCode?: number }>().ErrorCode, ignored ? undefined : 700);
    });
  }
}
