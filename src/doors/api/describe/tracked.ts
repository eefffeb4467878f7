// Describes openings, clicks and inbound messages (contract management 7.5 to 7.7).
import { Type } from 'typebox';
import { INBOUND_STATUSES } from '../../../domain/inbound-message.ts';
import { PLATFORMS } from '../../../domain/tracked.ts';
import { dates, done, flag, int, listOf, paging, streamQuery, text, time, type Descriptions } from './description.ts';

const agent = Type.Object({ Name: text, Company: text, Family: text });
const reader = {
  RecordType: text,
  Client: agent,
  OS: agent,
  Platform: text,
  UserAgent: text,
  Geo: Type.Object({
    CountryISOCode: text,
    Country: text,
    RegionISOCode: text,
    Region: text,
    City: text,
    Zip: text,
    Coords: text,
    IP: text,
  }),
  MessageID: text,
  MessageStream: text,
  ReceivedAt: time,
  Recipient: text,
  Tag: text,
};
const Opens = Type.Object({
  TotalCount: int,
  Opens: listOf(Type.Object({ ...reader, FirstOpen: flag, ReadSeconds: int })),
});
const Clicks = Type.Object({
  TotalCount: int,
  Clicks: listOf(Type.Object({ ...reader, ClickLocation: text, OriginalLink: text })),
});

const names = ['client_name', 'client_company', 'client_family', 'os_name', 'os_company', 'os_family'];
const filters = {
  ...paging,
  ...streamQuery,
  ...dates,
  recipient: Type.String(),
  tag: Type.String(),
  ...Object.fromEntries([...names, 'country', 'region', 'city'].map((name) => [name, Type.String()])),
  platform: Type.Enum([...PLATFORMS]),
};

const address = Type.Object({ Email: text, Name: text, MailboxHash: text });
const inbound = {
  From: text,
  FromName: text,
  FromFull: address,
  To: text,
  ToFull: listOf(address),
  Cc: text,
  CcFull: listOf(address),
  Bcc: text,
  BccFull: listOf(address),
  ReplyTo: text,
  OriginalRecipient: text,
  Subject: text,
  Date: text,
  MailboxHash: text,
  Tag: text,
  Attachments: listOf(Type.Object({ Name: text, ContentID: text, ContentType: text, ContentLength: int })),
  MessageID: text,
  MessageStream: text,
  Status: text,
};
const InboundDetails = Type.Object({
  ...inbound,
  TextBody: text,
  HtmlBody: text,
  StrippedTextReply: text,
  Headers: listOf(Type.Object({ Name: text, Value: text })),
  BlockedReason: Type.Unknown(),
});

const of = { tag: 'Messages', token: 'server' } as const;
const incoming = { tag: 'Inbound', token: 'server' } as const;

export const TRACKED: Descriptions = {
  'GET /messages/outbound/opens': { ...of, summary: 'Search openings', query: filters, answer: Opens, codes: [700] },
  'GET /messages/outbound/opens/{id}': {
    ...of,
    summary: 'Openings of one message',
    query: paging,
    answer: Opens,
    codes: [700, 701],
  },
  'GET /messages/outbound/clicks': { ...of, summary: 'Search clicks', query: filters, answer: Clicks, codes: [700] },
  'GET /messages/outbound/clicks/{id}': {
    ...of,
    summary: 'Clicks of one message',
    query: paging,
    answer: Clicks,
    codes: [700, 701],
  },
  'GET /messages/inbound': {
    ...incoming,
    summary: 'Search what came in',
    query: {
      ...paging,
      ...dates,
      recipient: Type.String(),
      fromemail: Type.String(),
      subject: Type.String(),
      mailboxhash: Type.String(),
      tag: Type.String(),
      status: Type.Enum([...INBOUND_STATUSES, 'Sent']),
    },
    answer: Type.Object({ TotalCount: int, InboundMessages: listOf(Type.Object(inbound)) }),
    codes: [700],
  },
  'GET /messages/inbound/{id}/details': {
    ...incoming,
    summary: 'One inbound message with its content',
    answer: InboundDetails,
    codes: [701],
  },
  'PUT /messages/inbound/{id}/bypass': {
    ...incoming,
    summary: 'Hand over a blocked message',
    answer: done,
    codes: [701, 702],
  },
  'PUT /messages/inbound/{id}/retry': {
    ...incoming,
    summary: 'Hand over a failed message once more',
    answer: done,
    codes: [701, 703],
  },
};
