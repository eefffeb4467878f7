// How messages and events become rows of a lane's file, and back.
//
// Encoding happens before a write joins a group, so that what cannot be written fails alone. Fields whose value is
// `undefined` are left out of the JSON and are missing after it, which reads the same.
import type { Event, LoggedEvent } from '../../domain/event.ts';
import type { Message } from '../../domain/message.ts';
import type { MessageId } from '../../lib/ids.ts';
import type { NewMessage, Settlement, StreamKey } from '../../ports/lane-queue.ts';

/** Deliveries of one message: ids are `seq * DELIVERIES + place`. */
export const DELIVERIES = 1024;

/** A stream of the lane, by the number that its deliveries carry. */
export interface FlowKey extends StreamKey {
  readonly id: number;
}

/** A delivery's place in the order in which those of a stream are leased: by due time, then by id. */
export interface Place {
  readonly dueAt: number;
  readonly id: number;
}

export interface EventRow {
  readonly at: number;
  /** JSON; null for the acceptance of the message that is written with it. */
  readonly data: string | null;
}

export interface DomainRow {
  readonly domain: string;
  readonly recipients: readonly number[];
  readonly json: string;
}

export interface MessageRow {
  readonly id: Buffer;
  readonly message: Message;
  readonly meta: string;
  readonly raw: Uint8Array;
  readonly domains: readonly DomainRow[];
  readonly events: readonly EventRow[];
}

export interface SettlementRow {
  readonly deliveryId: number;
  readonly requeue: { readonly dueAt: number; readonly attempts: number; readonly recipients: string } | undefined;
  readonly events: readonly EventRow[];
}

export function messageRow({ message, raw, events }: NewMessage): MessageRow {
  return {
    id: idBytes(message.id),
    message,
    meta: JSON.stringify(message),
    raw,
    domains: domainRows(message),
    events: events.map((event) =>
      event.kind === 'accepted' && event.messageId === message.id ? { at: event.at, data: null } : eventRow(event),
    ),
  };
}

export function settlementRow({ deliveryId, requeue, events }: Settlement): SettlementRow {
  const left = requeue !== undefined && requeue.recipients.length > 0;
  return {
    deliveryId,
    requeue: left
      ? { dueAt: requeue.dueAt, attempts: requeue.attempts, recipients: JSON.stringify(requeue.recipients) }
      : undefined,
    events: events.map(eventRow),
  };
}

export function eventRow(event: Event): EventRow {
  return { at: event.at, data: JSON.stringify(event) };
}

/** The id as it is kept: the 16 bytes of the UUID. */
export function idBytes(id: MessageId): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== UUID_BYTES) throw new RangeError(`not a message id: ${id}`);
  return bytes;
}

export function readMessage(meta: string): Message {
  return JSON.parse(meta) as Message;
}

export function readRecipients(json: string): readonly number[] {
  return JSON.parse(json) as number[];
}

/** `data` of the event, or `meta` of the message whose acceptance it is. */
export function readEvent(seq: number, at: number, data: string | null, meta: string | null): LoggedEvent {
  if (data !== null) return { seq, event: JSON.parse(data) as Event };
  if (meta === null) throw new Error(`event ${seq} is of a message that is not in the file`);
  const message = readMessage(meta);
  const { id: messageId, serverId, streamId } = message;
  return { seq, event: { kind: 'accepted', at, serverId, streamId, messageId, message } };
}

const UUID_BYTES = 16;

function domainRows(message: Message): DomainRow[] {
  const byDomain = new Map<string, number[]>();
  for (const { domain, index } of message.recipients) {
    const indexes = byDomain.get(domain);
    if (indexes === undefined) byDomain.set(domain, [index]);
    else indexes.push(index);
  }
  if (byDomain.size > DELIVERIES) throw new RangeError(`a message goes to at most ${DELIVERIES} domains`);
  return [...byDomain].map(([domain, recipients]) => ({ domain, recipients, json: JSON.stringify(recipients) }));
}
