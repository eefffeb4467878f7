// First layer of the bounce rules: codes and phrases that only one provider uses, and what that provider means by them.
// Here the four largest, which receive most mail; the others are in rules-provider-regional.ts.
import type { BounceRule } from './rule.ts';

export const PROVIDER_RULES: readonly BounceRule[] = [
  {
    id: 'google-recipient-rate',
    type: 'SoftBounce',
    // A flooded mailbox; the 5xx form is as passing as the 4xx form.
    passing: true,
    when: { text: [/user you are trying to contact is receiving mail/i] },
    samples: [
      [
        'Gmail',
        '450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time. If the user is able to receive mail at that time, your message will be delivered. For more information, go to https://support.google.com/mail/?p=ReceivingRate a1si123 - gsmtp',
      ],
      [
        'Gmail',
        '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. For more information, go to https://support.google.com/mail/?p=ReceivingRatePerm a1si123 - gsmtp',
      ],
    ],
  },
  {
    id: 'google-account-gone',
    type: 'HardBounce',
    when: { text: [/email account that you tried to reach (?:does not exist|is disabled|is inactive)/i] },
    samples: [
      [
        'Gmail',
        "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. For more information, go to https://support.google.com/mail/?p=NoSuchUser 41be03b00d2f7-7a1 - gsmtp",
      ],
      [
        'Gmail',
        '550 5.2.1 The email account that you tried to reach is disabled. For more information, go to https://support.google.com/mail/?p=DisabledUser a1si123 - gsmtp',
      ],
      [
        'Gmail',
        '550 5.2.1 The email account that you tried to reach is inactive. For more information, go to https://support.google.com/mail/?p=DisabledUser a1si123 - gsmtp',
      ],
    ],
  },
  {
    id: 'google-low-reputation',
    type: 'Blocked',
    when: { text: [/very low reputation of the sending/i, /unusual rate of unsolicited (?:e-?)?mail originating/i] },
    over: ['google-likely-spam'],
    samples: [
      [
        'Gmail',
        '550 5.7.1 [192.0.2.1 19] Gmail has detected that this message is likely suspicious due to the very low reputation of the sending domain. To best protect our users from spam, the message has been blocked. For more information, go to https://support.google.com/mail/answer/188131 a1si123 - gsmtp',
        'final',
      ],
      [
        'Gmail',
        '421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. a1si123 - gsmtp',
        'final',
      ],
    ],
  },
  {
    id: 'google-likely-spam',
    type: 'SpamNotification',
    when: { text: [/message is likely (?:unsolicited mail|suspicious)/i] },
    samples: [
      [
        'Gmail',
        '550 5.7.1 [192.0.2.1 12] Gmail has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. For more information, go to https://support.google.com/mail/?p=UnsolicitedMessageError a1si123 - gsmtp',
        'final',
      ],
    ],
  },
  {
    id: 'google-authentication',
    type: 'Blocked',
    when: { text: [/sender is unauthenticated/i, /not authorized to send email directly to our servers/i] },
    samples: [
      [
        'Gmail',
        '550 5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. Authentication results: DKIM = did not pass SPF [example.com] with ip: [192.0.2.1] = did not pass. For instructions on setting up authentication, go to https://support.google.com/mail/answer/81126#authentication a1si123 - gsmtp',
        'final',
      ],
      [
        'Gmail',
        '550 5.7.1 [192.0.2.1] The IP you are using to send mail is not authorized to send email directly to our servers. Please use the SMTP relay at your service provider instead. For more information, go to https://support.google.com/mail/?p=NotAuthorizedError a1si123 - gsmtp',
        'final',
      ],
    ],
  },
  {
    id: 'microsoft-unknown-recipient',
    type: 'HardBounce',
    // The edge of Exchange Online knows the directory of the tenant and says "access denied" to every address outside it.
    when: { status: /^4\.1$/, text: [/recipient address rejected: access denied/i] },
    samples: [
      [
        'Exchange Online',
        '550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors [AM4PEPF00025F9B.eurprd83.prod.outlook.com 2024-01-15T16:09:19.123Z 08DC1580A1B2C3D4]',
      ],
      [
        'Exchange Online',
        '550 5.4.1 [someone@example.com]: Recipient address rejected: Access denied. AS(201806281) [DB5EUR01FT012.eop-EUR01.prod.protection.outlook.com]',
      ],
    ],
  },
  {
    id: 'exchange-recipient-not-found',
    type: 'HardBounce',
    when: { text: [/RESOLVER\.ADR\.(?:ExRecipNotFound|RecipNotFound|RecipientNotFound)/i] },
    samples: [
      [
        'Exchange Online',
        '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient someone@example.com not found by SMTP address lookup',
        'final',
      ],
      ['Exchange', '550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found', 'final'],
    ],
  },
  {
    id: 'exchange-restricted',
    type: 'Blocked',
    when: { text: [/RESOLVER\.RST\.(?:AuthRequired|NotAuthorized|SenderNotAuthenticated|RestrictedToLocalUsers)/i] },
    samples: [
      ['Exchange', '550 5.7.1 RESOLVER.RST.AuthRequired; authentication required', 'final'],
      [
        'Exchange Online',
        '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group',
        'final',
      ],
    ],
  },
  {
    id: 'microsoft-block-list',
    type: 'Blocked',
    when: { text: [/unfortunately, messages from .{1,80} weren't sent/i, /banned send(?:er|ing IP)/i] },
    samples: [
      [
        'Outlook.com',
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. [DB3EUR04FT007.eop-eur04.prod.protection.outlook.com]",
        'mail',
      ],
      [
        'Hotmail',
        "550 SC-001 (BAY004-MC4F49) Unfortunately, messages from 192.0.2.1 weren't sent. Please contact your Internet service provider since part of their network is on our block list.",
        'mail',
      ],
      [
        'Exchange Online',
        '550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.com/ and follow the directions. [AM5EUR03FT036.eop-EUR03.prod.protection.outlook.com]',
      ],
      [
        'Exchange Online',
        '550 5.7.511 Access denied, banned sender[192.0.2.1]. To request removal from this list please forward this message to delist@microsoft.com.',
      ],
    ],
  },
  {
    id: 'microsoft-throttled-reputation',
    type: 'Blocked',
    when: { text: [/temporarily rate limited due to IP reputation/i, /traffic not accepted from this IP/i] },
    samples: [
      [
        'Outlook.com',
        '451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775) [CO1NAM11FT003.eop-nam11.prod.protection.outlook.com]',
        'mail',
      ],
      [
        'Exchange Online',
        '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. For more information please go to http://go.microsoft.com/fwlink/?LinkId=526653 AS(7230)',
      ],
    ],
  },
  {
    id: 'microsoft-authentication-level',
    type: 'Blocked',
    // The reply quotes the DMARC result even where it is a pass.
    when: { text: [/doesn't meet the required authentication level/i] },
    samples: [
      [
        'Outlook.com',
        "550 5.7.515 Access denied, sending domain EXAMPLE.COM doesn't meet the required authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender. To learn how to fix this see: https://go.microsoft.com/fwlink/p/?linkid=2319303 Spf= Fail , Dkim= Pass , DMARC= Pass [CH2PEPF0000014A.namprd02.prod.outlook.com]",
        'final',
      ],
    ],
  },
  {
    id: 'yahoo-deferred',
    type: 'Blocked',
    when: { text: [/\[TSS?\d\d\]/, /temporarily deferred due to/i] },
    samples: [
      [
        'Yahoo',
        '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
        'mail',
      ],
      [
        'Yahoo',
        '421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes',
        'greeting',
      ],
    ],
  },
  {
    id: 'yahoo-refused',
    type: 'Blocked',
    when: {
      text: [
        /\[BL\d\d\]/,
        /connections will not be accepted from/i,
        /message not allowed - /i,
        /AOL will not accept delivery/,
      ],
    },
    samples: [
      [
        'Yahoo',
        "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html",
        'greeting',
      ],
      [
        'AOL',
        '554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes [120]',
        'final',
      ],
      ['AOL', '521 5.2.1 : AOL will not accept delivery of this message.', 'final'],
      ['Yahoo', '554 Message not allowed - Headers are not RFC compliant[291]', 'final'],
    ],
  },
  {
    id: 'apple-policy',
    type: 'Blocked',
    when: { text: [/\[(?:CS|HM|HC)\d\d\] message rejected due to local policy/i] },
    samples: [
      [
        'iCloud',
        '550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
        'final',
      ],
      [
        'iCloud',
        '554 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
        'final',
      ],
    ],
  },
];
