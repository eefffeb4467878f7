// What a message that came in reports: a bounce, a complaint, an automatic answer, or nothing that is known here.
//
// Promises: total over every input, bounded in time and in what comes out. The standard forms go before the words: a bounce has
// `Auto-Submitted: auto-replied` too (RFC 3834 section 5), and is no out-of-office note. Whether a report is to be believed is not
// asked here.
import {
  readAutoReply,
  readChallenge,
  readRequest,
  type AutoReply,
  type Challenge,
  type SubscriptionRequest,
} from './auto-reply.ts';
import { readFeedback, type FeedbackReport } from './arf.ts';
import { readBounceForm, readUnknownBounce } from './bounce-text.ts';
import { readDeliveryStatus, type DeliveryReport } from './dsn.ts';
import { findPart, openReceived, type Received } from './received.ts';

export type { AutoReply, Challenge, SubscriptionRequest } from './auto-reply.ts';
export type { FeedbackReport } from './arf.ts';
export type { DeliveryReport, RecipientStatus } from './dsn.ts';

/** `what`: a read receipt (RFC 8098), a report about transports that concerns no recipient, or unknown. */
export interface OtherMail {
  readonly kind: 'other';
  readonly what: 'receipt' | 'unknown';
}

export type Report = DeliveryReport | FeedbackReport | AutoReply | Challenge | SubscriptionRequest | OtherMail;

export interface ReadReport {
  readonly report: Report;
  /** For logs and for people; decoded and cut. */
  readonly subject: string;
  readonly from: string;
}

export function readReport(bytes: Uint8Array): ReadReport {
  const received = openReceived(bytes);
  return { report: reportIn(received), subject: received.subject, from: received.from };
}

function reportIn(received: Received): Report {
  return (
    readFeedback(received) ??
    readDeliveryStatus(received) ??
    readReceipt(received) ??
    readChallenge(received) ??
    readBounceForm(received) ??
    readAutoReply(received) ??
    readUnknownBounce(received) ??
    readRequest(received) ?? { kind: 'other', what: 'unknown' }
  );
}

/** Somebody opened the message, or deleted it unread: nothing that concerns delivery. */
function readReceipt({ root }: Received): OtherMail | undefined {
  const part = findPart(root, ({ contentType }) => /^message\/(?:global-)?disposition-notification$/.test(contentType));
  return part === undefined ? undefined : { kind: 'other', what: 'receipt' };
}
