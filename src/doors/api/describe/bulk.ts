// Describes bulk requests (contract sending 9).
import { Type } from 'typebox';
import { BulkSchema } from '../bulk.schema.ts';
import { int, listOf, number, text, time, type Descriptions } from './description.ts';

const Bulk = Type.Object({
  Id: text,
  ID: text,
  SubmittedAt: time,
  Status: text,
  Subject: Type.Optional(text),
  TotalMessages: int,
  PercentageCompleted: number,
  ReleasedCount: int,
  FailedCount: int,
  MessageStream: text,
  FinishedAt: Type.Optional(time),
  Note: Type.Optional(text),
  Failures: Type.Optional(listOf(Type.Object({ ErrorCode: int, Message: text, Count: int }))),
});

const of = { tag: 'Sending', token: 'server' } as const;

export const BULK: Descriptions = {
  'POST /email/bulk': {
    ...of,
    summary: 'Send very many messages of one content',
    more: 'All of the request is kept or nothing of it; with code 11 `Errors` says by field what is wrong.',
    once: true,
    body: BulkSchema,
    example: {
      From: 'sender@example.com',
      Subject: 'Hello {{name}}',
      TextBody: 'Hello, {{name}}!',
      MessageStream: 'broadcast',
      Messages: [{ To: 'receiver@example.net', TemplateModel: { name: 'Ann' } }],
    },
    answer: Bulk,
    codes: [11, 300, 402, 403, 1101, 1123, 1226, 1236],
  },
  'GET /email/bulk': {
    ...of,
    summary: 'Bulk requests of the server, newest first',
    query: {
      count: Type.Integer({ minimum: 1, maximum: 500, description: '50 without it.' }),
      paginationKey: Type.String({ description: 'Of the page before.' }),
    },
    answer: Type.Object({ Requests: listOf(Bulk), PaginationKey: Type.Optional(text) }),
    codes: [13, 700],
  },
  'GET /email/bulk/{id}': { ...of, summary: 'How far a bulk request is', answer: Bulk, codes: [12] },
  'POST /email/bulk/{id}/cancel': {
    ...of,
    ours: true,
    summary: 'Cancel what is not released yet',
    answer: Bulk,
    codes: [12, 9101],
  },
};
