// Describes statistics and data removals (contract management 8 and 11.1).
import { Type } from 'typebox';
import { DataRemovalSchema } from '../data-removals.schema.ts';
import { STATISTICS_SERIES } from '../present-statistics.ts';
import { dates, int, number, streamQuery, text, type Description, type Descriptions } from './description.ts';

const filters = { ...dates, ...streamQuery, tag: Type.String() };
const of = { tag: 'Statistics', token: 'server', query: filters, codes: [900, 1226, 1502] } as const;

const Overview = Type.Object({
  Sent: int,
  Bounced: int,
  SMTPApiErrors: int,
  BounceRate: number,
  SpamComplaints: int,
  SpamComplaintsRate: number,
  Opens: int,
  UniqueOpens: int,
  Tracked: int,
  WithLinkTracking: int,
  WithOpenTracking: int,
  TotalTrackedLinksSent: int,
  UniqueLinksClicked: int,
  TotalClicks: int,
  WithClientRecorded: int,
  WithPlatformRecorded: int,
  WithReadTimeRecorded: int,
});

const Series = Type.Object(
  { Days: Type.Array(Type.Object({ Date: text }, { additionalProperties: int })) },
  { additionalProperties: int, description: 'Sums, and the days on which something was counted.' },
);

const series = Object.fromEntries(
  [...STATISTICS_SERIES.keys()].map((name): [`GET /${string}`, Description] => [
    `GET /stats/outbound/${name}`,
    { ...of, summary: `By day: ${name.replace('/', ', ')}`, answer: Series },
  ]),
);

const Removal = Type.Object({ ID: int, Status: Type.Enum(['Pending', 'Done']) });
const removals = { tag: 'Data removals', token: 'account' } as const;

export const STATISTICS: Descriptions = {
  'GET /stats/outbound': { ...of, summary: 'Overview', answer: Overview },
  ...series,
  'POST /data-removals': {
    ...removals,
    summary: 'Erase what is known of a recipient',
    body: DataRemovalSchema,
    example: { RequestedBy: 'admin@example.com', RequestedFor: 'recipient@example.net', NotifyWhenCompleted: true },
    answer: Removal,
    codes: [1300, 1302],
  },
  'GET /data-removals': {
    ...removals,
    summary: 'The id of a removal is missing',
    more: 'Always refused.',
    answer: Removal,
    codes: [1301, 1302],
  },
  'GET /data-removals/{id}': { ...removals, summary: 'How far a removal is', answer: Removal, codes: [1301, 1302] },
};
