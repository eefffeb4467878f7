// First layer of the shaping rules, second part: regional providers, hosters and filters in front of companies.
import type { ShapingRule } from './rule.ts';

const MINUTE = 60_000;

export const REGIONAL_PROVIDER_SHAPING: readonly ShapingRule[] = [
  {
    id: 'comcast-throttled',
    verdict: 'throttled',
    when: { text: [/smtp-error-codes\.php#RL/i, /\bThrottled - try again later\b/i] },
    pauseMs: 5 * MINUTE,
    samples: [
      [
        'Comcast',
        '421 4.1.0 192.0.2.1 Throttled - try again later. Please see https://postmaster.comcast.net/smtp-error-codes.php#RL000010',
        'mail',
      ],
    ],
  },
  {
    id: 'comcast-blocked',
    verdict: 'blocked',
    when: { text: [/smtp-error-codes\.php#BL/i] },
    samples: [
      [
        'Comcast',
        '554 resimta-c1p-001.sys.comcast.net comcast 192.0.2.1 Comcast BL004 Blocked for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000',
        'greeting',
      ],
    ],
  },
  {
    id: 'acceptable-use-blocked',
    verdict: 'blocked',
    when: { text: [/is blocked\. please see error code AUP#/i] },
    samples: [['Cox', '554 eastrmimpi209 cox 192.0.2.1 is blocked. Please see error code AUP#CXBL', 'greeting']],
  },
  {
    id: 'att-blocked',
    verdict: 'blocked',
    when: { text: [/DNSBL:\S{1,20} \d/, />_is_blocked/i] },
    samples: [
      [
        'AT&T',
        '553 5.3.0 flpd576 DNSBL:RBL 521< 192.0.2.1 >_is_blocked.For assistance forward this error to abuse_rbl@abuse-att.net',
        'mail',
      ],
    ],
  },
  {
    id: 'gmx-rate',
    verdict: 'throttled',
    when: { text: [/rate limit reached\. please try again later/i] },
    pauseMs: 5 * MINUTE,
    samples: [
      [
        'GMX',
        '421 Rate limit reached. Please try again later. For explanation visit https://postmaster.gmx.net/en/case?c=rl',
      ],
    ],
  },
  {
    id: 'gmx-no-service',
    verdict: 'blocked',
    when: { text: [/Nemesis ESMTP Service not available No SMTP service/i] },
    samples: [
      [
        'GMX',
        '554 gmx.net (mxgmx104) Nemesis ESMTP Service not available No SMTP service IP address is block listed. For explanation visit https://postmaster.gmx.net/en/case?c=r0201&i=ip&v=192.0.2.1',
        'greeting',
      ],
      [
        'GMX',
        '421 gmx.net (mxgmx115) Nemesis ESMTP Service not available No SMTP service Reject due to policy restrictions',
        'greeting',
      ],
    ],
  },
  {
    id: 't-online-grey',
    verdict: 'greylisted',
    when: { text: [/\(grey defer \w{1,10}\)/i] },
    samples: [['T-Online', '450 (grey defer DKIMr) Your IP: 192.0.2.1 Mailhost: mailin28.t-online.de']],
  },
  {
    id: 't-online-reputation',
    verdict: 'blocked',
    when: { text: [/\bIP=\S{2,45} - /i, /@rx\.t-online\.de/i] },
    samples: [
      [
        'T-Online',
        '554 IP=192.0.2.1 - None/bad reputation. Ask your postmaster for help or to contact tobr@rx.t-online.de for reset. (NOWL)',
        'greeting',
      ],
    ],
  },
  {
    id: 'orange-connections',
    verdict: 'throttled',
    when: { text: [/\bOFR00[4-9]_\d{3}\b.{0,20}\bTrop de connexions/i, /\btrop de connexions\b/i] },
    pauseMs: 2 * MINUTE,
    samples: [
      [
        'Orange',
        '421 OFR004_104 Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down.',
        'greeting',
      ],
    ],
  },
  {
    id: 'french-service-refused',
    verdict: 'throttled',
    when: { class: 4, text: [/service refuse\. veuillez essayer plus tard/i] },
    pauseMs: 10 * MINUTE,
    perMinute: 30,
    samples: [
      ['Orange', '421 4.1.1 BXpE Service refuse. Veuillez essayer plus tard. OFR005_411 [411]', 'mail'],
      ['Orange', '421 mwinf5c04 ME Service refuse. Veuillez essayer plus tard. OFR_999 [999]', 'greeting'],
    ],
  },
  {
    id: 'free-too-many-errors',
    verdict: 'throttled',
    when: { text: [/too many errors from your ip/i] },
    pauseMs: 30 * MINUTE,
    samples: [
      [
        'Free.fr',
        '451 too many errors from your ip (192.0.2.1), please visit http://postmaster.free.fr/ (#4.7.1)',
        'mail',
      ],
    ],
  },
  {
    id: 'qq-frequency',
    verdict: 'throttled',
    when: { text: [/(?:connection|ip) frequency limited/i] },
    pauseMs: 10 * MINUTE,
    perMinute: 20,
    samples: [
      [
        'QQ',
        '550 Ip frequency limited [mzFGk3Jt2vI/ IP: 192.0.2.1]. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725',
      ],
      [
        'QQ',
        '550 Connection frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722',
        'greeting',
      ],
    ],
  },
  {
    id: 'qq-domain-frequency',
    verdict: 'message',
    when: { text: [/(?:domain|sender) frequency limited/i] },
    samples: [
      [
        'QQ',
        '550 Domain frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722',
        'mail',
      ],
    ],
  },
  {
    id: 'netease-rate',
    verdict: 'throttled',
    when: { text: [/\b(?:RP|IP):(?:RCL|CEL|TRC|QRC)\b/, /\bMI:(?:CEL|STC)\b/] },
    pauseMs: 30 * MINUTE,
    perMinute: 20,
    samples: [
      ['163.com', '451 RP:RCL 163 mx3,CMCowAD3_lWjXUpXHs5mAA--.9S2 1464491428', 'rcpt'],
      ['163.com', '451 MI:CEL 163 mx5,DMCowEDJRUuFGhlU8QFXAA--.35S2 1410931333', 'mail'],
    ],
  },
  {
    id: 'netease-reputation',
    verdict: 'blocked',
    when: { text: [/\bHL:REP\b/] },
    samples: [
      [
        '163.com',
        '421 HL:REP 163 mx8,TMCowABXZnVEGXhTT45VBA--.2S3 1400379716,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
        'greeting',
      ],
    ],
  },
  {
    id: 'naver-unregistered',
    verdict: 'blocked',
    when: { text: [/your ip.{0,60}is filtered and this connection will be closed/i] },
    samples: [
      [
        'Naver',
        '421 4.3.2 Your IP(192.0.2.1) is filtered and this connection will be closed. You must register your IP to http://realip.naver.com',
        'greeting',
      ],
    ],
  },
  {
    id: 'proofpoint-blocked',
    verdict: 'blocked',
    when: { text: [/ipcheck\.proofpoint\.com/i] },
    samples: [['Proofpoint', '554 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1', 'greeting']],
  },
  {
    id: 'mimecast-greylist',
    verdict: 'greylisted',
    when: { class: 4, text: [/internal resources? (?:are|is)? ?temporarily unavailable/i] },
    samples: [
      [
        'Mimecast',
        '451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [Fk2JkU9jMvC0sg.us221]',
      ],
    ],
  },
  {
    id: 'rackspace-new-address',
    verdict: 'throttled',
    when: { text: [/\(G28\)/, /too many messages from a new or untrusted IP/i] },
    pauseMs: 5 * MINUTE,
    perMinute: 30,
    samples: [['Rackspace', '451 4.7.1 Received too many messages from a new or untrusted IP (G28)', 'mail']],
  },
  {
    id: 'rackspace-mailbox-rate',
    verdict: 'message',
    when: { text: [/\(G30\)/, /mailbox received too much email/i] },
    samples: [
      ['Rackspace', '450 4.2.1 <someone@example.com>: Mailbox received too much email in a short period of time (G30)'],
    ],
  },
];
