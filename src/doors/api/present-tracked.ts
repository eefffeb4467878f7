// Openings and clicks as JSON (contract management 7.5). Decided here: the four objects are always there, with empty texts
// where nothing is known, because official clients read them without asking.
import { presentTime } from './present.ts';
import type { Agent, GeoPlace, Reader } from '../../domain/tracked.ts';
import type { Click, Open } from '../../ports/activity.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentOpen(open: Open): Json {
  return {
    RecordType: 'Open',
    FirstOpen: open.firstOpen,
    ...presentReader(open.reader),
    ReadSeconds: open.readSeconds,
    ...presentWhat(open),
  };
}

export function presentClick(click: Click): Json {
  return {
    RecordType: 'Click',
    ClickLocation: click.location,
    ...presentReader(click.reader),
    OriginalLink: click.link,
    ...presentWhat(click),
  };
}

function presentWhat({ messageId, streamId, at, recipient, tag }: Omit<Click, 'link' | 'location'>): Json {
  return {
    MessageID: messageId,
    MessageStream: streamId,
    ReceivedAt: presentTime(at),
    Recipient: recipient,
    Tag: tag,
  };
}

function presentReader({ client, os, platform, userAgent, geo }: Reader): Json {
  return {
    Client: presentAgent(client),
    OS: presentAgent(os),
    Platform: platform,
    UserAgent: userAgent,
    Geo: presentGeo(geo),
  };
}

function presentAgent({ name, company, family }: Agent): Json {
  return { Name: name, Company: company, Family: family };
}

function presentGeo(geo: GeoPlace): Json {
  return {
    CountryISOCode: geo.countryIsoCode,
    Country: geo.country,
    RegionISOCode: geo.regionIsoCode,
    Region: geo.region,
    City: geo.city,
    Zip: geo.zip,
    Coords: geo.coords,
    IP: geo.ip,
  };
}
