// Bounce rules by words, third part: what the receiving side says of the recipient.
//
// Only here, and in the enhanced codes, an address is given up for good: patterns are narrow, and everything that may
// also speak of the sender stands before them.
import type { BounceRule } from './rule.ts';

const NO_SUCH_DOMAIN: readonly RegExp[] = [
  /\b(?:unknown|no such) (?:host|domain|mail server)\b/i,
  /\b(?:host|domain|domain name)\b(?: \S{1,80})? (?:is )?(?:unknown|not found|does not exist|doesn't exist)\b/i,
  /\bcould not find a mail server\b/i,
  /\bnull ?mx\b/i,
  /\bdoes not accept (?:any )?(?:e-?)?mail\b(?! (?:from|larger|over|without|with|at|now))/i,
];

export const MAILBOX_RULES: readonly BounceRule[] = [
  {
    id: 'too-many-recipients',
    type: 'SoftBounce',
    // RFC 5321 section 4.5.3.1.10: to be treated as passing even with 552.
    passing: true,
    when: { words: [/\btoo many recipients\b/i, /\bout of allow(?:ed)? rcpt\b/i] },
    samples: [
      ['Postfix', '452 4.5.3 Error: too many recipients'],
      ['Exim', '452 too many recipients'],
      [
        'Gmail',
        '452 4.5.3 Your message has too many recipients. For more information regarding Google sending limits, go to https://support.google.com/mail/?p=TooManyRecipientsError a1si123 - gsmtp',
      ],
      ['Sendmail', '552 5.5.3 Too many recipients'],
      ['Cisco IronPort', '452 Too many recipients received this hour'],
    ],
  },
  {
    id: 'mailbox-full',
    type: 'SoftBounce',
    when: {
      words: [
        /\b(?:over|exceed(?:s|ed|ing)?|reached|above) (?:the |its |their |his |your )?(?:disk |mail |mailbox |user |storage )?(?:quota|storage|space limit)\b/i,
        /\b(?:over-?quota|quota[- ]?exceeded(?:exception)?)\b/i,
        /\bquota (?:is |has been |was |limit )?(?:full|exceeded)/i,
        /\b(?:(?:e-?)?mail ?box|mail ?folder|inbox)\b.{0,50}\b(?:full|size limit exceeded|out of (?:storage )?space)\b/i,
        /\bexceed(?:s|ed)? (?:\w{1,12} )?(?:\w{1,12} )?(?:storage allocation|allowed storage space|user quota)\b/i,
        /\bexhausted allowed storage space\b/i,
        /\bhas too many messages on the server\b/i,
        /\bboite du destinataire pleine\b/i,
      ],
    },
    over: ['too-many', 'policy', 'try-later', 'temporarily'],
    samples: [
      [
        'Gmail',
        "552 5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm a1si123 - gsmtp",
      ],
      [
        'Gmail',
        '452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp a1si123 - gsmtp',
      ],
      [
        'Gmail',
        '552 5.2.2 The email account that you tried to reach is over quota and inactive. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm a1si123 - gsmtp',
      ],
      ['iCloud', '552 5.2.2 <someone@icloud.com>: user is overquota'],
      [
        'Exchange',
        '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception',
        'final',
      ],
      [
        'GMX',
        '552 Requested mail action aborted: exceeded storage allocation Quota exceeded. For explanation visit https://postmaster.gmx.net/en/case?c=quota',
      ],
      ['Dovecot', '552 5.2.2 <someone@example.com> Quota exceeded (mailbox for user is full)', 'final'],
      ['Exim', '552 mailbox is full (MTA-imposed quota exceeded while writing to file)', 'final'],
      ['qmail', "552 someone@example.com's mailbox is over quota (#5.2.2)", 'final'],
      ['T-Online', '552 5.2.2 Over STORAGE quota'],
      ['Orange', '550 5.2.2 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]'],
      ['Yandex', '552 5.2.2 Mailbox size limit exceeded 1593044122-AbCdEf'],
      ['WEB.DE', '550 Benutzer hat das Speichervolumen ueberschritten. / User has exhausted allowed storage space.'],
      ['WEB.DE', '550 Benutzer hat zuviele Mails auf dem Server. / User has too many messages on the server.'],
      ['Naver', '552 5.2.2 Mail box is full - nsmtp'],
      ['generic', '550 email box is full'],
      ['Amazon SES inbound', '552 5.2.2 Mailbox full'],
      ['generic', '452 4.2.2 Mailbox full, temporarily rejected by policy, try again later'],
    ],
  },
  {
    id: 'mailbox-suspended',
    type: 'SoftBounce',
    when: {
      words: [
        /\b(?:mail ?box|account|user|recipient|e-?mail address|address|mbox)\b.{0,40}\b(?:suspended|locked|inactive|frozen|dormant|temporarily (?:disabled|locked|deactivated))\b/i,
        /\b(?:suspended|inactive|locked) (?:e-?mail address|mail ?box|mbox|user|account)\b/i,
        /\bblocked due to inactivity\b/i,
      ],
    },
    over: ['mailbox-gone', 'temporarily', 'policy'],
    samples: [
      ['iCloud', '550 5.1.1 <someone@icloud.com>: inactive email address'],
      ['Free.fr', '550 5.2.1 This mailbox has been blocked due to inactivity'],
      ['Coremail', '550 User suspended: someone@example.com'],
      ['Hanmail', '550 5.1.1 Suspended user'],
      ['Naver', '550 5.1.1 Inactive mbox'],
      ['GMX', '550 5.2.1 <someone@gmx.net>... User is inactive'],
      ['Coremail', '550 user is locked'],
      ['generic', '550 5.2.1 Account temporarily disabled'],
      ['generic', '550 5.2.1 Mailbox disabled: account is suspended'],
    ],
  },
  {
    id: 'no-such-domain',
    type: 'HardBounce',
    when: { class: 5, words: NO_SUCH_DOMAIN },
    samples: [
      ['Sendmail', '550 5.1.2 <someone@example.com>... Host unknown (Name server: example.com: host not found)'],
      ['relay', '553 5.1.2 Unknown mail server. Could not find a mail server for example.com'],
      [
        'Exchange Online',
        '550 5.4.310 DNS domain example.com does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=example.com]',
      ],
      ['RFC 7504', '521 example.com does not accept mail'],
      [
        'Postfix',
        '556 5.1.10 <someone@example.com>: Recipient address rejected: Domain example.com does not accept mail (nullMX)',
      ],
      ['Exchange', '550 5.1.2 unknown domain'],
    ],
  },
  {
    id: 'domain-not-found-now',
    type: 'DnsError',
    when: { class: 4, words: NO_SUCH_DOMAIN },
    over: ['dns-trouble', 'no-such-mailbox'],
    samples: [
      ['Postfix', '450 4.1.2 <someone@example.com>: Recipient address rejected: Domain not found'],
      [
        'Postfix',
        '450 4.4.3 <someone@example.com>: Recipient address rejected: Host or domain name not found. Name service error: DNS lookup timed out',
      ],
    ],
  },
  {
    id: 'bad-address-syntax',
    type: 'BadEmailAddress',
    when: {
      words: [
        /\b(?:bad|invalid|malformed) (?:recipient |destination |e-?mail )?(?:mailbox )?address syntax\b/i,
        /\bmissing or malformed local part\b/i,
        /\b(?:restricted|illegal|invalid) characters? in (?:the )?(?:address|local part|recipient)/i,
        /\bmailbox name (?:is )?(?:invalid|not allowed)\b/i,
        /\baddress syntax error\b/i,
        /\bsyntax error in (?:the )?(?:recipient )?(?:address|mailbox)/i,
      ],
    },
    over: ['no-such-mailbox', 'mailbox-unavailable'],
    samples: [
      ['Postfix', '501 5.1.3 Bad recipient address syntax'],
      ['QQ', '501 Bad address syntax. http://service.exmail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000730'],
      ['Exim', '501 <@example.com>: missing or malformed local part'],
      ['Exim', '550 Restricted characters in address'],
      ['RFC 5321', '553 Requested action not taken: mailbox name not allowed'],
      ['generic', '553 5.1.3 Invalid address syntax: not a valid recipient'],
    ],
  },
  {
    id: 'no-such-mailbox',
    type: 'HardBounce',
    when: {
      words: [
        /\b(?:no such|unknown|invalid|non-?existent|unrouteable|unroutable|unrecognized|not a valid|not a known|illegal) (?:local |destination |final |mail |e-?mail |or illegal )?(?:user|recipient|mail ?box|address|addressee|account|alias|customer|local ?part|person)\b/i,
        /(?<!\b(?:ip|client|source|sender|sending|from|return|your) )\b(?:user|recipient|mail ?box|address|addressee|account|alias|local ?part)\b.{0,40}?\b(?:unknown|not found|not known|does not exist|doesn't exist|doesn't have an?|not exist|not a valid|is not valid|is invalid|as invalid|not recognized|not listed|could not be found)\b/i,
        /\bno mail ?box (?:here )?by that name\b/i,
        /\bno mail ?box found\b|\bmail ?box not (?:found|here)\b/i,
        /\bnot our customer\b/i,
        /\bnot an active (?:address|user|account|mail ?box)\b/i,
        /\buser not local\b/i,
        /\bdestinataire invalide\b|\butilisateur inconnu\b|\bbenutzer (?:nicht bekannt|unbekannt)\b|\busuario desconocido\b|\butente sconosciuto\b/i,
      ],
    },
    over: ['mailbox-gone', 'policy', 'mailbox-unavailable'],
    samples: [
      ['Postfix', '550 5.1.1 <someone@example.com>: Recipient address rejected: User unknown in local recipient table'],
      ['Postfix', '550 5.1.1 <spam@example.com>: Recipient address rejected: User unknown in virtual mailbox table'],
      ['Postfix', '550 5.1.1 <someone@example.com>: Recipient address rejected: User unknown in relay recipient table'],
      [
        'Postfix',
        '450 4.1.1 <someone@example.com>: Recipient address rejected: unverified address: unknown user: "someone"',
      ],
      ['Sendmail', '550 5.1.1 <someone@example.com>... User unknown'],
      ['Exim', '550 Unrouteable address'],
      ['Exim', '550 No Such User Here'],
      ['qmail', '511 sorry, no mailbox here by that name (#5.1.1 - chkuser)'],
      ['qmail', '550 sorry, no mailbox here by that name. (#5.7.17)'],
      [
        'Yahoo',
        "554 delivery error: dd This user doesn't have a yahoo.com account (someone@yahoo.com) [0] - mta4015.mail.bf1.yahoo.com",
        'final',
      ],
      ['Yahoo', '552 1 Requested mail action aborted, mailbox not found', 'final'],
      ['Yahoo', '554 delivery error: dd Not a valid recipient - mta4015.mail.bf1.yahoo.com', 'final'],
      ['iCloud', '550 5.1.1 <someone@icloud.com>: user does not exist'],
      ['iCloud', '550 5.1.1 unknown or illegal alias: someone@me.com'],
      [
        'Mail.ru',
        '550 Message was not accepted -- invalid mailbox. Local mailbox someone@mail.ru is unavailable: user not found',
        'final',
      ],
      [
        'Mail.ru',
        '550 Message was not accepted -- invalid mailbox. Local mailbox someone@mail.ru is unavailable: account is disabled',
        'final',
      ],
      ['Yandex', '550 5.7.1 No such user! 1593044122-AbCdEf'],
      ['Zoho', '550 5.1.1 <someone@zoho.com> User unknown'],
      ['Mimecast', '550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [x1.uk12]'],
      [
        'Proofpoint',
        '550 5.1.1 <someone@example.com>: Recipient address rejected: User email address is marked as invalid.',
      ],
      ['Proofpoint', '550 5.1.1 User Unknown'],
      [
        'Barracuda',
        '550 permanent failure for one or more recipients (someone@example.com:550 5.1.1 User unknown)',
        'final',
      ],
      ['Comcast', '550 5.1.1 Not our Customer'],
      ['generic', '550 someone@example.com is not an active address at this host'],
      ['Orange', '550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]'],
      ['WEB.DE', '550 Benutzer nicht bekannt/User unknown'],
      ['QQ', '550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728'],
      ['163.com', '550 User not found: someone@163.com'],
      ['Naver', '550 5.1.1 No such user - nsmtp'],
      ['Fastmail', '550 5.1.1 <someone@fastmail.com>: Recipient address rejected: User unknown'],
      ['OVH', '550 5.1.1 <someone@example.fr>: Recipient address rejected: User unknown'],
      ['Rackspace', '550 5.1.1 <someone@example.com>: Recipient address rejected: User unknown'],
      ['generic', '550 someone@example.com... No such user, not listed in Domino Directory; mailbox unavailable'],
      ['CompuServe', '550 5.1.1 <someone@example.com>... Mailbox not found'],
      ['generic', '551 User not local; please try <other@example.com>'],
      ['generic', '550 5.1.1 Address unknown: refused by policy, access denied'],
    ],
  },
  {
    id: 'mailbox-gone',
    type: 'HardBounce',
    when: {
      words: [
        /(?<!\b(?:ip|client|source|sender|sending|from|return|your) )\b(?:mail ?box|account|user|recipient|e-?mail address|address)\b(?: \S{1,60})? (?:is |has been |was |is currently |currently )?(?:disabled|deactivated|discontinued|closed|deleted|terminated|cancell?ed|expired)\b/i,
        /(?:@|\b(?:mail ?box|account|user|recipient|address|person|employee)\b).{0,60}\bno longer (?:exists|available|active|in use|valid|on (?:this|our) server|works? (?:here|for us)|accepts? mail)\b/i,
        /\b(?:disabled or discontinued|account not available)\b/i,
      ],
    },
    over: ['policy'],
    samples: [
      [
        'Yahoo',
        '554 30 Sorry, your message to someone@yahoo.com cannot be delivered. This mailbox is disabled (554.30). - mta4015.mail.bf1.yahoo.com',
        'final',
      ],
      [
        'Yahoo',
        '554 delivery error: dd Sorry your message to someone@yahoo.com cannot be delivered. This account has been disabled or discontinued [#102]. - mta4015.mail.bf1.yahoo.com',
        'final',
      ],
      ['Comcast', '550 5.1.1 <someone@comcast.net> Account not available'],
      ['Postfix', '550 5.1.1 <someone@example.com>: Recipient address rejected: Account closed'],
      ['generic', '550 5.2.1 This account is expired'],
      ['generic', '550 The person at this address no longer works here'],
      ['generic', '550 5.1.6 This address is no longer in use, refused by policy'],
    ],
  },
  {
    id: 'authentication-required',
    type: 'Blocked',
    when: {
      words: [
        /\bauthentication (?:is )?required\b/i,
        /\b(?:not|must be|must) (?:been )?authenticated?\b/i,
        /\bstarttls\b|\btls (?:is )?required\b|\bencryption (?:is )?(?:required|needed)\b/i,
      ],
    },
    over: ['restricted'],
    samples: [
      ['Exchange', '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM', 'mail'],
      ['Postfix', '530 5.7.0 Must issue a STARTTLS command first', 'mail'],
      ['Gmail', '421 4.7.0 TLS required for RCPT domain, closing connection. a1si123 - gsmtp'],
      ['generic', '530 5.7.1 Authentication required', 'mail'],
      ['Exchange', '550 5.7.1 Client was not authenticated; not permitted to send to this group'],
    ],
  },
  {
    id: 'restricted',
    type: 'Blocked',
    when: {
      words: [
        /\b(?:not (?:authorized|authorised|permitted|allowed)|(?:don't|do not|may not) have permission) to (?:send|post|submit|mail|deliver|contact|connect)\b/i,
        /\brejected by (?:the )?recipients?\b|\brecipient(?:'s)? (?:reject|block) ?list\b|\buser's reject list\b/i,
        /\bonly accepts? (?:mail|messages|e-?mail) from\b/i,
        /\bpermission to post messages\b/i,
        /\byour access\b.{0,60}\b(?:rejected|denied)\b/i,
        /\bdelivery not authori[sz]ed\b/i,
      ],
    },
    over: ['policy', 'temporarily', 'mailbox-unavailable'],
    samples: [
      [
        'Google Groups',
        '550 5.7.1 The group news you tried to contact may not exist, or you may not have permission to post messages to the group.',
        'final',
      ],
      [
        'Exchange',
        '550 5.7.1 You do not have permission to send to this recipient. For assistance, contact your system administrator.',
        'final',
      ],
      ['QQ', '550 Mail is rejected by recipients [Mbox IP: 192.0.2.1]. https://service.mail.qq.com/'],
      [
        'Cisco IronPort',
        '550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.',
        'greeting',
      ],
      ['Hanmail', "550 You are registered as spammer (by user's reject list)"],
      ['generic', '550 5.7.1 Delivery not authorized, message refused'],
      ['generic', '550 5.7.1 You are not allowed to connect, temporarily'],
      ['generic', '550 Not permitted to send to this mailbox: mailbox unavailable'],
    ],
  },
];
