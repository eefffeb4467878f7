// The wire form of a bulk request (contract sending 9.1). Types only: limits and rules are applied by core/bulk.
import { Type } from 'typebox';
import { EmailSchema } from './email.schema.ts';

const { From, To, Cc, Bcc, ReplyTo, Metadata, Headers, Attachments, TrackOpens, TrackLinks, RequireTLS } =
  EmailSchema.properties;

const text = (description: string) => Type.Optional(Type.String({ description }));

export const BulkMessageSchema = Type.Object({
  To,
  Cc,
  Bcc,
  TemplateModel: Type.Optional(Type.Unknown({ description: 'An object: the values for subject and bodies.' })),
  Metadata,
  Headers,
});

/** What all messages share. */
export const BulkContentSchema = Type.Object({
  From,
  ReplyTo,
  Subject: text('2,000 characters at most; a template, as the bodies are.'),
  HtmlBody: text('5 MB at most. One of HtmlBody and TextBody, or a template, is required.'),
  TextBody: text('5 MB at most.'),
  TemplateId: Type.Optional(Type.Integer({ description: 'In place of Subject and bodies.' })),
  TemplateAlias: text('In place of TemplateId.'),
  InlineCss: Type.Optional(
    Type.Boolean({ description: 'Style blocks become attributes; on without it where a template is named.' }),
  ),
  Tag: text('1,000 characters at most.'),
  Metadata,
  MessageStream: text('Id of a broadcast stream; the default one without it.'),
  TrackOpens,
  TrackLinks,
  Attachments,
  Headers,
  RequireTLS,
});

export const BulkSchema = Type.Object({
  ...BulkContentSchema.properties,
  Messages: Type.Array(BulkMessageSchema, { description: 'One message each; metadata and headers of its own win.' }),
});
