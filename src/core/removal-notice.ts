// The mail that tells who asked for a data removal that it is done (contract management 11.1). It does not name the recipient:
// what was just erased must not come back in a message of ours.
import { formatAddressField, formatField } from '../mail/headers.ts';

export interface RemovalNotice {
  readonly from: string;
  readonly to: string;
  readonly id: number;
  /** Unix milliseconds. */
  readonly requestedAt: number;
  readonly erasedAt: number;
}

/** The source, with CRLF; Date and Message-ID are added by who sends it. */
export function removalNotice({ from, to, id, requestedAt, erasedAt }: RemovalNotice): Uint8Array {
  const lines = [
    field('From', from),
    formatAddressField('To', [{ name: '', address: to }]),
    field('Subject', `Data removal ${id} is done`),
    field('Auto-Submitted', 'auto-generated'),
    'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n',
    `The data removal with the ID ${id}, which you asked for at ${timeOf(requestedAt)}, was done at ${timeOf(erasedAt)}.\r\n`,
    'Content, events and bounces of the messages to this recipient are no longer shown. Suppressions stay,\r\n',
    'so that no mail is sent to the address again by mistake.\r\n',
  ];
  return Buffer.from(lines.join(''));
}

function field(name: string, value: string): string {
  const text = formatField(name, value);
  if (text === undefined) throw new Error(`the field ${name} of a notice cannot be written`);
  return text;
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
