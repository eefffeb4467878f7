// Describes what is read back: messages, bounces, delivery statistics and the capture (contract management 7, sending 16).
import { Type } from 'typebox';
import { BOUNCE_TYPES } from '../../../domain/bounce/types.ts';
import {
  dates,
  flag,
  int,
  listOf,
  orNull,
  paging,
  streamQuery,
  text,
  texts,
  time,
  type Descriptions,
} from './description.ts';

const Recipient = Type.Object({ Email: text, Name: orNull(text) });
const recipients = { To: listOf(Recipient), Cc: listOf(Recipient), Bcc: listOf(Recipient), Recipients: texts };

const outbound = {
  Tag: text,
  MessageID: text,
  MessageStream: text,
  ...recipients,
  ReceivedAt: time,
  From: text,
  Subject: text,
  Attachments: texts,
  Status: text,
  TrackOpens: flag,
  TrackLinks: text,
  Metadata: Type.Record(Type.String(), text),
  Sandboxed: flag,
};

const Event = Type.Object({
  Recipient: text,
  Type: text,
  ReceivedAt: time,
  Details: Type.Record(Type.String(), text),
});

const bounce = {
  RecordType: text,
  ID: int,
  Type: text,
  TypeCode: int,
  Name: text,
  Tag: text,
  MessageID: text,
  ServerID: int,
  MessageStream: text,
  Description: text,
  Details: text,
  Email: text,
  From: text,
  BouncedAt: time,
  DumpAvailable: flag,
  Inactive: flag,
  CanActivate: flag,
  Subject: text,
};
const BounceWithContent = Type.Object({ ...bounce, Content: text });

const captured = {
  MessageID: text,
  ServerID: int,
  MessageStream: text,
  From: text,
  ...recipients,
  Subject: text,
  Tag: text,
  CapturedAt: time,
  Size: int,
};

const hold = Type.Object({ Kind: text, Words: text, Until: orNull(time) });
const attempt = Type.Object({
  At: time,
  Number: int,
  Pool: orNull(text),
  Address: orNull(text),
  EHLO: orNull(text),
  PTR: orNull(text),
  Host: orNull(text),
  IP: orNull(text),
  TLS: flag,
  TLSPolicy: orNull(text),
  Outcome: text,
  Reply: orNull(text),
  Words: text,
  Transcript: texts,
});
const Why = Type.Object({
  MessageID: text,
  State: text,
  Summary: text,
  ServerID: int,
  MessageStream: text,
  Lane: orNull(text),
  ReceivedAt: time,
  From: text,
  Subject: text,
  Recipients: listOf(
    Type.Object({
      Address: text,
      State: text,
      Words: text,
      NextAttemptAt: orNull(time),
      Holds: listOf(hold),
      Attempts: listOf(attempt),
    }),
  ),
  Notes: texts,
});

const messages = { tag: 'Messages', token: 'server' } as const;
const bounces = { tag: 'Bounces', token: 'server' } as const;
const capture = { tag: 'Messages', token: 'either', ours: true } as const;

export const READING: Descriptions = {
  'GET /messages/outbound': {
    ...messages,
    summary: 'Search what was sent',
    more: 'Beside these parameters one `metadata_<key>` with its exact value.',
    query: {
      ...paging,
      ...streamQuery,
      ...dates,
      recipient: Type.String({ description: 'The whole address.' }),
      fromemail: Type.String({ description: 'The whole address.' }),
      tag: Type.String({ description: 'Exact.' }),
      subject: Type.String({ description: 'Contained in the subject.' }),
      status: Type.Enum(['queued', 'sent', 'processed']),
    },
    answer: Type.Object({ TotalCount: int, Messages: listOf(Type.Object(outbound)) }),
    codes: [700],
  },
  'GET /messages/outbound/{id}/details': {
    ...messages,
    summary: 'One message with its content and events',
    answer: Type.Object({ TextBody: text, HtmlBody: text, Body: text, ...outbound, MessageEvents: listOf(Event) }),
    codes: [701],
  },
  'GET /messages/outbound/{id}/dump': {
    ...messages,
    summary: 'The source of one message',
    answer: Type.Object({ Body: text }),
    codes: [701],
  },
  'GET /messages/outbound/{id}/why': {
    ...messages,
    token: 'either',
    ours: true,
    summary: 'Why a message is where it is',
    more: 'In plain words: what was tried, what was said, what it waits for.',
    answer: Why,
    codes: [701],
  },
  'GET /bounces': {
    ...bounces,
    summary: 'Search bounces',
    query: {
      ...paging,
      ...streamQuery,
      ...dates,
      type: Type.Enum([...BOUNCE_TYPES.keys()]),
      inactive: Type.Boolean(),
      emailFilter: Type.String({ description: 'Contained in the address.' }),
      tag: Type.String(),
      messageID: Type.String(),
    },
    answer: Type.Object({ TotalCount: int, Bounces: listOf(Type.Object(bounce)) }),
    codes: [1000],
  },
  'GET /bounces/{id}': { ...bounces, summary: 'One bounce', answer: BounceWithContent, codes: [1001, 1002] },
  'GET /bounces/{id}/dump': {
    ...bounces,
    summary: 'What came back',
    answer: Type.Object({ Body: text }),
    codes: [1001, 1002],
  },
  'PUT /bounces/{id}/activate': {
    ...bounces,
    summary: 'Send to the address again',
    answer: Type.Object({ Message: text, Bounce: BounceWithContent }),
    codes: [1001, 1002, 1003],
  },
  'GET /deliverystats': {
    ...bounces,
    summary: 'Bounces by type',
    more: 'The first row is the sum, and has no `Type`.',
    answer: Type.Object({
      InactiveMails: int,
      Bounces: listOf(Type.Object({ Type: Type.Optional(text), Name: text, Count: int })),
    }),
  },
  'GET /capture': {
    ...capture,
    summary: 'The built-in inbox',
    more: 'A server token sees its own mail, an account token all. Without parameters the newest 50.',
    query: { count: Type.Integer({ minimum: 1, maximum: 500 }), offset: Type.Integer({ minimum: 0 }) },
    answer: Type.Object({ TotalCount: int, Messages: listOf(Type.Object(captured)) }),
    codes: [700],
  },
  'GET /capture/{id}': {
    ...capture,
    summary: 'One captured message',
    answer: Type.Object({
      ...captured,
      MailFrom: text,
      RcptTo: texts,
      TextBody: text,
      HtmlBody: text,
      Attachments: Type.Array(Type.Unknown()),
      Source: text,
    }),
    codes: [701],
  },
  'GET /capture/{id}/source': {
    ...capture,
    summary: 'The source of a captured message',
    answer: 'message/rfc822',
    codes: [701],
  },
};
