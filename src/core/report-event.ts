// The event that a report becomes for one recipient: its words for people, and the report itself for whoever looks into it.
import { replyIn } from '../domain/bounce/classify-report.ts';
import { bounceTypeInfo } from '../domain/bounce/types.ts';
import type { BouncedEvent } from '../domain/event.ts';
import type { Message } from '../domain/message.ts';
import type { RemoteReply } from '../domain/outcome.ts';
import type { ReadReport, RecipientStatus, Report } from '../mail/report/read-report.ts';
import type { OperatorMail } from '../ports/operator-mail.ts';
import type { Matched } from './match-report.ts';

/** What is kept of a report: enough to see all of it but a large message that it brings back. */
const MAX_REPORT_BYTES = 64 * 1024;
const MAX_WORDS = 500;

export interface ReportOfRecipient {
  readonly message: Message;
  readonly matched: Matched;
  readonly read: ReadReport;
  readonly mail: Pick<OperatorMail, 'at' | 'raw'>;
}

export function reportEvent({ message, matched, read, mail }: ReportOfRecipient): BouncedEvent {
  const { recipient, type, status } = matched;
  const { buffer, byteOffset, byteLength } = mail.raw;
  return {
    kind: 'bounced',
    at: mail.at,
    serverId: message.serverId,
    streamId: message.streamId,
    messageId: message.id,
    recipient: recipient.index,
    address: recipient.address,
    attempt: 0,
    peer: undefined,
    type,
    reply: status === undefined ? undefined : quotedReply(status),
    detail: detailOf(read, status, recipient.address),
    deactivates: bounceTypeInfo(type).deactivates,
    source: 'report',
    returned: {
      reportedBy: reporterOf(read.report, status),
      feedback: read.report.kind === 'feedback' ? read.report.type : undefined,
      raw: Buffer.from(buffer, byteOffset, Math.min(byteLength, MAX_REPORT_BYTES)).toString('latin1'),
    },
  };
}

/** Only where the report quotes a reply: a code that nobody said is not put into anybody's mouth. */
function quotedReply(status: RecipientStatus): RemoteReply | undefined {
  return /^[45]\d\d\b/.test(status.diagnostic) ? replyIn(status) : undefined;
}

function reporterOf(report: Report, status: RecipientStatus | undefined): string {
  if (report.kind === 'feedback') return report.userAgent;
  return report.kind === 'delivery-status' ? (status?.remoteMta ?? report.reportingMta ?? '') : '';
}

function detailOf({ report, subject }: ReadReport, status: RecipientStatus | undefined, address: string): string {
  if (report.kind === 'feedback') {
    const by = report.userAgent === '' ? '' : ` by ${report.userAgent}`;
    return `a complaint of type ${report.type} came back${by}`.slice(0, MAX_WORDS);
  }
  if (status === undefined) return subject.slice(0, MAX_WORDS);
  const known = status.final === undefined || status.final.toLowerCase() === address.toLowerCase();
  const words = [
    status.diagnostic.startsWith(status.status ?? '\0') ? undefined : status.status,
    status.diagnostic === '' && status.status === undefined ? subject : status.diagnostic,
    known ? undefined : `(for ${status.final ?? ''}, where it was sent on)`,
  ];
  return words
    .filter((word) => word !== undefined && word !== '')
    .join(' ')
    .slice(0, MAX_WORDS);
}
