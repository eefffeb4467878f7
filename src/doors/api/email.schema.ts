// The wire form of a message to send (contract sending 6.1). Types only: limits and rules are applied by core/submit.
import { Type } from 'typebox';
import { TRACK_LINKS } from '../../domain/server.ts';

/** Ours: beyond this no list can belong to a message that would be accepted, and reading it would cost memory. */
const MAX_LIST_ITEMS = 1000;

const text = (description: string) => Type.Optional(Type.String({ description }));

const HeaderSchema = Type.Object({ Name: Type.String(), Value: Type.String() }, { description: 'A custom header.' });

const AttachmentSchema = Type.Object({
  Name: Type.String({ description: 'File name; its extension is checked.' }),
  Content: Type.String({ description: 'Base64.' }),
  ContentType: Type.String({ description: 'MIME type.' }),
  ContentID: text('For inline images: `cid:name`, referenced as such in the HTML. `ContentId` is read too.'),
});

export const EmailSchema = Type.Object({
  From: Type.String({ description: 'One address, `Name <address>` allowed; 255 characters at most.' }),
  To: text('Comma-separated addresses; 50 over To, Cc and Bcc at most.'),
  Cc: text('Comma-separated addresses.'),
  Bcc: text('Comma-separated addresses; never shown in the message.'),
  Subject: text('2,000 characters at most.'),
  HtmlBody: text('5 MB at most. One of HtmlBody and TextBody is required.'),
  TextBody: text('5 MB at most.'),
  ReplyTo: text('Comma-separated addresses.'),
  Tag: text('1,000 characters at most.'),
  Metadata: Type.Optional(
    Type.Record(Type.String(), Type.String(), { description: '10 keys of 20 characters, values of 80 at most.' }),
  ),
  Headers: Type.Optional(Type.Array(HeaderSchema, { maxItems: MAX_LIST_ITEMS })),
  Attachments: Type.Optional(Type.Array(AttachmentSchema, { maxItems: MAX_LIST_ITEMS })),
  TrackOpens: Type.Optional(Type.Boolean()),
  TrackLinks: Type.Optional(Type.Enum([...TRACK_LINKS])),
  RequireTLS: Type.Optional(
    Type.Boolean({ description: 'Ours: only over verified TLS all the way, or not at all (RFC 8689).' }),
  ),
  MessageStream: text('Id of the stream; `outbound` without it.'),
});
