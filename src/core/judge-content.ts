// Applies the rules for a message given field by field (contract sending 6), in the order of 6.6, up to the attachments.
// Stream, sender and suppressions come before and after, in submit, because they are the same for both kinds of drafts.
import type { ContentDraft, DraftAttachment } from './draft.ts';
import { composeContent, type CustomHeader } from './compose-message.ts';
import { refuse, saysNo, TLS_REQUIRED, type JudgedRecipient, type Verdict } from './judge.ts';
import { API_ERRORS, type ApiError } from '../domain/api-error.ts';
import { isForbiddenAttachment, MESSAGE_LIMITS, summaryProblem } from '../domain/limits.ts';
import type { RecipientRole } from '../domain/message.ts';
import type { Server } from '../domain/server.ts';
import { formatMailboxAsText, parseMailbox, parseMailboxList, type Mailbox } from '../mail/address.ts';
import { formatField, isFieldName } from '../mail/headers.ts';
import type { MimeAttachment } from '../mail/mime/compose.ts';

/** What a server says about tracking where the message says nothing. */
export interface TrackingDefaults {
  readonly settings: Pick<Server['settings'], 'trackOpens' | 'trackLinks'>;
}

export function judgeContent(draft: ContentDraft, server: TrackingDefaults): Verdict {
  const from = readFrom(draft.from);
  if ('error' in from) return refuse(from.error);
  const lists = readLists(draft);
  if ('error' in lists) return refuse(lists.error);
  const headers = readHeaders(draft.headers);
  if ('error' in headers) return refuse(headers.error);
  const summary = {
    from: formatMailboxAsText(from.mailbox),
    fromAddress: from.mailbox.address,
    subject: draft.subject ?? '',
    tag: draft.tag ?? '',
    metadata: draft.metadata,
    attachments: draft.attachments.map((attachment) => attachment.name),
    // The server's "on" cannot be switched off by a message; link tracking is the message's choice first (6.1).
    trackOpens: server.settings.trackOpens || draft.trackOpens === true,
    trackLinks: draft.trackLinks ?? server.settings.trackLinks,
  };
  const problem = contentProblem(draft, lists.recipients) ?? textProblem(summaryProblem(summary));
  if (problem !== undefined) return refuse(problem);
  const attachments = readAttachments(draft.attachments);
  if ('error' in attachments) return refuse(attachments.error);

  const content = {
    from: from.mailbox,
    to: lists.to,
    cc: lists.cc,
    replyTo: lists.replyTo.length > 0 ? lists.replyTo : headers.replyTo,
    subject: draft.subject,
    tag: summary.tag,
    custom: headers.custom,
    messageIdField: headers.messageId,
    mime: { text: draft.textBody, html: draft.htmlBody, attachments: attachments.list },
  };
  return {
    kind: 'fine',
    judged: {
      from: from.mailbox,
      recipients: lists.recipients,
      summary,
      fakeBounce: headers.fakeBounce,
      tlsOptional: headers.custom.some(({ name, value }) => name.toLowerCase() === TLS_REQUIRED && saysNo(value)),
      compose: (context) => composeContent(content, context),
    },
  };
}

export type OrError<T> = T | { readonly error: ApiError };

export function readFrom(from: string | undefined): OrError<{ mailbox: Mailbox }> {
  if (from === undefined || from.trim() === '') return { error: API_ERRORS.invalidFrom() };
  if (from.length > MESSAGE_LIMITS.fromChars) {
    return {
      error: API_ERRORS.invalidMessage(`The 'From' value is longer than ${MESSAGE_LIMITS.fromChars} characters.`),
    };
  }
  const mailbox = parseMailbox(from);
  return mailbox === undefined ? { error: API_ERRORS.invalidAddress('From', shown(from)) } : { mailbox };
}

interface Lists {
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly recipients: readonly JudgedRecipient[];
}

function readLists(draft: ContentDraft): OrError<Lists> {
  const recipients: JudgedRecipient[] = [];
  const read = (field: RecipientRole | 'ReplyTo', text: string | undefined): readonly Mailbox[] | ApiError => {
    const list = parseMailboxList(text ?? '');
    if (list.kind === 'invalid') return API_ERRORS.invalidAddress(field, shown(list.piece));
    if (field !== 'ReplyTo') {
      for (const mailbox of list.mailboxes) recipients.push({ mailbox, role: field, given: mailbox.address });
    }
    return list.mailboxes;
  };
  const to = read('To', draft.to);
  if ('code' in to) return { error: to };
  const cc = read('Cc', draft.cc);
  if ('code' in cc) return { error: cc };
  const bcc = read('Bcc', draft.bcc);
  if ('code' in bcc) return { error: bcc };
  const replyTo = read('ReplyTo', draft.replyTo);
  if ('code' in replyTo) return { error: replyTo };
  return { to, cc, replyTo, recipients };
}

