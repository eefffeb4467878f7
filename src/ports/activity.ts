// The activity index: what became of every message, for people. Filled from the event log, asked by the API.
//
// Promises: what an event says is visible once its cursor has passed; results are newest first and never of another
// server; a query never runs on the thread that accepts mail.
import type { BounceType } from '../domain/bounce/types.ts';
import type { Event } from '../domain/event.ts';
import type { InboundContent, InboundStatus, InboundSummary } from '../domain/inbound-message.ts';
import type { Message, RecipientRole } from '../domain/message.ts';
import type { TrackLinks } from '../domain/server.ts';
import type { ClickLocation, Reader } from '../domain/tracked.ts';
import type { SuppressionOrigin } from '../domain/suppression.ts';
import type { LaneId, MessageId, ServerId } from '../lib/ids.ts';

export interface Page {
  readonly count: number;
  readonly offset: number;
}

export interface Found<T> {
  readonly total: number;
  readonly items: readonly T[];
}

export interface OutboundFilter extends Page {
  readonly serverId: ServerId;
  readonly streamId?: string;
  readonly recipient?: string;
  readonly fromAddress?: string;
  readonly tag?: string;
  readonly status?: 'queued' | 'sent';
  /** Unix milliseconds, inclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly subject?: string;
  readonly metadata?: { readonly key: string; readonly value: string };
}

export interface ActivityRecipient {
  readonly address: string;
  readonly name: string;
  readonly role: RecipientRole;
}

export interface OutboundMessage {
  readonly id: MessageId;
  readonly streamId: string;
  readonly tag: string;
  readonly recipients: readonly ActivityRecipient[];
  readonly receivedAt: number;
  readonly from: string;
  readonly subject: string;
  readonly attachments: readonly string[];
  /** `Queued` until every recipient was taken by a remote host (or the capture) or bounced, then `Sent`. */
  readonly status: 'Queued' | 'Sent';
  readonly trackOpens: boolean;
  readonly trackLinks: TrackLinks;
  readonly metadata: Readonly<Record<string, string>>;
  readonly sandboxed: boolean;
}

/** `MessageEvents` of contract management 7.4, before they become JSON. */
export type MessageEvent =
  | {
      readonly type: 'Delivered' | 'Transient';
      readonly recipient: string;
      readonly at: number;
      readonly message: string;
      readonly host: string;
      readonly ip: string;
    }
  | {
      readonly type: 'Bounced';
      readonly recipient: string;
      readonly at: number;
      readonly summary: string;
      readonly bounceId: number;
    }
  | { readonly type: 'Opened'; readonly recipient: string; readonly at: number; readonly summary: string }
  | {
      readonly type: 'LinkClicked';
      readonly recipient: string;
      readonly at: number;
      readonly summary: string;
      readonly link: string;
      readonly location: ClickLocation;
    }
  | {
      readonly type: 'SubscriptionChanged';
      readonly recipient: string;
      readonly at: number;
      readonly origin: SuppressionOrigin;
      readonly suppressed: boolean;
    };

export interface OutboundDetails extends OutboundMessage {
  readonly textBody: string | undefined;
  readonly htmlBody: string | undefined;
  /** Raw source; empty where it is no longer kept. Cut at 1 MB. */
  readonly source: string;
  readonly events: readonly MessageEvent[];
}

/** Texts are equal without regard to case. `country` and `region` are the name or the ISO code. */
export interface ReaderFilter {
  readonly clientName?: string;
  readonly clientCompany?: string;
  readonly clientFamily?: string;
  readonly osName?: string;
  readonly osCompany?: string;
  readonly osFamily?: string;
  readonly platform?: string;
  readonly country?: string;
  readonly region?: string;
  readonly city?: string;
}

export interface TrackedFilter extends Page, ReaderFilter {
  readonly serverId: ServerId;
  readonly streamId?: string;
  readonly messageId?: MessageId;
  readonly recipient?: string;
  readonly tag?: string;
  /** Unix milliseconds, inclusive. */
  readonly from?: number;
  readonly to?: number;
}

export interface Open {
  readonly messageId: MessageId;
  readonly streamId: string;
  readonly at: number;
  readonly recipient: string;
  readonly tag: string;
  readonly reader: Reader;
  readonly firstOpen: boolean;
  readonly readSeconds: number;
}

export interface Click extends Omit<Open, 'firstOpen' | 'readSeconds'> {
  readonly link: string;
  readonly location: ClickLocation;
}

export interface InboundFilter extends Page {
  readonly serverId: ServerId;
  /** Any address that it was sent to, and that of the SMTP dialogue. */
  readonly recipient?: string;
  readonly fromAddress?: string;
  readonly subject?: string;
  readonly mailboxHash?: string;
  readonly tag?: string;
  readonly status: InboundStatus;
  readonly from?: number;
  readonly to?: number;
}

export interface InboundMessage extends InboundSummary {
  readonly id: MessageId;
  readonly streamId: string;
  readonly receivedAt: number;
  readonly status: InboundStatus;
}

export interface InboundDetails extends InboundMessage, InboundContent {
  /** Empty where it was not blocked. */
  readonly blockedReason: string;
}

