// Describes message streams, their suppressions, and the pages that let people unsubscribe (contract sending 13 to 15).
import { Type } from 'typebox';
import { CreateStreamSchema, EditStreamSchema } from '../message-streams.schema.ts';
import { SuppressionsSchema } from '../suppressions.schema.ts';
import { dates, int, listOf, orNull, text, type Descriptions } from './description.ts';

const type = Type.Enum(['Transactional', 'Broadcasts', 'Inbound']);
/** Eastern time without a fraction. */
const at = Type.String({ format: 'date-time' });
const Stream = Type.Object({
  ID: text,
  ServerID: int,
  Name: text,
  Description: orNull(text),
  MessageStreamType: type,
  CreatedAt: at,
  UpdatedAt: orNull(at),
  ArchivedAt: orNull(at),
  ExpectedPurgeDate: orNull(at),
  SubscriptionManagementConfiguration: Type.Object({
    UnsubscribeHandlingType: Type.Enum(['None', 'Postmark', 'Custom']),
  }),
});

const reason = Type.Enum(['HardBounce', 'SpamComplaint', 'ManualSuppression']);
const origin = Type.Enum(['Recipient', 'Customer', 'Admin']);
const Suppression = Type.Object({ EmailAddress: text, SuppressionReason: reason, Origin: origin, CreatedAt: at });
const results = (status: 'Suppressed' | 'Deleted') =>
  Type.Object({
    Suppressions: listOf(
      Type.Object({ EmailAddress: text, Status: Type.Enum([status, 'Failed']), Message: orNull(text) }),
    ),
  });

const of = { tag: 'Message streams', token: 'server' } as const;
const list = { tag: 'Suppressions', token: 'server' } as const;
const page = { tag: 'Suppressions', token: 'public', ours: true, answer: 'text/html' } as const;
const EXAMPLE = { Suppressions: [{ EmailAddress: 'someone@example.net' }] };

export const STREAMS: Descriptions = {
  'GET /message-streams': {
    ...of,
    summary: 'Message streams of the server',
    query: {
      messageStreamType: Type.Enum(['All', 'Transactional', 'Broadcasts', 'Inbound']),
      includeArchivedStreams: Type.Boolean(),
    },
    answer: Type.Object({ MessageStreams: listOf(Stream), TotalCount: int }),
    codes: [1221],
  },
  'GET /message-streams/{id}': { ...of, summary: 'One message stream', answer: Stream, codes: [1226] },
  'POST /message-streams': {
    ...of,
    summary: 'Make a message stream',
    body: CreateStreamSchema,
    example: { ID: 'weekly-news', Name: 'Weekly news', MessageStreamType: 'Broadcasts' },
    answer: Stream,
    codes: [402, 403, 1221, 1222, 1223, 1224, 1225, 1227, 1228, 1230, 1231, 1233, 1234, 1237, 1239, 1240],
  },
  'PATCH /message-streams/{id}': {
    ...of,
    summary: 'Change a message stream',
    more: 'What is left out stays as it is.',
    body: EditStreamSchema,
    example: { Name: 'Monthly news' },
    answer: Stream,
    codes: [402, 403, 1223, 1224, 1226, 1231, 1234, 1239, 1240],
  },
  'POST /message-streams/{id}/archive': {
    ...of,
    summary: 'Archive a message stream',
    more: 'Nothing is accepted for it from then on; after 45 days it is deleted.',
    answer: Type.Object({ ID: text, ServerID: int, ExpectedPurgeDate: orNull(at) }),
    codes: [1226, 1229],
  },
  'POST /message-streams/{id}/unarchive': {
    ...of,
    summary: 'Bring an archived message stream back',
    answer: Stream,
    codes: [1225, 1226, 1232],
  },
  'GET /message-streams/{id}/suppressions/dump': {
    ...list,
    summary: 'Addresses that the stream does not send to',
    query: {
      suppressionReason: reason,
      origin,
      emailAddress: Type.String({ description: 'This address only.' }),
      ...dates,
    },
    answer: Type.Object({ Suppressions: listOf(Suppression) }),
    codes: [900, 1226, 1404, 1405, 1407],
  },
  'POST /message-streams/{id}/suppressions': {
    ...list,
    summary: 'Suppress up to 50 addresses',
    body: SuppressionsSchema,
    example: EXAMPLE,
    answer: results('Suppressed'),
    codes: [403, 1226, 1407, 1409, 1410],
  },
  'POST /message-streams/{id}/suppressions/delete': {
    ...list,
    summary: 'Send to up to 50 addresses again',
    more: 'Those that complained stay suppressed.',
    body: SuppressionsSchema,
    example: EXAMPLE,
    answer: results('Deleted'),
    codes: [403, 1226, 1407, 1409, 1410],
  },
  'GET /bounces/tags': {
    tag: 'Bounces',
    token: 'server',
    summary: 'Tags of bounced messages; old clients ask for them',
    answer: Type.Array(text),
  },
  'GET /unsubscribe/{token}': { ...page, summary: 'The page behind an unsubscribe link' },
  'POST /unsubscribe/{token}': {
    ...page,
    summary: 'Unsubscribe, also by one click (RFC 8058), or subscribe again',
  },
};
