// Inbound messages as JSON (contract management 7.7 and 9.3): the parsed lists beside the texts of old.
import type { InboundAddress, InboundAttachment, InboundWish } from '../../domain/inbound-message.ts';
import type { InboundDetails, InboundMessage } from '../../ports/activity.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentInbound(message: InboundMessage): Json {
  return {
    From: message.from.address,
    FromName: message.from.name,
    FromFull: presentAddress(message.from),
    To: inWords(message.to),
    ToFull: message.to.map(presentAddress),
    Cc: inWords(message.cc),
    CcFull: message.cc.map(presentAddress),
    Bcc: inWords(message.bcc),
    BccFull: message.bcc.map(presentAddress),
    ReplyTo: message.replyTo,
    OriginalRecipient: message.originalRecipient,
    Subject: message.subject,
    Date: message.date,
    MailboxHash: message.mailboxHash,
    Tag: message.tag,
    Attachments: message.attachments.map(presentAttachment),
    MessageID: message.id,
    MessageStream: message.streamId,
    Status: message.status,
  };
}

export function presentInboundDetails(details: InboundDetails): Json {
  return {
    TextBody: details.textBody,
    HtmlBody: details.htmlBody,
    StrippedTextReply: details.strippedTextReply,
    ...presentInbound(details),
    Headers: details.headers.map(({ name, value }) => ({ Name: name, Value: value })),
    BlockedReason: details.blockedReason,
  };
}

export function presentRequeued(wish: InboundWish, id: string): Json {
  const done = wish === 'bypass' ? 'bypassed rules for' : 'rescheduled failed';
  return { ErrorCode: 0, Message: `Successfully ${done} message: ${id}.` };
}

function presentAddress({ address, name, mailboxHash }: InboundAddress): Json {
  return { Email: address, Name: name, MailboxHash: mailboxHash };
}

function presentAttachment({ name, contentId, contentType, size }: InboundAttachment): Json {
  return { Name: name, ContentID: contentId, ContentType: contentType, ContentLength: size };
}

function inWords(addresses: readonly InboundAddress[]): string {
  return addresses.map(({ address, name }) => (name === '' ? address : `${quoted(name)} <${address}>`)).join(', ');
}

/** RFC 5322 section 3.2.4. */
function quoted(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}
