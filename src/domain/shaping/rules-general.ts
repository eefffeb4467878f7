// Later layers of the shaping rules: words that servers everywhere use, then what a bare code means.
//
// A rule for `blocked` must speak of our address and of all mail from it: it stops the site for long. What could be said
// of one message, sender or mailbox stands before, as `message`.
import type { ShapingRule } from './rule.ts';

const MINUTE = 60_000;

export const GENERAL_SHAPING: readonly ShapingRule[] = [
  {
    id: 'greylist',
    verdict: 'greylisted',
    when: { words: [/\bgr[ae]y-? ?list/i, /\bpostgrey\b/i, /\bplease come back in\b/i] },
    over: ['busy'],
    samples: [
      [
        'Postfix with Postgrey',
        '450 4.2.0 <someone@example.com>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.com.html',
      ],
      ['milter-greylist', '451 4.7.1 Greylisting in action, please come back in 00:04:59'],
      ['Rspamd', '451 4.7.1 Try again later (greylisted)', 'final'],
      ['Zoho', '451 4.7.1 Greylisted, try again after some time'],
      ['Exim', '451 Greylisted - please try again in 5 minutes'],
      ['generic', '451 4.7.1 Greylisted, system busy, try again in 300 seconds', 'mail'],
    ],
  },
  {
    id: 'too-many-recipients',
    verdict: 'message',
    when: { words: [/\btoo many (?:recipients|hops|invalid recipients)\b/i, /\bout of allow(?:ed)? rcpt\b/i] },
    samples: [
      ['Postfix', '452 4.5.3 Error: too many recipients'],
      ['Exim', '452 too many recipients'],
    ],
  },
  {
    id: 'mailbox-full',
    verdict: 'message',
    when: { words: [/\b(?:over ?-?quota|quota exceeded|mailbox (?:is )?full|mailbox size limit)\b/i] },
    samples: [['Dovecot', '452 4.2.2 <someone@example.com> Quota exceeded (mailbox for user is full)']],
  },
  {
    id: 'idle-connection',
    verdict: 'message',
    // Said to a connection that was open for too long: open another.
    when: {
      codes: [421],
      words: [
        /\b(?:idle|inactiv|time-?out|timed out|exceeded allowable connection time|too many messages in this connection)/i,
      ],
    },
    over: ['service-closing'],
    samples: [
      ['Postfix', '421 4.4.2 mx.example.com Error: timeout exceeded', 'mail'],
      ['Gmail', '421 4.4.2 Timeout - closing connection. a1si123 - gsmtp', 'body'],
      ['Road Runner', '421 Exceeded allowable connection time, disconnecting.', 'mail'],
      ['Exchange', '421 4.4.1 Connection timed out', 'mail'],
    ],
  },
  {
    id: 'too-many-connections',
    verdict: 'throttled',
    when: {
      words: [
        /\btoo many\b.{0,30}\b(?:connections?|sessions|threads|concurrent)\b/i,
        /\b(?:connection|session|concurrency) (?:rate )?limit\b/i,
        /\bthread limit exceeded\b/i,
        /\bmaximum (?:number of )?(?:connections|sessions)\b/i,
      ],
    },
    over: ['rate-limit', 'busy', 'down', 'service-closing', 'early-refusal'],
    samples: [
      ['Postfix', '421 4.7.0 mx.example.com Error: too many connections from 192.0.2.1', 'greeting'],
      ['Exim', '421 Too many concurrent SMTP connections; please try again later.', 'greeting'],
      ['Sendmail', '421 4.3.2 Connection rate limit exceeded.', 'greeting'],
      ['Rackspace', '421 Too many concurrent connections from this client (G2)', 'greeting'],
      ['Sendmail', '421 Too many SMTP sessions for this host', 'greeting'],
      ['generic', '554 5.7.1 Too many connections, temporarily refused', 'greeting'],
      ['generic', '421 4.7.0 Rate limit: too many concurrent sessions, the server is busy', 'greeting'],
    ],
  },
  {
    id: 'rate-limit',
    verdict: 'throttled',
    when: {
      words: [
        /\b(?:rate|message|frequency|sending) ?limit(?:ed|ing|s)?\b/i,
        /\brate[- ]limited\b|\bthrottl(?:ed|ing)\b|\bslow down\b/i,
        /\btoo (?:many|much) (?:messages|mails?|e-?mails?|errors)\b/i,
        /\bexcessive (?:volume|rate|amount)\b|\bunexpected volume\b|\btoo (?:fast|quickly|frequent)\b/i,
        /\b(?:messages|mail|connections) per (?:second|minute|hour|day)\b/i,
      ],
    },
    over: ['busy', 'service-closing'],
    samples: [
      ['Postfix', '450 4.7.1 Error: too much mail from 192.0.2.1', 'mail'],
      ['iCloud', '421 4.7.0 me.com Error: too many errors'],
      ['Exim', '451 Temporarily deferred: sending rate limit of 100 messages per hour exceeded'],
      ['KumoMTA', '451 4.4.5 throttled', 'mail'],
      ['generic', '450 4.7.1 You are sending too fast, slow down', 'mail'],
      ['generic', '421 4.7.0 Server busy: rate limited', 'mail'],
      ['generic', '550 5.4.5 Rate limit exceeded by policy'],
    ],
  },
  {
    id: 'listed',
    verdict: 'blocked',
    // Of our address or host; lists of domains and links speak of a message.
    when: {
      words: [
        /\bclient host \[?[\w.:-]{2,255}\]? (?:is )?(?:blocked|listed)\b/i,
        /(?:^|[\s[(])[\da-f.:]{7,45}\]? (?:is |was )?(?:listed|block ?-?listed|black ?-?listed|blocked)\b/i,
        /\byour (?:ip|host|server|address)\b.{0,40}\b(?:is |was |has been )(?:listed|block ?-?listed|black ?-?listed|blocked|banned)\b/i,
      ],
    },
    over: ['poor-reputation', 'busy'],
    samples: [
      [
        'Postfix',
        '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1',
      ],
      ['Exim', '550 192.0.2.1 is listed at bl.spamcop.net. Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.1'],
      ['Sendmail', '550 5.7.1 Rejected: 192.0.2.1 listed at zen.spamhaus.org', 'mail'],
      [
        'Barracuda',
        '554 Service unavailable; Client host [mail.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1',
        'greeting',
      ],
      ['generic', '450 4.7.1 Your IP address 192.0.2.1 has been blacklisted', 'mail'],
      ['generic', '554 5.7.1 Your host is blocked for its poor reputation', 'greeting'],
    ],
  },
  {
    id: 'poor-reputation',
    verdict: 'blocked',
    when: {
      words: [
        /\b(?:sending )?(?:MTA's|server's|IP(?:'s)?|host's) (?:has a )?(?:poor|bad|low) reputation\b/i,
        /(?:^|[\s[(])[\da-f.:]{7,45}\]? has a (?:poor|bad) reputation\b/i,
        /\bhost\b.{0,40}\b(?:poor|bad) reputation\b/i,
      ],
    },
    samples: [
      [
        'Cisco IronPort',
        "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
        'greeting',
      ],
      [
        'Cloudmark',
        '554 5.7.1 Connection refused. 192.0.2.1 has a poor reputation on Cloudmark Sender Intelligence (CSI).',
        'greeting',
      ],
    ],
  },
  {
    id: 'busy',
    verdict: 'overloaded',
    when: {
      words: [
        /\b(?:server|system|service|load)\b.{0,20}\b(?:busy|overloaded|too high|at capacity)\b/i,
        /\binsufficient (?:system |disk )?(?:storage|resources|space|memory)\b|\bsystem storage\b/i,
        /\bout of memory\b|\bqueue (?:is )?(?:full|unavailable)\b/i,
        /\bnot accepting (?:messages|mail|network messages|connections)\b/i,
        /\bservice (?:is )?(?:currently |temporarily )?unavailable\b/i,
        /\btemporary (?:system|server) (?:problem|error|failure)\b/i,
      ],
    },
    over: ['down', 'service-closing', 'early-refusal'],
    samples: [
      ['Postfix', '452 4.3.1 Insufficient system storage', 'mail'],
      ['Exchange', '452 4.3.1 Insufficient system resources', 'mail'],
      ['Cisco IronPort', '452 #4.3.1 queue full', 'mail'],
      ['generic', '554 5.3.2 Connection refused: the load of this server is too high', 'greeting'],
      ['Exchange', '421 4.3.2 Service not available, the system is not accepting network messages', 'greeting'],
      ['Yandex', '451 4.7.1 Sorry, the service is currently unavailable. Please come back later. 1593044122-AbCdEf'],
      ['Gmail', '421 4.3.0 Temporary System Problem. Try again later. a1si123 - gsmtp'],
      ['Sendmail', '554 mx.example.com ESMTP not accepting messages', 'greeting'],
    ],
  },
  {
    id: 'down',
    verdict: 'overloaded',
    when: { class: 4, status: /^3\.[12]$/ },
    over: ['service-closing'],
    samples: [
      ['generic', '450 4.3.2 Not now'],
      ['generic', '421 4.3.2 Shutting down', 'mail'],
    ],
  },
  {
    id: 'service-closing',
    verdict: 'overloaded',
    // RFC 5321 section 3.8: the service is shutting down, whatever the command was.
    when: { codes: [421] },
    over: ['early-refusal'],
    samples: [
      ['generic', '421 Bye', 'greeting'],
      ['Postfix', '421 4.3.0 mx.example.com Error: please try later', 'rcpt'],
      ['RFC 5321', '421 mx.example.com Service not available, closing transmission channel', 'final'],
    ],
  },
  {
    id: 'early-refusal',
    verdict: 'overloaded',
    // Temporary, and before a recipient was named: it would be said of every message.
    when: { class: 4, phases: ['greeting', 'ehlo', 'tls'] },
    samples: [
      ['generic', '450 Come back later', 'greeting'],
      ['generic', '454 4.7.0 TLS not available due to local problem', 'tls'],
    ],
  },
];

export const LAST_SHAPING: readonly ShapingRule[] = [
  {
    id: 'session-refused',
    verdict: 'overloaded',
    // RFC 5321 section 3.1: 554 at the start means that no mail is taken here, or none of ours.
    when: { class: 5, phases: ['greeting', 'ehlo'] },
    pauseMs: 5 * MINUTE,
    samples: [
      ['generic', '554 No SMTP service here', 'greeting'],
      ['generic', '550 Access denied', 'ehlo'],
    ],
  },
];
