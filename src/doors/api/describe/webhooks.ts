// Describes webhooks (contract sending 18).
import { Type } from 'typebox';
import { WebhookSchema } from '../webhooks.schema.ts';
import { done, flag, int, listOf, orNull, streamQuery, text, time, type Descriptions } from './description.ts';

const enabled = { Enabled: flag };
const withContent = { ...enabled, IncludeContent: flag };

const Webhook = Type.Object({
  ID: int,
  Url: text,
  MessageStream: text,
  Status: Type.Enum(['verified', 'unverified']),
  HttpAuth: orNull(Type.Object({ Username: text, Password: text })),
  HttpHeaders: listOf(Type.Object({ Name: text, Value: text })),
  Triggers: Type.Object({
    Open: Type.Object({ ...enabled, PostFirstOpenOnly: flag }),
    Click: Type.Object(enabled),
    Delivery: Type.Object(enabled),
    Bounce: Type.Object(withContent),
    SpamComplaint: Type.Object(withContent),
    SubscriptionChange: Type.Object(enabled),
  }),
});

const Verification = Type.Object({
  Id: int,
  Url: text,
  Success: flag,
  Results: listOf(Type.Object({ TriggerType: text, Success: flag, StatusCode: int, Message: text })),
  Message: text,
});

const Counts = Type.Object({
  ID: int,
  FromDate: time,
  ToDate: time,
  TotalCount: int,
  SuccessCount: int,
  FailureCount: int,
  SlowCount: int,
  VerySlowCount: int,
});

const of = { tag: 'Webhooks', token: 'server' } as const;
const verify = { verify: Type.Boolean({ description: 'The same as `Verify` in the body.' }) };
const unverified =
  'Where `Verify` failed (1364) the body is that of `verify`, and the code stands in the header alone.';

export const WEBHOOKS: Descriptions = {
  'GET /webhooks': {
    ...of,
    summary: 'Webhooks of the server',
    query: streamQuery,
    answer: Type.Object({ Webhooks: listOf(Webhook) }),
  },
  'POST /webhooks': {
    ...of,
    summary: 'Make a webhook',
    more: unverified,
    query: verify,
    body: WebhookSchema,
    example: {
      Url: 'https://hooks.example.com/mail-events',
      MessageStream: 'outbound',
      Triggers: { Delivery: { Enabled: true }, Bounce: { Enabled: true, IncludeContent: false } },
    },
    answer: Webhook,
    codes: [402, 403, 1235, 1350, 1351, 1354, 1355, 1356, 1358, 1359, 1361, 1363, 1364],
  },
  'GET /webhooks/{id}': { ...of, summary: 'One webhook', answer: Webhook, codes: [1352] },
  'PUT /webhooks/{id}': {
    ...of,
    summary: 'Change a webhook',
    more: `What is left out stays as it is, each trigger too. ${unverified}`,
    query: verify,
    body: WebhookSchema,
    example: { Triggers: { Open: { Enabled: true } } },
    answer: Webhook,
    codes: [402, 403, 1350, 1352, 1354, 1355, 1357, 1358, 1361, 1363, 1364],
  },
  'DELETE /webhooks/{id}': { ...of, summary: 'Remove a webhook', answer: done, codes: [1352] },
  'POST /webhooks/{id}/verify': {
    ...of,
    summary: 'Probe every enabled trigger',
    more: 'Always 200: `Success` says what came of it. One that passes is verified from then on.',
    answer: Verification,
    codes: [1352],
  },
  'GET /webhooks/{id}/statistics': {
    ...of,
    summary: 'What was posted in the last 24 hours',
    answer: Counts,
    codes: [1352],
  },
};
