// Composes a message once: the RFC 5322 source that is kept, signed and delivered (contract sending 12).
//
// Two ways in, one set of fields of ours: `composeContent` writes everything from properties, `rewriteSource` keeps the
// body and the fields of a submitted source and rewrites only what must change. Neither ever writes a Bcc field.
import type { ReadSource } from './read-source.ts';
import { WAY_OUT_FIELDS, wayOutFields, withWayOut, type WayOut } from './unsubscribe-content.ts';
import { sourceWithWayOut } from './unsubscribe-source.ts';
import type { Mailbox } from '../mail/address.ts';
import { formatAddressField, formatDate, formatField } from '../mail/headers.ts';
import { composeEntity, type MimeContent } from '../mail/mime/compose.ts';
import { toSevenBit } from '../mail/mime/seven-bit.ts';

/** Ids and names that composing needs beside what the draft holds. */
export interface ComposeContext {
  readonly messageId: string;
  readonly hostname: string;
  readonly accountId: number;
  readonly serverId: number;
  readonly now: number;
  /** In place of the From that was given; `replyTo`: an address for messages that give none. Defaults of the sender. */
  readonly from?: Mailbox;
  readonly replyTo?: string;
  /** How recipients leave the stream; undefined where nobody serves such links. */
  readonly wayOut: WayOut | undefined;
}

export interface CustomHeader {
  readonly name: string;
  readonly value: string;
}

export interface Content {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly subject: string | undefined;
  readonly tag: string;
  /** Checked: each can be written as a field. */
  readonly custom: readonly CustomHeader[];
  /** A Message-ID that the client gave, with its angle brackets. */
  readonly messageIdField: string | undefined;
  readonly mime: MimeContent;
}

export function composeContent(content: Content, context: ComposeContext): Uint8Array {
  const { wayOut } = context;
  const mime = wayOut === undefined ? content.mime : withWayOut(content.mime, wayOut);
  const custom = wayOut?.handled === true ? content.custom.filter(({ name }) => !isWayOut(name)) : content.custom;
  const entity = composeEntity(mime, (n) => `bh-${context.messageId}-${n}`);
  const head = [
    receivedField('HTTP', context),
    formatAddressField('From', [context.from ?? content.from]),
    content.to.length > 0 ? formatAddressField('To', content.to) : content.cc.length === 0 ? NO_RECIPIENTS : '',
    content.cc.length > 0 ? formatAddressField('Cc', content.cc) : '',
    content.replyTo.length > 0 ? formatAddressField('Reply-To', content.replyTo) : defaultReplyTo(context),
    field('Subject', content.subject ?? ''),
    field('Date', formatDate(context.now)),
    field('Message-ID', content.messageIdField ?? ownMessageId(context)),
    ...custom.map(({ name, value }) => field(name, value)),
    wayOut === undefined ? '' : wayOutFields(wayOut),
    ownFields(content.tag, context),
    entity.headers,
    '\r\n',
  ].join('');
  return Buffer.concat([Buffer.from(head, 'utf8'), entity.body]);
}

export interface SourceToRewrite {
  readonly raw: Uint8Array;
  readonly source: ReadSource;
  readonly keepId: boolean;
  readonly tag: string;
  readonly protocol: string;
}

export function rewriteSource(given: SourceToRewrite, context: ComposeContext): Uint8Array {
  const { fields, bodyOffset } = given.source;
  const has = (name: string): boolean => fields.some((f) => f.name.toLowerCase() === name);
  const keepsId = given.keepId && has('message-id');
  const { wayOut } = context;
  const ours = wayOut?.handled === true;
  const kept = fields
    .filter((f) => !isDropped(f.name.toLowerCase(), keepsId) && !(ours && isWayOut(f.name)))
    .map((f) => f.raw);
  const head = [
    receivedField(given.protocol, context),
    ...kept,
    has('to') || has('cc') ? '' : NO_RECIPIENTS,
    has('reply-to') ? '' : defaultReplyTo(context),
    has('date') ? '' : field('Date', formatDate(context.now)),
    keepsId ? '' : field('Message-ID', ownMessageId(context)),
    wayOut === undefined ? '' : wayOutFields(wayOut),
    ownFields(given.tag, context),
    '\r\n',
  ].join('');
  const body = given.raw.subarray(bodyOffset);
  const whole = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  return toSevenBit(wayOut === undefined ? whole : sourceWithWayOut(whole, wayOut));
}

function isWayOut(name: string): boolean {
  return WAY_OUT_FIELDS.includes(name.toLowerCase());
}

const NO_RECIPIENTS = 'To: undisclosed-recipients:;\r\n';

function defaultReplyTo({ replyTo }: ComposeContext): string {
  return replyTo === undefined ? '' : formatAddressField('Reply-To', [{ name: '', address: replyTo }]);
}

/** Bcc must not leak, Return-Path is the last server's to write, X-PM-* are controls; Message-ID goes unless kept. */
function isDropped(lowerName: string, keepsId: boolean): boolean {
  if (lowerName === 'message-id') return !keepsId;
  return (
    lowerName === 'bcc' || lowerName === 'resent-bcc' || lowerName === 'return-path' || lowerName.startsWith('x-pm-')
  );
}

function ownMessageId(context: ComposeContext): string {
  return `<${context.messageId}@${context.hostname}>`;
}

/** RFC 5321 4.4 without the client's name and address: where a sender's servers stand is nobody's business. */
function receivedField(protocol: string, context: ComposeContext): string {
  return `Received: by ${context.hostname} with ${protocol} id ${context.messageId};\r\n\t${formatDate(context.now)}\r\n`;
}

function ownFields(tag: string, context: ComposeContext): string {
  const { accountId, serverId, hostname, messageId } = context;
  const tagPart = tag === '' ? '_' : Buffer.from(tag).toString('base64').slice(0, MAX_FEEDBACK_TAG);
  return [
    field('X-PM-Message-Id', messageId),
    tag === '' ? '' : field('X-PM-Tag', tag),
    field('Feedback-ID', `s${serverId}-${tagPart}:s${serverId}:a${accountId}:bulkhead`),
    field('X-Complaints-To', `abuse@${hostname}`),
    field('X-Job', `${accountId}_${serverId}`),
  ].join('');
}

/** Feedback loops want short identifiers: a long tag is cut. */
const MAX_FEEDBACK_TAG = 60;

function field(name: string, value: string): string {
  const text = formatField(name, value);
  if (text === undefined) throw new Error(`the field ${name} cannot be written: its value was not checked`);
  return text;
}
