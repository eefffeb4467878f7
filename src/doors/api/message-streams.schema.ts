// Bodies of the message streams API (contract sending 13). Types only: limits and names are rules of domain/stream-rules.ts.
import { Type } from 'typebox';

const SubscriptionManagement = Type.Object({
  UnsubscribeHandlingType: Type.Optional(Type.String({ description: 'None, Postmark or Custom.' })),
});

export const CreateStreamSchema = Type.Object({
  ID: Type.String({
    description: 'A lower-case letter, then lower-case letters, digits, - and _; 30 characters at most.',
  }),
  Name: Type.String({ description: '100 characters at most.' }),
  MessageStreamType: Type.String({ description: 'Transactional or Broadcasts.' }),
  Description: Type.Optional(Type.String({ description: '1,000 characters at most, without < and >.' })),
  SubscriptionManagementConfiguration: Type.Optional(SubscriptionManagement),
});

export const EditStreamSchema = Type.Object({
  Name: Type.Optional(Type.String({ description: '100 characters at most.' })),
  Description: Type.Optional(Type.String({ description: 'An empty text takes it away.' })),
  SubscriptionManagementConfiguration: Type.Optional(SubscriptionManagement),
});

export const MESSAGE_STREAM_SCHEMAS = {
  'POST /message-streams': CreateStreamSchema,
  'PATCH /message-streams/{id}': EditStreamSchema,
} as const;
