// Rows that activity could hold, for the tests of what the API reads back.
import type { ServerId, MessageId } from '../../src/lib/ids.ts';
import type { Bounce, Captured, OutboundDetails } from '../../src/ports/activity.ts';
import { MESSAGE_ID, SERVER_ID, SUBMITTED_AT } from './api-door.ts';

export const OTHER_MESSAGE_ID = '01900000-0000-7000-8000-000000000002' as MessageId;

export function outboundRow(
  changes: Partial<OutboundDetails & { serverId: ServerId }> = {},
): OutboundDetails & { serverId: ServerId } {
  return {
    serverId: SERVER_ID,
    id: MESSAGE_ID,
    streamId: 'outbound',
    tag: 'welcome',
    recipients: [
      { address: 'bob@example.net', name: 'Bob', role: 'To' },
      { address: 'cc@example.net', name: '', role: 'Cc' },
      { address: 'bcc@example.net', name: '', role: 'Bcc' },
    ],
    receivedAt: SUBMITTED_AT,
    from: '"Ann" <ann@example.com>',
    subject: 'Welcome',
    attachments: ['a.txt'],
    status: 'Sent',
    trackOpens: true,
    trackLinks: 'HtmlOnly',
    metadata: { color: 'blue' },
    sandboxed: false,
    textBody: 'Hello.',
    htmlBody: undefined,
    source: 'From: ann@example.com\r\n\r\nHello.',
    events: [
      {
        type: 'Delivered',
        recipient: 'bob@example.net',
        at: SUBMITTED_AT,
        message: 'smtp;250 ok',
        host: 'mx',
        ip: '::1',
      },
      { type: 'Transient', recipient: 'cc@example.net', at: SUBMITTED_AT, message: '451 later', host: 'mx', ip: '::1' },
      { type: 'Bounced', recipient: 'bcc@example.net', at: SUBMITTED_AT, summary: 'no such user', bounceId: 4096 },
    ],
    ...changes,
  };
}

export function bounceRow(changes: Partial<Bounce> = {}): Bounce {
  return {
    id: 700000123,
    serverId: SERVER_ID,
    streamId: 'outbound',
    messageId: MESSAGE_ID,
    type: 'HardBounce',
    tag: 'Invitation',
    details: 'smtp;550 5.1.1 no such user',
    email: 'Anything@example.net',
    from: 'someone@example.com',
    subject: 'Your invitation',
    bouncedAt: SUBMITTED_AT,
    inactive: true,
    dumpAvailable: true,
    ...changes,
  };
}

export function capturedRow(changes: Partial<Captured> = {}): Captured {
  return {
    id: MESSAGE_ID,
    serverId: SERVER_ID,
    streamId: 'outbound',
    from: 'Ann <ann@example.com>',
    recipients: [{ address: 'bob@example.net', name: 'Bob', role: 'To' }],
    subject: 'Welcome',
    tag: '',
    capturedAt: SUBMITTED_AT,
    size: 42,
    mailFrom: 'b+x@bounces.example.com',
    rcptTo: ['bob@example.net'],
    textBody: undefined,
    htmlBody: '<p>Hi',
    attachments: [],
    source: 'DKIM-Signature: v=1\r\nFrom: ann@example.com\r\n\r\n<p>Hi',
    ...changes,
  };
}
