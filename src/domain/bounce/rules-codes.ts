// Last layers of the bounce rules: enhanced codes (RFC 3463, 5248, 7372 and the IANA registry), then bare reply codes.
//
// Codes that say nothing by themselves (5.0.0, 5.1.0, 5.3.0, 5.5.0, 5.6.0) are left to the reply code. The very last
// rules take every 5xx and 4xx that nothing else knows: unknown refusals are `Unknown`, and never deactivate.
import type { BounceRule } from './rule.ts';

export const STATUS_RULES: readonly BounceRule[] = [
  {
    id: 'status-no-mailbox',
    type: 'HardBounce',
    when: { status: /^1\.(?:1|6|10)$/ },
    samples: [
      ['Postfix', '550 5.1.1 <someone@example.com>: Recipient address rejected'],
      ['qmail', '550 sorry, mail to that recipient is over (#5.1.1)'],
      ['generic', '551 5.1.6 Moved away'],
      ['RFC 7505', '556 5.1.10 Nobody reads mail here'],
    ],
  },
  {
    id: 'status-no-domain',
    type: 'HardBounce',
    when: { status: /^1\.2$/ },
    samples: [['generic', '550 5.1.2 Bad destination system']],
  },
  {
    id: 'status-bad-address',
    type: 'BadEmailAddress',
    when: { status: /^1\.[34]$/ },
    samples: [['Sendmail', '553 5.1.3 User address required']],
  },
  {
    id: 'status-sender',
    type: 'Blocked',
    when: { status: /^1\.[789]$/ },
    samples: [
      ['generic', '553 5.1.7 Bad return path', 'mail'],
      ['generic', '550 5.1.8 Go away', 'mail'],
    ],
  },
  {
    id: 'status-disabled',
    type: 'HardBounce',
    when: { status: /^2\.1$/ },
    over: ['status-mailbox'],
    samples: [['generic', '550 5.2.1 Mailbox does not take messages']],
  },
  {
    id: 'status-mailbox',
    type: 'SoftBounce',
    when: { status: /^2\.\d{1,3}$/ },
    samples: [
      ['generic', '552 5.2.2 No room'],
      ['Exchange Online', '550 5.2.122 The recipient is getting too much'],
    ],
  },
  {
    id: 'status-system-full',
    type: 'SoftBounce',
    passing: true,
    when: { status: /^3\.1$/ },
    samples: [['generic', '552 5.3.1 Mail system full', 'mail']],
  },
  {
    id: 'status-too-big',
    type: 'SoftBounce',
    when: { status: /^3\.4$/ },
    samples: [['generic', '552 5.3.4 Over the limit of 10 MB', 'mail']],
  },
  {
    id: 'status-no-route',
    type: 'DnsError',
    when: { status: /^4\.[34]$/ },
    over: ['status-network'],
    samples: [
      ['Amazon SES', '550 5.4.4 Invalid domain'],
      ['generic', '451 4.4.3 Directory is down'],
    ],
  },
  {
    id: 'status-network',
    type: 'SoftBounce',
    when: { status: /^4\.\d{1,3}$/ },
    samples: [
      ['Gmail', '451 4.4.2 Timeout - closing connection. a1si123 - gsmtp', 'body'],
      ['generic', '550 5.4.7 Delivery time expired'],
    ],
  },
  {
    id: 'status-policy',
    type: 'Blocked',
    when: { status: /^7\.\d{1,3}$/ },
    samples: [
      ['generic', '554 5.7.1 No'],
      ['Gmail', '421 4.7.0 Closing connection. a1si123 - gsmtp', 'ehlo'],
    ],
  },
];

export const CODE_RULES: readonly BounceRule[] = [
  // RFC 7504 section 3: 556 is said by a relay of a domain that takes no mail.
  { id: 'code-no-mail', type: 'HardBounce', when: { codes: [556] }, samples: [['RFC 7504', '556 Not here']] },
  {
    id: 'code-authentication',
    type: 'Blocked',
    when: { codes: [530, 534, 535, 538] },
    samples: [['generic', '530 Log in first', 'mail']],
  },
  {
    id: 'code-session-refused',
    type: 'Blocked',
    // RFC 5321 section 3.1: a server that wants no mail now, or none of ours. Another host or hour may be friendlier.
    passing: true,
    when: { class: 5, phases: ['greeting', 'ehlo', 'tls'] },
    samples: [
      ['Sendmail', '554 mx.example.com ESMTP not accepting messages', 'greeting'],
      ['generic', '554 No SMTP service here', 'greeting'],
    ],
  },
  {
    id: 'code-sender-refused',
    type: 'Blocked',
    when: { class: 5, phases: ['mail'] },
    samples: [['generic', '550 No thanks', 'mail']],
  },
  { id: 'code-storage', type: 'SoftBounce', when: { codes: [552] }, samples: [['generic', '552 Aborted', 'final']] },
  {
    id: 'unclassified',
    type: 'Unknown',
    when: { class: 5 },
    samples: [
      ['generic', '550 5.0.0 Something is wrong'],
      ['generic', '554 Transaction failed', 'final'],
      ['generic', '503 5.5.1 Bad sequence of commands', 'data'],
      ['generic', '599 ?'],
    ],
  },
  {
    id: 'passing',
    type: 'SoftBounce',
    when: { class: 4 },
    samples: [
      ['generic', '450 4.3.2 Not now'],
      ['generic', '451 Oops', 'final'],
      ['generic', '421 Bye', 'greeting'],
    ],
  },
];
