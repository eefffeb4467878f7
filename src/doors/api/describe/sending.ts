// Describes what sends (contract sending 6 and 7).
import { Type } from 'typebox';
import { EmailSchema } from '../email.schema.ts';
import { MAX_BATCH_MESSAGES } from '../deps.ts';
import { int, listOf, text, time, type Descriptions } from './description.ts';

export const Sent = Type.Object({
  To: text,
  Cc: Type.Optional(text),
  Bcc: Type.Optional(text),
  SubmittedAt: time,
  MessageID: text,
  ErrorCode: int,
  Message: text,
});

/** One of a batch: what was sent, or the error of that message alone. */
export const SentOfBatch = Type.Object({
  To: Type.Optional(text),
  Cc: Type.Optional(text),
  Bcc: Type.Optional(text),
  SubmittedAt: Type.Optional(time),
  MessageID: Type.Optional(text),
  ErrorCode: int,
  Message: text,
});

const EXAMPLE = {
  From: 'sender@example.com',
  To: 'receiver@example.net',
  Subject: 'Hello',
  TextBody: 'Hello from Bulkhead.',
  MessageStream: 'outbound',
};

export const SENDING: Descriptions = {
  'POST /email': {
    tag: 'Sending',
    summary: 'Send one message',
    more: 'Answered when the message is on disk. The token POSTMARK_API_TEST checks the content and sends nothing.',
    token: 'server',
    once: true,
    body: EmailSchema,
    example: EXAMPLE,
    answer: Sent,
    codes: [300, 400, 401, 402, 403, 406, 411, 1235, 1236],
  },
  'POST /email/batch': {
    tag: 'Sending',
    summary: `Send up to ${MAX_BATCH_MESSAGES} messages`,
    more: 'One result for each message, in order; a refused message refuses itself alone.',
    token: 'server',
    once: true,
    body: Type.Array(EmailSchema),
    example: [EXAMPLE],
    answer: listOf(SentOfBatch),
    codes: [402, 403, 410],
  },
};
