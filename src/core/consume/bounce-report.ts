// The words of a bounce for people: the one-line diagnostic, and the report that opens its dump.
//
// The report borrows the field names of a delivery status notification (RFC 3464 section 2.3), which is what senders know
// how to read; it is text for people, not a report to be parsed.
import type { ApiErrorEvent, BouncedEvent } from '../../domain/event.ts';
import type { Peer, RemoteReply } from '../../domain/outcome.ts';

/** `smtp;550 5.1.1 no such user`: the form of `Details` (contract sending 16.3); plain text where no reply was given. */
export function replyText(reply: RemoteReply): string {
  if (reply.code === 0) return reply.text;
  const parts = [`smtp;${reply.code}`, reply.enhanced, reply.text];
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

export function bounceReport(event: BouncedEvent): string {
  const { reply, returned } = event;
  if (returned !== undefined) return lines([`A report about mail to ${event.address} came back: ${event.detail}`]);
  return lines([
    `Delivery to ${event.address} failed for good: ${event.detail}`,
    '',
    `Final-Recipient: rfc822; ${event.address}`,
    'Action: failed',
    reply?.enhanced === undefined ? undefined : `Status: ${reply.enhanced}`,
    event.peer === undefined ? undefined : `Remote-MTA: dns; ${peerText(event.peer)}`,
    reply === undefined ? undefined : `Diagnostic-Code: ${replyText(reply).replace(/^smtp;/, 'smtp; ')}`,
    `Last-Attempt-Date: ${new Date(event.at).toISOString()} (attempt ${event.attempt})`,
    `Bounce-Type: ${event.type}`,
  ]);
}

export function refusalReport(event: ApiErrorEvent): string {
  return lines([
    event.bounceType === undefined
      ? `The message was submitted by SMTP and was not accepted: ${event.errorText}`
      : `The message of a bulk request could not be made: ${event.errorText}`,
    '',
    `Error code: ${event.errorCode}`,
    `Submitted: ${new Date(event.at).toISOString()}`,
  ]);
}

const LONGEST_SHORT_ERROR = 250;

/** The first sentence of an error text. */
export function shortError(text: string): string {
  const end = text.search(/[.!?](\s|$)/);
  return text.slice(0, end < 0 ? LONGEST_SHORT_ERROR : Math.min(end + 1, LONGEST_SHORT_ERROR));
}

function peerText({ host, ip, tls }: Peer): string {
  return `${host} [${ip}]${tls ? ' over TLS' : ''}`;
}

function lines(rows: readonly (string | undefined)[]): string {
  return rows
    .filter((row) => row !== undefined)
    .map((row) => `${row}\r\n`)
    .join('');
}
