// What is left of an event when the data of recipients has been erased (contract management 11.1).
//
// Promises: an event that names nobody erased is given back as it is, the same object. Of a message to others as well the
// erased recipients keep their place, which ids and indexes of others count from, and nothing else; subject, metadata,
// attachments and source may speak of them, so they go. Of a message to nobody else, nothing is left.
import type { AcceptedEvent, ApiErrorEvent, Event } from './event.ts';
import type { Message, Recipient } from './message.ts';

/** What stands in place of an address. */
export const ERASED_ADDRESS = '';

export function redactEvent(event: Event, isErased: (address: string) => boolean): Event | undefined {
  if (event.kind === 'accepted') return redactAccepted(event, isErased);
  if (event.kind === 'api-error') return redactRefusal(event, isErased);
  if (event.kind === 'received') return isErased(event.summary.from.address) ? undefined : event;
  if (event.kind === 'inbound-status') return event;
  if (event.kind === 'subscription') return isErased(event.subscriber) ? undefined : event;
  return isErased(event.address) ? undefined : event;
}

/** An event about somebody else's part in a message whose content is gone: what it quotes of the message goes too. */
export function withoutQuotes(event: Event): Event {
  switch (event.kind) {
    case 'accepted':
    case 'api-error':
    case 'opened':
    case 'clicked':
    case 'received':
    case 'inbound-status':
    case 'subscription':
      return event;
    case 'delivered': {
      const { transcript: _said, ...rest } = event;
      return { ...rest, captured: undefined };
    }
    case 'deferred': {
      const { transcript: _said, ...rest } = event;
      return rest;
    }
    case 'bounced': {
      const { transcript: _said, returned, ...rest } = event;
      return returned === undefined ? rest : { ...rest, returned: { ...returned, raw: '' } };
    }
  }
}

function redactAccepted(event: AcceptedEvent, isErased: (address: string) => boolean): Event | undefined {
  const message = redactMessage(event.message, isErased);
  if (message === event.message) return event;
  return message && { ...event, message };
}

/** The same object where it names nobody erased; undefined where nothing is left of it. */
export function redactMessage(message: Message, isErased: (address: string) => boolean): Message | undefined {
  const { recipients, summary } = message;
  const left = recipients.filter(({ address }) => !isErased(address));
  if (left.length === recipients.length) return message;
  if (left.length === 0) return undefined;
  return {
    ...message,
    recipients: recipients.map((one) => (left.includes(one) ? one : placeOf(one))),
    summary: { ...summary, subject: '', metadata: {}, attachments: [] },
  };
}

function placeOf(recipient: Recipient): Recipient {
  return { ...recipient, address: ERASED_ADDRESS, domain: '', name: '' };
}

function redactRefusal(event: ApiErrorEvent, isErased: (address: string) => boolean): Event | undefined {
  const recipients = event.recipients.map((address) => (isErased(address) ? ERASED_ADDRESS : address));
  if (recipients.every((address, n) => address === event.recipients[n])) return event;
  if (recipients.every((address) => address === ERASED_ADDRESS)) return undefined;
  return { ...event, recipients, subject: '', source: '' };
}
