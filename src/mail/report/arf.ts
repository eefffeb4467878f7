// Feedback reports: a recipient pressed "spam", and the provider tells (RFC 5965, types of RFC 6430 and RFC 6591; RFC 6650
// for how they are used). Also Microsoft's older form, which is only the message in an envelope.
//
// A report proves nothing by itself: anybody can write one. What ties it to a message is for the caller to check.
import { readFields, valueOf, valuesOf, type ReportField } from './fields.ts';
import { attachedHeader, bodyText, findPart, type Received } from './received.ts';
import { reportedAddress } from './dsn.ts';

export interface FeedbackReport {
  readonly kind: 'feedback';
  /** Lower-case `Feedback-Type`: abuse, fraud, virus, not-spam, auth-failure, opt-out, other, …; `abuse` where none is given. */
  readonly type: string;
  readonly userAgent: string;
  /** Of `Original-Mail-From`: the return path, as reported. */
  readonly originalMailFrom: string | undefined;
  /** Of `Original-Rcpt-To` and what stands for it; empty where the provider hides it. */
  readonly recipients: readonly string[];
  readonly sourceIp: string | undefined;
  /** Header of the message that is complained about, as far as it came. */
  readonly original: readonly ReportField[];
}

const MAX_RECIPIENTS = 50;
const OLD_FORM_FROM = /\b(?:staff|abuse)@(?:hotmail|outlook|live)\.com\b/i;
const OLD_FORM_SUBJECT = /^complaint about message from \d/i;

export function readFeedback(received: Received): FeedbackReport | undefined {
  const part = findPart(received.root, ({ contentType }) => contentType === 'message/feedback-report');
  if (part === undefined) return oldForm(received);
  const fields = readFields(bodyText(received.raw, part));
  const original = attachedHeader(received);
  return {
    kind: 'feedback',
    type: /^[a-z-]{1,40}/.exec(valueOf(fields, 'feedback-type').toLowerCase())?.[0] ?? 'abuse',
    userAgent: valueOf(fields, 'user-agent').slice(0, 200),
    originalMailFrom: reportedAddress(valueOf(fields, 'original-mail-from')),
    recipients: recipientsOf(fields, original),
    sourceIp: valueOf(fields, 'source-ip') || undefined,
    original,
  };
}

/** Microsoft's Junk Mail Reporting Program before it wrote reports: the message, attached. */
function oldForm(received: Received): FeedbackReport | undefined {
  if (!OLD_FORM_FROM.test(received.from) || !OLD_FORM_SUBJECT.test(received.subject)) return undefined;
  const original = attachedHeader(received);
  if (original.length === 0) return undefined;
  return {
    kind: 'feedback',
    type: 'abuse',
    userAgent: '',
    originalMailFrom: undefined,
    recipients: recipientsOf([], original),
    sourceIp: /from ([0-9a-f.:]{3,45})/i.exec(received.subject)?.[1],
    original,
  };
}

function recipientsOf(report: readonly ReportField[], original: readonly ReportField[]): readonly string[] {
  const told = [
    ...valuesOf(report, 'original-rcpt-to'),
    ...valuesOf(report, 'original-recipient'),
    ...valuesOf(report, 'removal-recipient'),
    ...valuesOf(original, 'x-hmxmroriginalrecipient'),
    ...valuesOf(original, 'delivered-to'),
    ...valuesOf(original, 'x-original-to'),
  ];
  const addresses = told.slice(0, MAX_RECIPIENTS).flatMap((value) => reportedAddress(value) ?? []);
  return [...new Set(addresses)];
}
