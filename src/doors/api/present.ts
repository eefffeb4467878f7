// The one place where rows become JSON: names, shapes and times of the wire (contract sending 5, 6.7, 16.3, 23; management 7).
//
// Decided here: all times are UTC with seven digits and `Z`; texts that are not there are `""`, names of recipients
// `null`; values in the details of events are texts, ids of bounces too.
import type { LaneFact, InstallationFacts } from './deps.ts';
import type { ContentDraft, SubmitResult } from '../../core/draft.ts';
import { messageInBatch, partlyInactive, type ApiError } from '../../domain/api-error.ts';
import { bounceTypeInfo } from '../../domain/bounce/types.ts';
import type { RecipientRole } from '../../domain/message.ts';
import type { AddressState } from '../../domain/pool.ts';
import type { SendingKind } from '../../domain/stream.ts';
import type {
  ActivityRecipient,
  Bounce,
  BounceCounts,
  Captured,
  CapturedSummary,
  MessageEvent,
  OutboundDetails,
  OutboundMessage,
} from '../../ports/activity.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentError({ code, message }: ApiError): Json {
  return { ErrorCode: code, Message: message };
}

export function presentBatchError(error: ApiError): Json {
  return { ErrorCode: error.code, Message: messageInBatch(error) };
}

type Accepted = Extract<SubmitResult, { kind: 'accepted' }>;

/** The recipients are echoed as they were given. */
export function presentSent(draft: ContentDraft, result: Accepted, how: { readonly test: boolean }): Json {
  return {
    To: draft.to ?? '',
    ...(draft.cc === undefined ? {} : { Cc: draft.cc }),
    ...(draft.bcc === undefined ? {} : { Bcc: draft.bcc }),
    SubmittedAt: presentTime(result.submittedAt),
    MessageID: result.messageId,
    ErrorCode: 0,
    Message: sentText(result, how),
  };
}

function sentText({ partlyInactive: inactive }: Accepted, { test }: { readonly test: boolean }): string {
  if (test) return 'Test job accepted';
  return inactive.length > 0 ? partlyInactive(inactive) : 'OK';
}

