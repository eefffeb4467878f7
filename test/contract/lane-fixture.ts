// Messages, events and settlements for the tests of queues and event logs.
import type { AcceptedEvent, DeferredEvent, DeliveredEvent, Event } from '../../src/domain/event.ts';
import type { Message, Recipient } from '../../src/domain/message.ts';
import type { AccountId, LaneId, MessageId, ServerId, StreamId } from '../../src/lib/ids.ts';
import { newMessageId } from '../../src/lib/ids.ts';
import type { Lease, NewMessage, Settlement } from '../../src/ports/lane-queue.ts';

export const NOON = Date.UTC(2026, 10, 24, 12);

export interface Wanted {
  readonly id?: MessageId;
  readonly at?: number;
  readonly server?: number;
  readonly stream?: string;
  /** Addresses. */
  readonly to?: readonly string[];
  readonly raw?: Uint8Array;
  readonly subject?: string;
  readonly events?: readonly Event[];
}

export function newMessage(wanted: Wanted = {}): NewMessage {
  const { at = NOON, to = ['ann@one.example'], raw = Buffer.from('Subject: hello\r\n\r\nhello\r\n') } = wanted;
  const message: Message = {
    id: wanted.id ?? newMessageId(at),
    accountId: 1 as AccountId,
    serverId: (wanted.server ?? 7) as ServerId,
    streamId: (wanted.stream ?? 'outbound') as StreamId,
    kind: 'transactional',
    lane: 'transactional' as LaneId,
    acceptedAt: at,
    recipients: to.map(recipient),
    summary: {
      from: '"Ann" <ann@sender.example>',
      fromAddress: 'ann@sender.example',
      subject: wanted.subject ?? 'héllo ☃',
      tag: '',
      metadata: { order: '17' },
      attachments: [],
      trackOpens: false,
      trackLinks: 'None',
      via: 'smtp',
    },
    signingDomain: 'sender.example',
    returnPathDomain: 'rp.example',
    testMode: 'none',
    fakeBounce: undefined,
    smtpUtf8: false,
    size: raw.length,
  };
  return { message, raw, events: wanted.events ?? [accepted(message)] };
}

export function accepted(message: Message): AcceptedEvent {
  const { id: messageId, serverId, streamId, acceptedAt: at } = message;
  return { kind: 'accepted', at, serverId, streamId, messageId, message };
}

export function delivered(message: Message, index = 0, at = message.acceptedAt + 1): DeliveredEvent {
  return {
    ...about(message, index, at),
    kind: 'delivered',
    reply: { code: 250, enhanced: '2.0.0', text: 'Ok' },
    mode: 'remote',
    captured: undefined,
  };
}

export function deferred(message: Message, index: number, nextAt: number): DeferredEvent {
  return {
    ...about(message, index, message.acceptedAt + 1),
    kind: 'deferred',
    reply: undefined,
    detail: 'timed out',
    nextAt,
    possibleDuplicate: false,
  };
}

/** All recipients of the lease were delivered. */
export function finished({ deliveryId, message, recipients }: Lease): Settlement {
  return { deliveryId, requeue: undefined, events: recipients.map((index) => delivered(message, index)) };
}

/** All recipients of the lease are to be tried again. */
export function later({ deliveryId, message, recipients, attempts }: Lease, dueAt: number): Settlement {
  return {
    deliveryId,
    requeue: { recipients, dueAt, attempts: attempts + 1 },
    events: recipients.map((index) => deferred(message, index, dueAt)),
  };
}

/** What the value is after it was kept as JSON: without the fields that are undefined. */
export function kept<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function about(message: Message, index: number, at: number) {
  const { id: messageId, serverId, streamId } = message;
  const address = message.recipients[index]?.address ?? '';
  return { at, serverId, streamId, messageId, recipient: index, address, attempt: 1, peer: undefined };
}

function recipient(address: string, index: number): Recipient {
  return { index, address, domain: address.slice(address.indexOf('@') + 1), name: '', role: 'To' };
}