export interface BounceFilter extends Page {
  readonly serverId: ServerId;
  readonly streamId?: string;
  readonly type?: BounceType;
  readonly inactive?: boolean;
  readonly emailContains?: string;
  readonly tag?: string;
  readonly messageId?: string;
  readonly from?: number;
  readonly to?: number;
}

export interface Bounce {
  readonly id: number;
  readonly serverId: ServerId;
  readonly streamId: string;
  readonly messageId: MessageId;
  readonly type: BounceType;
  readonly tag: string;
  readonly details: string;
  readonly email: string;
  readonly from: string;
  readonly subject: string;
  readonly bouncedAt: number;
  /** True while this bounce keeps the address suppressed. */
  readonly inactive: boolean;
  readonly dumpAvailable: boolean;
}

export interface BounceCounts {
  /** Addresses, counted once per stream, that a bounce keeps suppressed. */
  readonly inactive: number;
  /** Only types that occurred. */
  readonly byType: readonly { readonly type: BounceType; readonly count: number }[];
}

export interface CapturedSummary {
  readonly id: MessageId;
  readonly serverId: ServerId;
  readonly streamId: string;
  readonly from: string;
  readonly recipients: readonly ActivityRecipient[];
  readonly subject: string;
  readonly tag: string;
  readonly capturedAt: number;
  readonly size: number;
}

export interface Captured extends CapturedSummary {
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  readonly textBody: string | undefined;
  readonly htmlBody: string | undefined;
  readonly attachments: readonly string[];
  /** As it would have left: signature fields and all. */
  readonly source: string;
}

/** A message with the events that its logs still hold. */
export interface Trace {
  readonly serverId: ServerId;
  readonly streamId: string;
  readonly receivedAt: number;
  readonly from: string;
  readonly subject: string;
  /** By their index. */
  readonly recipients: readonly string[];
  /** The lane that it was given to; undefined where it was given to none, or that is no longer kept. */
  readonly lane: LaneId | undefined;
  /** Oldest first; bodies and dumps in them are left out. The newest may not be here yet for a moment. */
  readonly events: readonly Event[];
  /** So many more happened than `events` has: beyond what is shown, or beyond retention. */
  readonly missing: number;
}

export const BOUNCE_TAGS = 1000;

/** The index did not answer in time, is overloaded, or is gone. The question may be asked again. */
export class ActivityUnavailable extends Error {
  override readonly name = 'ActivityUnavailable';
}

/**
 * Text filters: `recipient`, `fromAddress` and `emailContains` ignore case; `subject` is contained, ignoring case; `tag`,
 * `mailboxHash` and `metadata` are equal. Without `streamId` all streams of the server are meant.
 */
export interface Activity {
  searchOutbound(filter: OutboundFilter): Promise<Found<OutboundMessage>>;
  outboundDetails(serverId: ServerId, id: MessageId): Promise<OutboundDetails | undefined>;
  /** The raw source; empty where it is no longer kept; undefined where the message is unknown. */
  outboundSource(serverId: ServerId, id: MessageId): Promise<string | undefined>;
  /** As it was accepted, of whatever server; undefined where no log holds it any more. For reports that name an id alone. */
  acceptedMessage(id: MessageId): Promise<Message | undefined>;
  /** All that is known of a message of one of these servers; undefined where they have none of that id. */
  trace(serverIds: readonly ServerId[], id: MessageId): Promise<Trace | undefined>;
  /** Whether the server has sent a message of that id. */
  isOutbound(serverId: ServerId, id: MessageId): Promise<boolean>;
  /** The first opening of each recipient. */
  opens(filter: TrackedFilter): Promise<Found<Open>>;
  /** The first click of each recipient on each link. */
  clicks(filter: TrackedFilter): Promise<Found<Click>>;
  searchInbound(filter: InboundFilter): Promise<Found<InboundMessage>>;
  inboundDetails(serverId: ServerId, id: MessageId): Promise<InboundDetails | undefined>;
  /** At once what the event of the change will say again. */
  markInbound(serverId: ServerId, id: MessageId, status: InboundStatus): Promise<void>;
  searchBounces(filter: BounceFilter): Promise<Found<Bounce>>;
  bounce(serverId: ServerId, id: number): Promise<Bounce | undefined>;
  /** What was sent or said, for people; empty where it is no longer kept; undefined where the bounce is unknown. */
  bounceDump(serverId: ServerId, id: number): Promise<string | undefined>;
  /** Distinct tags of bounces, in their order, at most `BOUNCE_TAGS`. */
  bounceTags(serverId: ServerId): Promise<readonly string[]>;
  /** At once what the event of a reactivation at `at` will say again. */
  markReactivated(serverId: ServerId, streamId: string, address: string, at: number): Promise<void>;
  bounceCounts(serverId: ServerId): Promise<BounceCounts>;
  /** Without a server: of all servers. */
  captured(page: Page, serverId: ServerId | undefined): Promise<Found<CapturedSummary>>;
  capturedMessage(id: MessageId, serverId: ServerId | undefined): Promise<Captured | undefined>;
}
