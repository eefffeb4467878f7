// A message that came in for a server, as it is read back (contract management 7.7 and 9), and what may be asked for it.

export interface InboundAddress {
  readonly address: string;
  readonly name: string;
  /** What stands after the first `+` of the local part; empty where there is none. */
  readonly mailboxHash: string;
}

export interface InboundAttachment {
  readonly name: string;
  readonly contentType: string;
  /** Without angle brackets; empty where there is none. */
  readonly contentId: string;
  /** Decoded bytes. */
  readonly size: number;
}

export const INBOUND_STATUSES = ['Blocked', 'Processed', 'Queued', 'Failed', 'Scheduled'] as const;
export type InboundStatus = (typeof INBOUND_STATUSES)[number];

export interface InboundSummary {
  readonly from: InboundAddress;
  readonly to: readonly InboundAddress[];
  readonly cc: readonly InboundAddress[];
  readonly bcc: readonly InboundAddress[];
  readonly replyTo: string;
  /** The recipient of the SMTP dialogue. */
  readonly originalRecipient: string;
  readonly subject: string;
  /** Of the original recipient. */
  readonly mailboxHash: string;
  readonly tag: string;
  /** The text of the Date field, in the sender's zone. */
  readonly date: string;
  readonly attachments: readonly InboundAttachment[];
}

export interface InboundContent {
  readonly textBody: string;
  readonly htmlBody: string;
  readonly strippedTextReply: string;
  /** In order; `Return-Path` first. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** What a person asks for: a blocked message past the rules, or one that could not be handed over once more. */
export type InboundWish = 'bypass' | 'retry';

/** The status that a message must have for a wish. */
export const WISH_NEEDS: Readonly<Record<InboundWish, InboundStatus>> = { bypass: 'Blocked', retry: 'Failed' };
