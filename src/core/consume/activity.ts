// Turns events into changes of the activity index: messages, their history, bounces and captured mail.
//
// Promises: pure but for the index itself; ids come from the place in the log (`bounceId`), so a replay makes the same.
// A message is `Queued` until every recipient is finished: taken by a remote host, the capture or a test mode, or
// bounced. A deferral leaves it `Queued`. A refused SMTP submission (`api-error`) is a finished message with a bounce
// for each recipient, so that the id which the client was told can be looked up (contract sending 11.6).
import { bounceId } from '../../domain/event.ts';
import type {
  AcceptedEvent,
  ApiErrorEvent,
  BouncedEvent,
  DeferredEvent,
  DeliveredEvent,
  LoggedEvent,
  SubscriptionEvent,
} from '../../domain/event.ts';
import { ERASED_ADDRESS, redactEvent } from '../../domain/redact-event.ts';
import { NOBODY_ERASED, type Covers } from '../../ports/erasure.ts';
import type { ActivityIndex, IndexChange, LogName } from '../../ports/activity-index.ts';
import type { MessageEvent } from '../../ports/activity.ts';
import { bounceReport, refusalReport, replyText, shortError } from './bounce-report.ts';
import type { Consumer } from './run-consumer.ts';
import { receivedChange, trackedChange } from './later-activity.ts';

export function createActivityConsumer(index: ActivityIndex, log: LogName, covers: Covers = NOBODY_ERASED): Consumer {
  return {
    name: 'activity',
    cursor: () => index.cursor(log),
    async apply({ after, upTo, events }) {
      const changes = events.flatMap((logged) => changesThatMay(log, logged, covers));
      await index.apply({ log, after, upTo, changes });
    },
  };
}

/** Without what was erased: the index may be made again from logs that still hold it. */
function changesThatMay(log: LogName, logged: LoggedEvent, covers: Covers): readonly IndexChange[] {
  const { seq, event } = logged;
  const left = redactEvent(event, (address) => covers(event, address));
  if (left === event) return changesOf(log, logged);
  const { serverId, messageId } = event;
  if (left === undefined || messageId === undefined)
    return changesOf(log, logged).filter(({ kind }) => kind === 'finished');
  return [{ kind: 'erased', serverId, messageId }, ...changesOf(log, { seq, event: left })];
}

export function changesOf(log: LogName, { seq, event }: LoggedEvent): readonly IndexChange[] {
  switch (event.kind) {
    case 'accepted':
      return [accepted(event)];
    case 'delivered':
      return delivered(event, bounceId(log.number, seq, 0));
    case 'deferred':
      return [deferred(event, bounceId(log.number, seq, 0))];
    case 'bounced':
      return bounced(event, bounceId(log.number, seq, 0));
    case 'api-error':
      return refused(event, (recipient) => bounceId(log.number, seq, recipient));
    case 'opened':
    case 'clicked':
      return [trackedChange(event, bounceId(log.number, seq, 0))];
    case 'received':
      return [receivedChange(event)];
    case 'inbound-status': {
      const { serverId, messageId, status } = event;
      return [{ kind: 'inbound-status', serverId, messageId, status }];
    }
    case 'subscription':
      return subscription(event, bounceId(log.number, seq, 0));
  }
}

function accepted({ serverId, message }: AcceptedEvent): IndexChange {
  const { from, fromAddress, subject, tag, metadata, attachments, trackOpens, trackLinks } = message.summary;
  return {
    kind: 'message',
    serverId,
    fromAddress,
    size: message.size,
    pending: message.recipients.length,
    source: undefined,
    message: {
      id: message.id,
      streamId: message.streamId,
      tag,
      recipients: message.recipients.map(({ address, name, role }) => ({ address, name, role })),
      receivedAt: message.acceptedAt,
      from,
      subject,
      attachments,
      trackOpens,
      trackLinks,
      metadata,
      sandboxed: message.testMode === 'sandbox',
    },
  };
}

function delivered(event: DeliveredEvent, place: number): readonly IndexChange[] {
  const { serverId, messageId, captured } = event;
  const changes: IndexChange[] = [
    { kind: 'event', serverId, messageId, place, event: attempt('Delivered', event, replyText(event.reply)) },
    { kind: 'finished', serverId, messageId, recipient: event.recipient },
  ];
  if (captured !== undefined) {
    changes.push({ kind: 'captured', serverId, messageId, at: event.at, envelope: captured });
  }
  return changes;
}

function deferred(event: DeferredEvent, place: number): IndexChange {
  const { serverId, messageId, reply, detail } = event;
  return {
    kind: 'event',
    serverId,
    messageId,
    place,
    event: attempt(
      'Transient',
      event,
      `${reply === undefined ? detail : replyText(reply)}${event.possibleDuplicate ? MAY_ARRIVE_TWICE : ''}`,
    ),
  };
}

