// First layer of the shaping rules: what only one provider says of our pace or of our address.
import type { ShapingRule } from './rule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const PROVIDER_SHAPING: readonly ShapingRule[] = [
  {
    id: 'google-mailbox-rate',
    verdict: 'message',
    // One flooded mailbox; the others are free.
    when: { text: [/user you are trying to contact is receiving mail/i] },
    samples: [
      [
        'Gmail',
        '450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time. If the user is able to receive mail at that time, your message will be delivered. For more information, go to https://support.google.com/mail/?p=ReceivingRate a1si123 - gsmtp',
      ],
    ],
  },
  {
    id: 'google-unusual-rate-of-domain',
    verdict: 'message',
    // Said of the domain that signs or sends, so of some messages of this lane; the guards look after streams.
    when: { text: [/unusual rate of (?:unsolicited )?(?:e-?)?mail originating from your (?:SPF|DKIM) domain/i] },
    over: ['google-unusual-rate'],
    samples: [
      [
        'Gmail',
        '421 4.7.28 Gmail has detected an unusual rate of mail originating from your SPF domain [example.com 35]. To protect our users from spam, mail sent from your domain has been temporarily rate limited. For more information, go to https://support.google.com/mail/?p=UnsolicitedRateLimitError a1si123 - gsmtp',
        'final',
      ],
    ],
  },
  {
    id: 'google-unusual-rate',
    verdict: 'throttled',
    when: { text: [/unusual rate of (?:unsolicited )?(?:e-?)?mail/i] },
    pauseMs: 10 * MINUTE,
    perMinute: 60,
    samples: [
      [
        'Gmail',
        '421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP Netblock [192.0.2.1      34]. To protect our users from spam, mail sent from your IP Netblock has been temporarily rate limited. For more information, go to https://support.google.com/mail/?p=UnsolicitedRateLimitError a1si123 - gsmtp',
        'final',
      ],
      [
        'Gmail',
        '421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. a1si123 - gsmtp',
        'final',
      ],
      [
        'Gmail',
        '421 4.7.0 [192.0.2.1      15] Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. Please visit https://support.google.com/mail/answer/81126 to review our Bulk Email Senders Guidelines. a1si123 - gsmtp',
        'final',
      ],
    ],
  },
  {
    id: 'google-closing',
    verdict: 'throttled',
    when: { text: [/try again later, closing connection/i] },
    pauseMs: MINUTE,
    samples: [
      [
        'Gmail',
        '421 4.7.0 Try again later, closing connection. (EHLO) For more information, go to https://support.google.com/a/answer/3221692 a1si123 - gsmtp',
        'ehlo',
      ],
    ],
  },
  {
    id: 'microsoft-rate-by-reputation',
    verdict: 'throttled',
    when: { text: [/temporarily rate[- ]limited due to (?:a poor |poor )?(?:IP )?reputation/i] },
    pauseMs: 15 * MINUTE,
    perMinute: 20,
    samples: [
      [
        'Outlook.com',
        '451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775) [CO1NAM11FT003.eop-nam11.prod.protection.outlook.com]',
        'mail',
      ],
      [
        'Proofpoint',
        '451 4.7.1 The email server [192.0.2.1] is being temporarily rate-limited due to a poor reputation.',
      ],
    ],
  },
  {
    id: 'microsoft-connections',
    verdict: 'throttled',
    when: {
      text: [
        /exceeded the maximum number of connections/i,
        /has exceeded the (?:rate|connection) limit/i,
        /^RP-00[123] /,
      ],
    },
    samples: [
      [
        'Outlook.com',
        '451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections. (S3115) [BN8NAM11FT064.eop-nam11.prod.protection.outlook.com]',
        'mail',
      ],
      [
        'Hotmail',
        "421 RP-001 (BAY004-MC1F45) Unfortunately, some messages from 192.0.2.1 weren't sent. Please try again. We have limits for how many messages can be sent per hour and per day. You can also refer to http://mail.live.com/mail/troubleshooting.aspx#errors.",
        'mail',
      ],
      [
        'Hotmail',
        '421 RP-003 The mail server IP connecting to Outlook.com server has exceeded the connection limit allowed on this connection.',
        'greeting',
      ],
    ],
  },
  {
    id: 'microsoft-busy',
    verdict: 'throttled',
    // "Server busy" is how Exchange Online slows down a sender that it does not know well.
    when: { text: [/server busy\. please try again later from/i, /\(S77719\)|\(AS7[78]\d\)/] },
    pauseMs: 5 * MINUTE,
    perMinute: 60,
    samples: [
      [
        'Exchange Online',
        '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719) [DB5EUR01FT012.eop-EUR01.prod.protection.outlook.com]',
        'mail',
      ],
    ],
  },
  {
    id: 'microsoft-mailbox-busy',
    verdict: 'message',
    when: { text: [/STOREDRV\.Deliver; recipient thread limit/i] },
    samples: [['Exchange Online', '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded', 'final']],
  },
  {
    id: 'microsoft-block-list',
    verdict: 'blocked',
    when: {
      text: [
        /unfortunately, messages from .{1,80} weren't sent/i,
        /banned send(?:er|ing IP)/i,
        /traffic not accepted from this IP/i,
      ],
    },
    samples: [
      [
        'Outlook.com',
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. [DB3EUR04FT007.eop-eur04.prod.protection.outlook.com]",
        'mail',
      ],
      [
        'Exchange Online',
        '550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.com/ and follow the directions. [AM5EUR03FT036.eop-EUR03.prod.protection.outlook.com]',
      ],
      [
        'Exchange Online',
        '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. For more information please go to http://go.microsoft.com/fwlink/?LinkId=526653 AS(7230)',
      ],
    ],
  },
  {
    id: 'yahoo-blocked',
    verdict: 'blocked',
    over: ['yahoo-deferred'],
    when: { text: [/\[TSS?03\]/, /\[BL\d\d\]/, /connections will not be accepted from/i] },
    samples: [
      [
        'Yahoo',
        '421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes',
        'greeting',
      ],
      [
        'Yahoo',
        "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html",
        'greeting',
      ],
    ],
  },
  {
    id: 'yahoo-deferred',
    verdict: 'throttled',
    when: { text: [/\[(?:I?P?TSS?|GL)\d\d\]/, /messages from \S{2,45} temporarily deferred/i] },
    // Yahoo counts what comes during a deferral against the sender.
    pauseMs: HOUR,
    perMinute: 60,
    samples: [
      [
        'Yahoo',
        '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
        'mail',
      ],
      [
        'Yahoo',
        '421 4.7.0 [TS01] Messages from 192.0.2.1 temporarily deferred due to user complaints - 4.16.55.1; see https://help.yahoo.com/kb/postmaster/SLN3434.html',
        'mail',
      ],
    ],
  },
  {
    id: 'yahoo-resources',
    verdict: 'overloaded',
    when: { text: [/\[#?4\.16\.\d\d?\]/, /resources temporarily (?:not |un)available/i] },
    samples: [
      ['Yahoo', '451 4.3.2 Resources temporarily not available - Please try again later [#4.16.5].', 'mail'],
      ['Yahoo', '421 4.7.0 Resources temporarily unavailable; try again later', 'greeting'],
    ],
  },
  {
    id: 'apple-mailbox-volume',
    verdict: 'message',
    when: { text: [/messages to \S{3,254} deferred due to excessive volume/i] },
    samples: [
      [
        'iCloud',
        '421 4.7.1 Messages to someone@icloud.com deferred due to excessive volume. Try again later - https://support.apple.com/en-us/HT204137',
      ],
    ],
  },
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
