// Openings and clicks in the activity index: how they come in, and their search (contract management 7.5).
//
// Promises: the first opening of a recipient of a message is kept, and the first click of one on each link; newest first,
// with the number of all matches. Stream, message, recipient and time are found by an index; names of programs and places look
// through the rows that the others leave.
import type { ClickLocation, Platform, Reader } from '../../domain/tracked.ts';
import type { ServerId } from '../../lib/ids.ts';
import type { IndexedTracking } from '../../ports/activity-index.ts';
import type { Click, Found, Open, TrackedFilter } from '../../ports/activity.ts';
import { add, findPage, lower } from './activity-query.ts';
import type { Query, Value } from './activity-query.ts';
import { idFromBytes, idToBytes, keyOf } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';

const KIND = { open: 0, click: 1 } as const;

const INSERTED = [
  'server_id, stream_id, kind, message_id, at, recipient, recipient_key, link, location, tag, first_open, read_seconds',
  'user_agent, client_name, client_company, client_family, os_name, os_company, os_family, platform',
  'country_code, country, region_code, region, city, zip, coords, ip',
].join(', ');
const PLACES = INSERTED.replaceAll(/\w+/g, '?');

/** Whether it was the first, now or when the log was read before: only then is it part of the history. `tag` is the message's. */
export type TrackedWriter = (tracking: IndexedTracking, tag: string | null) => boolean;

export function trackedWriter(db: Db): TrackedWriter {
  const insert = db.prepare(`INSERT INTO tracked (${INSERTED}) VALUES (${PLACES}) ON CONFLICT DO NOTHING`);
  const first = db
    .prepare(
      'SELECT at FROM tracked WHERE server_id = ? AND message_id = ? AND kind = ? AND recipient_key = ? AND link = ?',
    )
    .pluck();
  return ({ serverId, streamId, messageId, at, recipient, reader, firstOpen, readSeconds, click }, tag) => {
    const id = idToBytes(messageId);
    const kind = click === undefined ? KIND.open : KIND.click;
    const values: (Value | null)[] = [
      serverId,
      streamId,
      kind,
      id,
      at,
      recipient,
      keyOf(recipient),
      click?.link ?? '',
      click?.location ?? '',
      tag,
      firstOpen ? 1 : 0,
      readSeconds,
      ...readerValues(reader),
    ];
    if (insert.run(...values).changes === 1) return true;
    return first.get(serverId, id, kind, keyOf(recipient), click?.link ?? '') === at;
  };
}

function readerValues({ userAgent, client, os, platform, geo }: Reader): string[] {
  return [
    userAgent,
    ...[client.name, client.company, client.family],
    ...[os.name, os.company, os.family],
    platform,
    ...[geo.countryIsoCode, geo.country, geo.regionIsoCode, geo.region, geo.city, geo.zip, geo.coords, geo.ip],
  ];
}

interface TrackedRow {
  readonly server_id: ServerId;
  readonly stream_id: string;
  readonly message_id: Buffer;
  readonly at: number;
  readonly recipient: string;
  readonly link: string;
  readonly location: string;
  readonly tag: string | null;
  readonly first_open: number;
  readonly read_seconds: number;
  readonly user_agent: string;
  readonly client_name: string;
  readonly client_company: string;
  readonly client_family: string;
  readonly os_name: string;
  readonly os_company: string;
  readonly os_family: string;
  readonly platform: string;
  readonly country_code: string;
  readonly country: string;
  readonly region_code: string;
  readonly region: string;
  readonly city: string;
  readonly zip: string;
  readonly coords: string;
  readonly ip: string;
}

const PAGE = { columns: 't.*', order: 't.at DESC, t.number DESC' };

export function searchOpens(db: Db, filter: TrackedFilter): Found<Open> {
  const { total, items } = findPage<TrackedRow>(db, trackedQuery('open', filter), { ...filter, ...PAGE });
  return {
    total,
    items: items.map((row) => ({
      ...common(row),
      firstOpen: row.first_open === 1,
      readSeconds: row.read_seconds,
    })),
  };
}

export function searchClicks(db: Db, filter: TrackedFilter): Found<Click> {
  const { total, items } = findPage<TrackedRow>(db, trackedQuery('click', filter), { ...filter, ...PAGE });
  const locationOf = ({ location }: TrackedRow): ClickLocation => (location === 'Text' ? 'Text' : 'HTML');
  return { total, items: items.map((row) => ({ ...common(row), link: row.link, location: locationOf(row) })) };
}

export function trackedQuery(kind: keyof typeof KIND, filter: TrackedFilter): Query {
  const query: Query = { from: 'tracked t', conditions: [`t.kind = ${KIND[kind]}`], values: [] };
  add(query, 't.server_id = ?', filter.serverId);
  add(query, 't.stream_id = ?', filter.streamId);
  add(query, 't.message_id = ?', filter.messageId && idToBytes(filter.messageId));
  add(query, 't.recipient_key = ?', lower(filter.recipient));
  add(query, 't.tag = ?', filter.tag);
  add(query, 't.at >= ?', filter.from);
  add(query, 't.at <= ?', filter.to);
  add(query, 't.client_name = ?', filter.clientName);
  add(query, 't.client_company = ?', filter.clientCompany);
  add(query, 't.client_family = ?', filter.clientFamily);
  add(query, 't.os_name = ?', filter.osName);
  add(query, 't.os_company = ?', filter.osCompany);
  add(query, 't.os_family = ?', filter.osFamily);
  add(query, 't.platform = ?', filter.platform);
  addEither(query, ['t.country', 't.country_code'], filter.country);
  addEither(query, ['t.region', 't.region_code'], filter.region);
  add(query, 't.city = ?', filter.city);
  return query;
}

function addEither(query: Query, [name, code]: readonly [string, string], value: string | undefined): void {
  if (value === undefined) return;
  query.conditions.push(`(${name} = ? OR ${code} = ?)`);
  query.values.push(value, value);
}

function common(row: TrackedRow): Omit<Open, 'firstOpen' | 'readSeconds'> {
  return {
    messageId: idFromBytes(row.message_id),
    streamId: row.stream_id,
    at: row.at,
    recipient: row.recipient,
    tag: row.tag ?? '',
    reader: {
      userAgent: row.user_agent,
      client: { name: row.client_name, company: row.client_company, family: row.client_family },
      os: { name: row.os_name, company: row.os_company, family: row.os_family },
      platform: row.platform as Platform,
      geo: {
        countryIsoCode: row.country_code,
        country: row.country,
        regionIsoCode: row.region_code,
        region: row.region,
        city: row.city,
        zip: row.zip,
        coords: row.coords,
        ip: row.ip,
      },
    },
  };
}