/** The far side may have kept the message before its reply was lost. */
const MAY_ARRIVE_TWICE = '; tried again, so the message may arrive twice';

function attempt(
  type: 'Delivered' | 'Transient',
  event: DeliveredEvent | DeferredEvent,
  message: string,
): MessageEvent {
  const { address, at, peer } = event;
  return { type, recipient: address, at, message, host: peer?.host ?? '', ip: peer?.ip ?? '' };
}

function bounced(event: BouncedEvent, id: number): readonly IndexChange[] {
  const { serverId, streamId, messageId, at, address, reply, detail, returned } = event;
  const details = reply === undefined ? detail : replyText(reply);
  // A report changes nothing of what is still to be tried: that is for the attempts to say.
  const finished: IndexChange[] =
    returned === undefined ? [{ kind: 'finished', serverId, messageId, recipient: event.recipient }] : [];
  return [
    { kind: 'event', serverId, messageId, place: id, event: historyLine(event, details, id) },
    ...finished,
    {
      kind: 'bounce',
      id,
      serverId,
      streamId,
      messageId,
      type: event.type,
      email: address,
      details,
      bouncedAt: at,
      inactive: event.deactivates,
      report: bounceReport(event),
      returned: returned === undefined ? undefined : Buffer.from(returned.raw, 'latin1'),
    },
  ];
}

/** Ids have room for 64 recipients of one event; a submission with more is refused for that very reason. */
const RECIPIENTS_OF_A_REFUSAL = 64;

function refused(event: ApiErrorEvent, idOf: (recipient: number) => number): readonly IndexChange[] {
  const { serverId, streamId, messageId, at } = event;
  const details = shortError(event.errorText);
  const report = refusalReport(event);
  const recipients = event.recipients.slice(0, RECIPIENTS_OF_A_REFUSAL);
  return [
    ...(event.messageKept ? [] : [refusedMessage(event, recipients)]),
    ...recipients.flatMap((email, recipient): IndexChange[] => {
      if (email === ERASED_ADDRESS) return [];
      const id = idOf(recipient);
      return [
        { kind: 'event', serverId, messageId, place: id, event: bounceLine(email, at, details, id) },
        {
          kind: 'bounce',
          id,
          serverId,
          streamId,
          messageId,
          type: event.bounceType ?? 'SMTPApiError',
          email,
          details,
          bouncedAt: at,
          inactive: false,
          report,
          returned: undefined,
        },
      ];
    }),
  ];
}

function refusedMessage(event: ApiErrorEvent, recipients: readonly string[]): IndexChange {
  return {
    kind: 'message',
    serverId: event.serverId,
    fromAddress: bareAddress(event.from),
    size: event.source.length,
    pending: 0,
    source: Buffer.from(event.source, 'latin1'),
    message: {
      id: event.messageId,
      streamId: event.streamId,
      tag: event.tag,
      recipients: recipients.map((address) => ({ address, name: '', role: 'To' })),
      receivedAt: event.at,
      from: event.from,
      subject: event.subject,
      attachments: [],
      trackOpens: false,
      trackLinks: 'None',
      metadata: {},
      sandboxed: false,
    },
  };
}

function subscription(event: SubscriptionEvent, place: number): readonly IndexChange[] {
  const { serverId, streamId, messageId, subscriber, at, origin, suppressed } = event;
  const changes: IndexChange[] = [];
  if (!suppressed) changes.push({ kind: 'reactivated', serverId, streamId, address: subscriber, at });
  if (messageId !== undefined) {
    const line = { type: 'SubscriptionChanged', recipient: subscriber, at, origin, suppressed } as const;
    changes.push({ kind: 'event', serverId, messageId, place, event: line });
  }
  return changes;
}

/** A delay that a host down the line tells of is told as our own are. */
function historyLine(event: BouncedEvent, details: string, id: number): MessageEvent {
  const { address, at, returned } = event;
  if (returned === undefined || event.type !== 'Transient') return bounceLine(address, at, details, id);
  return { type: 'Transient', recipient: address, at, message: details, host: returned.reportedBy, ip: '' };
}

function bounceLine(recipient: string, at: number, summary: string, id: number): MessageEvent {
  return { type: 'Bounced', recipient, at, summary, bounceId: id };
}

/** The address of a From field that nobody has judged yet: what stands in angle brackets, or all of it. */
function bareAddress(from: string): string {
  const open = from.lastIndexOf('<');
  const close = from.indexOf('>', open);
  return open >= 0 && close > open ? from.slice(open + 1, close).trim() : from.trim();
}
