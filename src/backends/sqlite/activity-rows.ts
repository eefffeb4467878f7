// How values of the activity index look in its file: ids as 16 bytes, and the part of a message that is only shown as JSON.
import { ERASED_ADDRESS } from '../../domain/redact-event.ts';
import type { MessageId, ServerId } from '../../lib/ids.ts';
import type { OutboundMessage } from '../../ports/activity.ts';

export function idToBytes(id: MessageId): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== ID_BYTES) throw new TypeError(`not a message id: ${id}`);
  return bytes;
}

export function idFromBytes(bytes: Buffer): MessageId {
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parts.join('-') as MessageId;
}

const ID_BYTES = 16;

/** What letters are compared by where case does not count. */
export function keyOf(text: string): string {
  return text.toLowerCase();
}

type ShownKeys =
  'from' | 'subject' | 'recipients' | 'attachments' | 'trackOpens' | 'trackLinks' | 'metadata' | 'sandboxed';
export type Shown = Pick<OutboundMessage, ShownKeys>;

export function shownOf(message: Shown): string {
  const { from, subject, recipients, attachments, trackOpens, trackLinks, metadata, sandboxed } = message;
  return JSON.stringify({ from, subject, recipients, attachments, trackOpens, trackLinks, metadata, sandboxed });
}

export function readShown(json: string): Shown {
  return JSON.parse(json) as Shown;
}

/** The columns that `outboundMessage` needs, of a message called `m`. */
export const MESSAGE_COLUMNS = 'm.id, m.stream_id, m.tag, m.received_at, m.pending, m.shown';

export interface MessageRow {
  readonly id: Buffer;
  readonly stream_id: string;
  readonly tag: string | null;
  readonly received_at: number;
  readonly pending: number;
  readonly shown: string;
}

export function outboundMessage(row: MessageRow): OutboundMessage {
  const shown = readShown(row.shown);
  return {
    id: idFromBytes(row.id),
    streamId: row.stream_id,
    tag: row.tag ?? '',
    receivedAt: row.received_at,
    status: row.pending === 0 ? 'Sent' : 'Queued',
    ...shown,
    recipients: shown.recipients.filter(isKept),
  };
}

/** Recipients that were erased keep their place and nothing else. */
export function isKept({ address }: { readonly address: string }): boolean {
  return address !== ERASED_ADDRESS;
}

/** One message of one server: the key of everything that is known about it. */
export type MessageKey = readonly [serverId: ServerId, id: Buffer];