function contentProblem(draft: ContentDraft, recipients: readonly JudgedRecipient[]): ApiError | undefined {
  const { bodyBytes, messageBytes, recipients: most } = MESSAGE_LIMITS;
  if (recipients.length === 0) return API_ERRORS.zeroRecipients();
  if (recipients.length > most) {
    return API_ERRORS.invalidMessage(
      `A message can have ${most} recipients over To, Cc and Bcc at most; this one has ${recipients.length}.`,
    );
  }
  if (draft.htmlBody === undefined && draft.textBody === undefined) return API_ERRORS.noBody();
  const html = Buffer.byteLength(draft.htmlBody ?? '');
  const text = Buffer.byteLength(draft.textBody ?? '');
  if (html > bodyBytes) return API_ERRORS.invalidMessage("The 'HtmlBody' is larger than 5 MB.");
  if (text > bodyBytes) return API_ERRORS.invalidMessage("The 'TextBody' is larger than 5 MB.");
  const attached = draft.attachments.reduce((sum, attachment) => sum + attachment.content.length, 0);
  if (html + text + attached > messageBytes) return tooLarge();
  return undefined;
}

function textProblem(text: string | undefined): ApiError | undefined {
  return text === undefined ? undefined : API_ERRORS.invalidMessage(text);
}

/** Fields that the request has properties for, or that belong to the structure that we write. */
const RESERVED = new Map<string, string>([
  ...['From', 'To', 'Cc', 'Bcc', 'Subject', 'Tag'].map((name) => [name.toLowerCase(), `use the property '${name}'`]),
  ...[
    'Sender',
    'Return-Path',
    'Received',
    'Date',
    'Content-Type',
    'Content-Transfer-Encoding',
    'Content-Disposition',
    'DKIM-Signature',
    'Attachment',
    'X-PM-RCPT',
  ].map((name) => [name.toLowerCase(), 'it is written by the server']),
] as [string, string][]);

export interface Headers {
  readonly custom: readonly CustomHeader[];
  readonly messageId: string | undefined;
  readonly replyTo: readonly Mailbox[];
  readonly fakeBounce: string | undefined;
}

export function readHeaders(given: ContentDraft['headers']): OrError<Headers> {
  if (given.length > MESSAGE_LIMITS.customHeaders) {
    return {
      error: API_ERRORS.invalidMessage(`A message can have ${MESSAGE_LIMITS.customHeaders} custom headers at most.`),
    };
  }
  const custom: CustomHeader[] = [];
  let messageId: string | undefined;
  let replyTo: readonly Mailbox[] = [];
  let fakeBounce: string | undefined;
  for (const { name, value } of given) {
    const problem = headerProblem(name, value);
    if (problem !== undefined) return { error: API_ERRORS.invalidMessage(problem) };
    const lower = name.toLowerCase();
    if (lower === 'message-id') messageId = value.trim();
    else if (lower === 'x-pm-bounce-type') fakeBounce = value.trim();
    else if (lower === 'reply-to') {
      const list = parseMailboxList(value);
      if (list.kind === 'invalid') return { error: API_ERRORS.invalidAddress('ReplyTo', shown(list.piece)) };
      replyTo = list.mailboxes;
    } else if (lower !== 'mime-version' && !lower.startsWith('x-pm-')) custom.push({ name, value });
  }
  if (messageId !== undefined && !/^<[^<>\s@]+@[^<>\s@]+>$/.test(messageId)) {
    return { error: API_ERRORS.invalidMessage("The 'Message-ID' header must have the form <left@right>.") };
  }
  return { custom, messageId, replyTo, fakeBounce };
}

function headerProblem(name: string, value: string): string | undefined {
  if (!isFieldName(name)) return `The header name '${shown(name)}' is not valid.`;
  if (name.length + value.length > MESSAGE_LIMITS.customHeaderChars)
    return `The header '${shown(name)}' is longer than ${MESSAGE_LIMITS.customHeaderChars} characters.`;
  const reserved = RESERVED.get(name.toLowerCase());
  if (reserved !== undefined) return `The header '${name}' cannot be set in 'Headers': ${reserved}.`;
  if (formatField(name, value) === undefined)
    return `The value of the header '${name}' holds characters that a header cannot have, such as line breaks.`;
  return undefined;
}

export function readAttachments(drafts: readonly DraftAttachment[]): OrError<{ list: readonly MimeAttachment[] }> {
  const list: MimeAttachment[] = [];
  for (const draft of drafts) {
    if (draft.name.trim() === '') return { error: API_ERRORS.invalidMessage("An attachment has no 'Name'.") };
    if (isForbiddenAttachment(draft.name)) return { error: API_ERRORS.forbiddenAttachment(shown(draft.name)) };
    const content = decodeBase64(draft.content);
    if (content === undefined)
      return {
        error: API_ERRORS.invalidMessage(`The 'Content' of the attachment '${shown(draft.name)}' is not valid base64.`),
      };
    list.push({
      name: draft.name,
      contentType: draft.contentType,
      content,
      contentId: draft.contentId?.replace(/^cid:/i, ''),
    });
  }
  return { list };
}

export function tooLarge(): ApiError {
  return API_ERRORS.invalidMessage('The message is larger than 10 MB, attachments in base64 included.');
}

/** Strict about the alphabet and the length, tolerant of line breaks, as encoders that wrap lines produce them. */
function decodeBase64(text: string): Buffer | undefined {
  const compact = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (compact.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64');
}

/** A value as an error names it: bounded, on one line. */
export function shown(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
