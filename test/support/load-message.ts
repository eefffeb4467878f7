// A message of the load: how it is written for SMTP and for HTTP, and read again at the sink. It bears its number in the
// subject, in the first line and in the last, so that a message that was cut off or mixed up is found out.
import { SENDER_DOMAIN } from './installation.ts';

/** Goes through a message with dots at the beginnings of lines, which is where SMTP senders go wrong. */
const FILLING = Array.from(
  { length: 12 },
  (_, index) => `${index % 4 === 0 ? '.' : ''}line ${index} ${'x'.repeat(60)}`,
);

export interface LoadMessage {
  readonly id: number;
  readonly recipients: readonly string[];
}

/** CRLF line ends, not dot-stuffed. */
export function rawMessage({ id, recipients }: LoadMessage): string {
  const fields = [
    `From: load@${SENDER_DOMAIN}`,
    `To: ${recipients.join(', ')}`,
    `Subject: load ${id}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
  ];
  return [...fields, '', ...bodyLines(id), ''].join('\r\n');
}

export function jsonMessage({ id, recipients }: LoadMessage, stream: string): Readonly<Record<string, unknown>> {
  return {
    From: `load@${SENDER_DOMAIN}`,
    To: recipients.join(', '),
    Subject: `load ${id}`,
    TextBody: bodyLines(id).join('\r\n'),
    MessageStream: stream,
  };
}

/** Reads it with its dots undone; undefined where the message is not whole. */
export function readLoadMessage(content: string): { readonly loadId: number; readonly messageId: string } | undefined {
  const id = Number(/^Subject: load (\d+)\r$/m.exec(content)?.[1]);
  const messageId = /^X-PM-Message-Id: (\S+)\r$/m.exec(content)?.[1];
  const body = content.slice(content.indexOf('\r\n\r\n') + 4).trimEnd();
  if (messageId === undefined || body !== bodyLines(id).join('\r\n')) return undefined;
  return { loadId: id, messageId };
}

function bodyLines(id: number): string[] {
  return [`begin ${id}`, ...FILLING, `end ${id}`];
}
