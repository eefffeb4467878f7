// A TLS report as a message (RFC 8460 section 5.3): multipart/report with a sentence for people and the report, compressed.
import { formatField } from '../headers.ts';
import { reportId, type ReportHead } from './tls-report.ts';

export interface ReportMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly head: ReportHead;
  /** The JSON, by gzip. */
  readonly compressed: Uint8Array;
  /** Not part of anything inside. */
  readonly boundary: string;
}

/** The source, with CRLF; Date and Message-ID are added by who sends it. */
export function reportMail({ from, to, head, compressed, boundary }: ReportMail): Uint8Array {
  const { domain, submitter, day } = head;
  const id = reportId(head);
  const lines = [
    field('From', from),
    field('To', to.join(', ')),
    field('Subject', `Report Domain: ${domain} Submitter: ${submitter} Report-ID: <${id}>`),
    field('TLS-Report-Domain', domain),
    field('TLS-Report-Submitter', submitter),
    // A report of broken TLS must not be kept back by it (section 3).
    field('TLS-Required', 'No'),
    field('Auto-Submitted', 'auto-generated'),
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/report; report-type="tlsrpt";\r\n boundary="${boundary}"\r\n`,
    '\r\n',
    `--${boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n`,
    `This is a report of ${submitter} about TLS to the mail servers of ${domain} on ${day} (UTC).\r\n`,
    `--${boundary}\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n`,
    `Content-Disposition: attachment;\r\n filename="${fileName(head)}"\r\n\r\n`,
    base64Lines(compressed),
    `--${boundary}--\r\n`,
  ];
  return Buffer.from(lines.join(''), 'latin1');
}

/** Section 5.1: submitter, domain, first and last second, id. */
function fileName(head: ReportHead): string {
  const begin = Date.parse(`${head.day}T00:00:00Z`) / 1000;
  return `${head.submitter}!${head.domain}!${begin}!${begin + SECONDS_A_DAY - 1}!${head.day}.json.gz`;
}

function field(name: string, value: string): string {
  const text = formatField(name, value);
  if (text === undefined) throw new Error(`the field ${name} of a report cannot be written`);
  return text;
}

function base64Lines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64');
  return (text.match(/.{1,76}/g) ?? []).map((line) => `${line}\r\n`).join('');
}

const SECONDS_A_DAY = 86_400;
