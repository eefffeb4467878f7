// Bounce rules by words, last part: load, limits, DNS and loops on the other side, and the general words of refusal.
import type { BounceRule } from './rule.ts';

export const PASSING_RULES: readonly BounceRule[] = [
  {
    id: 'loop',
    type: 'SoftBounce',
    when: {
      words: [
        /\btoo many hops\b/i,
        /\bhop count exceeded\b/i,
        /\b(?:mail|routing|forwarding) loop\b/i,
        /\bloops? back to\b/i,
        /\blooping message\b/i,
      ],
    },
    samples: [
      ['Sendmail', '554 5.4.6 Too many hops 26 (25 max)', 'final'],
      ['Postfix', '554 5.4.0 Error: too many hops', 'final'],
      ['Exchange', '554 5.4.14 Hop count exceeded - possible mail loop ATTR34', 'final'],
      ['Rackspace', '450 4.4.6 Routing loop detected (G16)'],
      ['Postfix', '550 5.4.6 mail for example.com loops back to myself'],
    ],
  },
  {
    id: 'dns-trouble',
    type: 'DnsError',
    when: {
      words: [
        /\b(?:dns|name ?server)\b.{0,30}\b(?:failure|fail(?:s|ed)?|error|time-?out|timed out|temporar\w{1,5})\b/i,
        /\b(?:lookup|resolution) (?:failure|failed|error|timed out)\b/i,
        /\b(?:does not|could not|cannot) (?:be )?resolved?\b/i,
      ],
    },
    over: ['try-later', 'temporarily'],
    samples: [
      ['Sendmail', '451 4.1.8 Domain of address news@example.org does not resolve', 'mail'],
      ['generic', '451 4.4.3 Temporary DNS failure, try again later', 'rcpt'],
      ['Exchange Online', '450 4.4.312 DNS query failed'],
    ],
  },
  {
    id: 'too-many',
    type: 'SoftBounce',
    passing: true,
    when: {
      words: [
        /\btoo many\b.{0,30}\b(?:connections|sessions|messages|mails|e-?mails|errors|concurrent)\b/i,
        /\b(?:rate|connection|message|frequency) ?limit(?:ed|ing)?\b/i,
        /\bthrottl(?:ed|ing)\b|\bslow down\b/i,
        /\bexcessive (?:volume|rate)\b|\btoo much (?:e-?)?mail\b|\breceiving too many\b|\breceived too many\b/i,
        /\bthread limit exceeded\b/i,
        /\btrop de connexions\b/i,
      ],
    },
    over: ['try-later', 'policy', 'temporarily'],
    samples: [
      ['Sendmail', '421 4.3.2 Connection rate limit exceeded.', 'greeting'],
      ['Postfix', '421 4.7.0 mx.example.com Error: too many connections from 192.0.2.1', 'greeting'],
      ['Exim', '421 Too many concurrent SMTP connections; please try again later.', 'greeting'],
      ['Rackspace', '421 Too many concurrent connections from this client (G2)', 'greeting'],
      ['Rackspace', '451 4.7.1 Received too many messages from a new or untrusted IP (G28)', 'mail'],
      ['Rackspace', '450 4.2.1 <someone@example.com>: Mailbox received too much email in a short period of time (G30)'],
      [
        'iCloud',
        '421 4.7.1 Messages to someone@icloud.com deferred due to excessive volume. Try again later - https://support.apple.com/en-us/HT204137',
      ],
      ['iCloud', '421 4.7.0 me.com Error: too many errors'],
      [
        'GMX',
        '421 Rate limit reached. Please try again later. For explanation visit https://postmaster.gmx.net/en/case?c=rl',
      ],
      [
        'Orange',
        '421 OFR004_104 Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down.',
        'greeting',
      ],
      ['Exchange Online', '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded', 'final'],
      [
        'Free.fr',
        '451 too many errors from your ip (192.0.2.1), please visit http://postmaster.free.fr/ (#4.7.1)',
        'mail',
      ],
      ['generic', '554 5.7.1 Too many connections, temporarily refused', 'greeting'],
      ['generic', '550 5.4.5 Rate limit exceeded by policy'],
    ],
  },
  {
    id: 'busy',
    type: 'SoftBounce',
    passing: true,
    when: {
      words: [
        /\b(?:server|system|service|load)\b.{0,20}\b(?:busy|overloaded|too high|at capacity)\b/i,
        /\binsufficient (?:system |disk )?(?:storage|resources|space|memory)\b|\bsystem storage\b/i,
        /\bout of memory\b|\bqueue (?:is )?(?:full|unavailable)\b/i,
        /\bresources temporarily (?:un|not )available\b/i,
        /\b(?:local|internal)(?: server)? (?:error|problem)\b/i,
        /\btemporary (?:local |system |server )?(?:problem|error|failure)\b|\bsystem error\b/i,
      ],
    },
    over: ['try-later', 'temporarily', 'policy'],
    samples: [
      [
        'Exchange Online',
        '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719) [DB5EUR01FT012.eop-EUR01.prod.protection.outlook.com]',
        'mail',
      ],
      ['Postfix', '452 4.3.1 Insufficient system storage', 'mail'],
      ['Exchange', '452 4.3.1 Insufficient system resources', 'mail'],
      ['RFC 5321', '451 Requested action aborted: local error in processing', 'final'],
      ['Exim', '451 Temporary local problem - please try later'],
      ['Gmail', '421 4.3.0 Temporary System Problem. Try again later. a1si123 - gsmtp'],
      ['Cisco IronPort', '452 #4.3.1 queue full', 'mail'],
      ['Yahoo', '451 4.3.2 Resources temporarily not available - Please try again later [#4.16.5].', 'mail'],
      ['generic', '554 5.3.2 Connection refused: the load of this server is too high', 'greeting'],
      ['Zoho', '452 4.3.1 Temporary System Error'],
      ['generic', '554 5.3.0 Internal error, message refused temporarily', 'final'],
    ],
  },
  {
    id: 'try-later',
    type: 'SoftBounce',
    passing: true,
    when: {
      words: [
        /\b(?:try|retry|come back|connect|resend)(?: your message)?(?: again)? (?:later|in (?:a few|\d{1,4}) (?:seconds?|minutes?|hours?))\b/i,
      ],
    },
    over: ['temporarily', 'policy', 'mailbox-unavailable'],
    samples: [
      ['Yandex', '451 4.7.1 Sorry, the service is currently unavailable. Please come back later. 1593044122-AbCdEf'],
      ['Postfix milter', '451 4.7.1 Service unavailable - try again later', 'final'],
      ['iCloud', '451 4.7.1 Service unavailable - try again later', 'mail'],
      ['hMailServer', '451 Please try again later.'],
      ['generic', '550 Connection refused, please retry in 10 minutes', 'greeting'],
      ['generic', '550 5.7.1 Temporarily blocked by policy, please try again later', 'mail'],
      ['generic', '550 Mailbox unavailable, try again later'],
    ],
  },
  {
    id: 'temporarily',
    type: 'SoftBounce',
    passing: true,
    when: { words: [/\btemporar(?:y|ily)\b/i] },
    over: ['policy', 'mailbox-unavailable'],
    samples: [
      [
        'Rackspace',
        "450 4.4.1 <someone@example.com>: The recipient's server was temporarily unavailable to accept your message (G6)",
      ],
      ['generic', '550 5.7.1 Mail from 192.0.2.1 temporarily refused', 'mail'],
      ['generic', '550 5.2.0 Mailbox unavailable (temporary)'],
    ],
  },
  {
    id: 'policy',
    type: 'Blocked',
    when: {
      words: [
        /\bpolic(?:y|ies)\b|\bmailpolicy\b/i,
        /\badministrative(?:ly)? prohibit/i,
        /\b(?:access|permission) (?:is |was )?denied\b/i,
        /\bblocked\b|\bbanned\b|\bprohibited\b|\brefused\b|\bcommand rejected\b/i,
        /\bmail rejected by destination domain\b/i,
        /\bdenied by\b/i,
      ],
    },
    over: ['mailbox-unavailable'],
    samples: [
      [
        'Yahoo',
        '554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes',
        'final',
      ],
      [
        'GMX',
        '554 Transaction failed Reject due to policy restrictions. For explanation visit https://postmaster.gmx.net/en/case?c=hi&i=ip&v=192.0.2.1',
        'final',
      ],
      ['GMX', '550 Requested action not taken: mailbox unavailable Reject due to policy restrictions'],
      ['Yandex', '550 5.7.1 Policy rejection on the target address'],
      ['Zoho', '541 5.4.1 Mail rejected by destination domain'],
      ['Zoho', '554 5.2.3 MailPolicy violation Error delivering to mailboxes', 'final'],
      ['Proofpoint', '550 5.7.0 Local Policy Violation', 'final'],
      ['Proofpoint', '554 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1', 'greeting'],
      [
        'Mimecast',
        '550 Administrative prohibition envelope blocked - https://community.mimecast.com/docs/DOC-1369#550',
      ],
      ['Barracuda', '550 permanent failure for one or more recipients (someone@example.com:blocked)', 'final'],
      ['Postfix', '554 5.7.1 <someone@example.com>: Recipient address rejected: Access denied'],
      ['Postfix milter', '550 5.7.1 Command rejected', 'final'],
      ['Exim', '550 Administrative prohibition'],
      ['Sendmail', '550 5.7.1 Access denied', 'mail'],
      [
        'GMX',
        '421 gmx.net (mxgmx115) Nemesis ESMTP Service not available No SMTP service Reject due to policy restrictions',
        'greeting',
      ],
    ],
  },
  {
    id: 'mailbox-unavailable',
    type: 'HardBounce',
    // RFC 5321 means absence, access and policy by this; where policy is meant, servers say so, and are matched above.
    when: {
      // After DATA it may be the content that they do not like.
      phases: ['rcpt'],
      words: [/\bmail ?box (?:is )?(?:unavailable|not available)\b/i, /\brequested action not taken: mailbox\b/i],
    },
    samples: [
      [
        'Outlook.com',
        '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [DB5EUR03FT012.eop-EUR03.prod.protection.outlook.com]',
      ],
      [
        'GMX',
        '550 Requested action not taken: mailbox unavailable For explanation visit https://postmaster.gmx.net/en/case?c=mu',
      ],
      ['Amazon SES inbound', '550 5.1.1 Requested action not taken: mailbox unavailable'],
      ['Coremail', '550 mailbox unavailable'],
      ['Coremail', '450 mailbox unavailable'],
    ],
  },
];
