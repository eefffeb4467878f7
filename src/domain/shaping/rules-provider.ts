// First layer of the shaping rules: what only one of the largest providers says of our pace or of our address. The others
// are in rules-provider-regional.ts.
import type { ShapingRule } from './rule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const LARGE_PROVIDER_SHAPING: readonly ShapingRule[] = [
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
];