/** `2026-11-05T16:33:54.9070000Z` */
export function presentTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, -1)}0000Z`;
}

export function presentOutbound(message: OutboundMessage): Json {
  return {
    Tag: message.tag,
    MessageID: message.id,
    MessageStream: message.streamId,
    ...presentRecipients(message.recipients),
    ReceivedAt: presentTime(message.receivedAt),
    From: message.from,
    Subject: message.subject,
    Attachments: message.attachments,
    Status: message.status,
    TrackOpens: message.trackOpens,
    TrackLinks: message.trackLinks,
    Metadata: message.metadata,
    Sandboxed: message.sandboxed,
  };
}

export function presentOutboundDetails(details: OutboundDetails): Json {
  return {
    TextBody: details.textBody ?? '',
    HtmlBody: details.htmlBody ?? '',
    Body: details.source,
    ...presentOutbound(details),
    MessageEvents: details.events.map(presentEvent),
  };
}

function presentEvent(event: MessageEvent): Json {
  return {
    Recipient: event.recipient,
    Type: event.type,
    ReceivedAt: presentTime(event.at),
    Details: presentDetails(event),
  };
}

function presentDetails(event: MessageEvent): Json {
  switch (event.type) {
    case 'Bounced':
      return { Summary: event.summary, BounceID: String(event.bounceId) };
    case 'Opened':
      return { Summary: event.summary };
    case 'LinkClicked':
      return { Summary: event.summary, Link: event.link, ClickLocation: event.location };
    case 'SubscriptionChanged':
      return { Origin: event.origin, SuppressSending: event.suppressed ? 'True' : 'False' };
    case 'Delivered':
    case 'Transient':
      return { DeliveryMessage: event.message, DestinationServer: event.host, DestinationIP: event.ip };
  }
}

function presentRecipients(recipients: readonly ActivityRecipient[]): Json {
  const of = (role: RecipientRole): Json[] =>
    recipients.filter((r) => r.role === role).map(({ address, name }) => ({ Email: address, Name: name || null }));
  return { To: of('To'), Cc: of('Cc'), Bcc: of('Bcc'), Recipients: recipients.map(({ address }) => address) };
}

export function presentBounce(bounce: Bounce): Json {
  const { code, name, description, canActivate } = bounceTypeInfo(bounce.type);
  return {
    RecordType: 'Bounce',
    ID: bounce.id,
    Type: bounce.type,
    TypeCode: code,
    Name: name,
    Tag: bounce.tag,
    MessageID: bounce.messageId,
    ServerID: bounce.serverId,
    MessageStream: bounce.streamId,
    Description: description,
    Details: bounce.details,
    Email: bounce.email,
    From: bounce.from,
    BouncedAt: presentTime(bounce.bouncedAt),
    DumpAvailable: bounce.dumpAvailable,
    Inactive: bounce.inactive,
    CanActivate: canActivate,
    Subject: bounce.subject,
  };
}

export function presentBounceWithContent(bounce: Bounce, content: string): Json {
  return { ...presentBounce(bounce), Content: content };
}

/** The first row is the sum and has no `Type` (contract management 11.2). */
export function presentDeliveryStats({ inactive, byType }: BounceCounts): Json {
  const all = byType.reduce((sum, { count }) => sum + count, 0);
  const rows = byType
    .filter(({ count }) => count > 0)
    .map(({ type, count }) => ({ Type: type, Name: bounceTypeInfo(type).name, Count: count }));
  return { InactiveMails: inactive, Bounces: [{ Name: 'All', Count: all }, ...rows] };
}

export function presentCapturedSummary(message: CapturedSummary): Json {
  return {
    MessageID: message.id,
    ServerID: message.serverId,
    MessageStream: message.streamId,
    From: message.from,
    ...presentRecipients(message.recipients),
    Subject: message.subject,
    Tag: message.tag,
    CapturedAt: presentTime(message.capturedAt),
    Size: message.size,
  };
}

export function presentCaptured(message: Captured): Json {
  return {
    ...presentCapturedSummary(message),
    MailFrom: message.mailFrom,
    RcptTo: message.rcptTo,
    TextBody: message.textBody ?? '',
    HtmlBody: message.htmlBody ?? '',
    Attachments: message.attachments,
    Source: message.source,
  };
}

export function presentHealth({ roles }: InstallationFacts): Json {
  return {
    Status: roles.every(({ ready }) => ready) ? 'Ready' : 'NotReady',
    Roles: roles.map(({ name, ready, detail }) => ({
      Name: name,
      Ready: ready,
      ...(detail === undefined ? {} : { Detail: detail }),
    })),
  };
}

export const STREAM_TYPES: Readonly<Record<SendingKind, string>> = {
  transactional: 'Transactional',
  broadcast: 'Broadcasts',
};

function presentLane({ id, kind, queued, inFlight, nextDueAt, waitsBecause, addresses }: LaneFact): Json {
  return {
    ID: id,
    StreamType: STREAM_TYPES[kind],
    Queued: queued,
    InFlight: inFlight,
    NextDueAt: nextDueAt === undefined ? null : presentTime(nextDueAt),
    WaitsBecause: waitsBecause ?? null,
    Addresses: addresses.map(presentAddressState),
  };
}

/** An address as it stands in its lane. */
export function presentAddressState({ ip, ehlo, shared, usable, reasons }: AddressState): Json {
  return {
    Address: ip,
    EHLO: ehlo,
    Shared: shared,
    ...(shared && { Note: SHARED_NOTE }),
    Usable: usable,
    Reasons: reasons,
  };
}

const SHARED_NOTE = 'Queues are isolated, reputation is not.';

/** `lanes` are told to callers who may know them. */
export function presentStatus(facts: InstallationFacts, lanes: readonly LaneFact[] | undefined): Json {
  return {
    ...presentHealth(facts),
    Version: facts.version,
    Hostname: facts.hostname,
    Delivery: facts.delivery === 'capture' ? 'Capture' : 'Direct',
    StartedAt: presentTime(facts.startedAt),
    Http: facts.addresses.http,
    Mx: facts.addresses.mx,
    Smtp: facts.addresses.smtp.map(({ kind, address }) => ({ StreamType: STREAM_TYPES[kind], Address: address })),
    ...(lanes && { Lanes: lanes.map(presentLane) }),
  };
}
