// Events: the facts that we publish. A lane's queue writes them in the commit that makes them true; consumers read them
// from the event log with a cursor of their own, so everything shown to people can be replayed from here.
import type { BounceType } from './bounce/types.ts';
import type { InboundContent, InboundStatus, InboundSummary, InboundWish } from './inbound-message.ts';
import type { Message } from './message.ts';
import type { Via } from './pool.ts';
import type { DeliveredMode, Peer, RemoteReply } from './outcome.ts';
import type { ClickLocation, Reader } from './tracked.ts';
import type { SuppressionOrigin, SuppressionReason } from './suppression.ts';
import type { LaneId, MessageId, ServerId, StreamId } from '../lib/ids.ts';

interface Head {
  /** Unix milliseconds. */
  readonly at: number;
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  readonly messageId: MessageId;
}

interface OfRecipient {
  readonly recipient: number;
  readonly address: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly peer: Peer | undefined;
  /** Pool and address that it left through; absent where nothing was sent, and in events of old. */
  readonly via?: Via | undefined;
  /** What was said in the attempt; with its first recipient only, the others of the attempt have the same `at`. */
  readonly transcript?: string;
}

/** What the capture needs beside the stored source to show a message as it would have left. */
export interface CapturedEnvelope {
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  /** The DKIM-Signature fields and others that were put before the stored source, CRLF ended. */
  readonly prefix: string;
}

export type AcceptedEvent = Head & { readonly kind: 'accepted'; readonly message: Message };
export type DeliveredEvent = Head &
  OfRecipient & {
    readonly kind: 'delivered';
    readonly reply: RemoteReply;
    readonly mode: DeliveredMode;
    /** On the first recipient of a captured message only. */
    readonly captured: CapturedEnvelope | undefined;
  };
export type DeferredEvent = Head &
  OfRecipient & {
    readonly kind: 'deferred';
    readonly reply: RemoteReply | undefined;
    readonly detail: string;
    readonly nextAt: number;
    /** True when the reply to the final dot was lost, so that the message may arrive twice. */
    readonly possibleDuplicate: boolean;
  };
export type BouncedEvent = Head &
  OfRecipient & {
    readonly kind: 'bounced';
    readonly type: BounceType;
    readonly reply: RemoteReply | undefined;
    readonly detail: string;
    /** Whether the address is suppressed on its stream because of this. */
    readonly deactivates: boolean;
    /** Absent: `reply`. */
    readonly source?: BounceSource;
    /** What came back, where the source is a report; `attempt` is 0 then, and the recipient may have been delivered before. */
    readonly returned?: ReturnedReport;
  };

/** How it became known: in the session with the far side (or as we gave up), or by a report that came back by mail. */
export type BounceSource = 'reply' | 'report';

export interface ReturnedReport {
  /** The host that reports, or the feedback loop; empty where it is not told. */
  readonly reportedBy: string;
  /** Lower-case `Feedback-Type` of a complaint (RFC 5965); undefined for everything else. */
  readonly feedback: string | undefined;
  /** The report as it came, cut at 64 KiB, as Latin-1 text. */
  readonly raw: string;
}
/**
 * A message that was refused after its client could be told: over SMTP (contract sending 11.6), or of an accepted bulk request
 * whose template could not be rendered for it.
 */
export type ApiErrorEvent = Head & {
  readonly kind: 'api-error';
  /** Absent: `SMTPApiError`. */
  readonly bounceType?: Extract<BounceType, 'TemplateRenderingFailed'>;
  readonly errorCode: number;
  readonly errorText: string;
  readonly from: string;
  readonly subject: string;
  readonly tag: string;
  /** Those that are refused: all of them, or the suppressed ones of a message that others do get. */
  readonly recipients: readonly string[];
  /** True when the message was accepted for other recipients. */
  readonly messageKept: boolean;
  /** The submitted source, cut at 64 KiB, as Latin-1 text. */
  readonly source: string;
};

/** The image of an open-tracked message was fetched (contract management 7.5). */
export type OpenedEvent = Head & {
  readonly kind: 'opened';
  /** The recipient whose copy it was. */
  readonly address: string;
  readonly reader: Reader;
  /** As far as who counted knew; a list of openings keeps the first alone. */
  readonly firstOpen: boolean;
  readonly readSeconds: number;
};
/** A tracked link was followed. */
export type ClickedEvent = Head & {
  readonly kind: 'clicked';
  readonly address: string;
  readonly reader: Reader;
  /** As it stood in the message before it was tracked. */
  readonly link: string;
  readonly location: ClickLocation;
  /** On this link by this recipient, as far as who counted knew; a list of clicks keeps the first alone. */
  readonly firstClick: boolean;
};
/** Mail came in for a server, was parsed, and met its rules. Of its inbound stream. */
export type ReceivedEvent = Head & {
  readonly kind: 'received';
  readonly summary: InboundSummary;
  /** Texts are cut by who writes the event (contract sending 23: 1 MB). */
  readonly content: InboundContent;
  readonly status: InboundStatus;
  /** Empty where it was not blocked. */
  readonly blockedReason: string;
};
/** A received message has another status, by the work on it or because a person asked. */
export type InboundStatusEvent = Head & {
  readonly kind: 'inbound-status';
  readonly status: InboundStatus;
  /** Who hands messages over looks for these: a bypassed one meets no rules. */
  readonly wish?: InboundWish;
};

/**
 * An address was put on a stream's list, or taken off it, by a person: through the API, or by the link of a message. What a
 * bounce or complaint puts there is told by its own event (contract sending 17).
 */
export interface SubscriptionEvent {
  readonly kind: 'subscription';
  /** Unix milliseconds. */
  readonly at: number;
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** Whose link was followed; undefined where no message was the cause. */
  readonly messageId: MessageId | undefined;
  /** Lower-case. */
  readonly subscriber: string;
  readonly suppressed: boolean;
  /** Undefined where it was taken off. */
  readonly reason: SuppressionReason | undefined;
  readonly origin: SuppressionOrigin;
}

export type Event =
  | AcceptedEvent
  | DeliveredEvent
  | DeferredEvent
  | BouncedEvent
  | ApiErrorEvent
  | OpenedEvent
  | ClickedEvent
  | ReceivedEvent
  | InboundStatusEvent
  | SubscriptionEvent;

/** An event with its place in a log: `seq` grows by at least one within a log and is never used again. */
export interface LoggedEvent {
  readonly seq: number;
  readonly event: Event;
}

/** A log has a number (lane number, or 0 for events outside lanes); ids made from (log, seq) survive every replay. */
export const FRONT_LOG = { id: 'front' as LaneId, number: 0 };

/** Bounce ids are 53-bit numbers made of a log's number, the event's place in it, and the recipient within the event. */
export function bounceId(logNumber: number, seq: number, recipientInEvent: number): number {
  return (seq * 64 + recipientInEvent) * 64 + logNumber;
}
