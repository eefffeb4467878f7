// Bounce rules by words, second part: who sends, from where, and how it is judged.
import type { BounceRule } from './rule.ts';

export const SENDER_RULES: readonly BounceRule[] = [
  {
    id: 'greylist',
    type: 'SoftBounce',
    passing: true,
    when: { words: [/\bgr[ae]y-? ?list/i, /\bplease come back in\b/i, /\bpostgrey\b/i] },
    over: ['try-later', 'temporarily'],
    samples: [
      [
        'Postfix with Postgrey',
        '450 4.2.0 <someone@example.com>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.com.html',
      ],
      ['milter-greylist', '451 4.7.1 Greylisting in action, please come back in 00:04:59'],
      ['Rspamd', '451 4.7.1 Try again later (greylisted)', 'final'],
      ['Zoho', '451 4.7.1 Greylisted, try again after some time'],
      ['Exim', '451 Greylisted - please try again in 5 minutes'],
      ['generic', '550 Temporarily greylisted, resend after 300 seconds'],
    ],
  },
  {
    id: 'sender-authentication',
    type: 'Blocked',
    when: { words: [/\bspf\b/i, /\bsender policy framework\b/i, /\bdkim\b/i, /\bdomainkeys\b/i, /\bopenspf\b/i] },
    over: ['sender-refused', 'policy', 'restricted'],
    samples: [
      [
        'GMX',
        '550 <news@example.com>: Reject due to SPF policy. The originating IP of the message is not permitted by the domain owner',
        'mail',
      ],
      [
        'Postfix',
        '550 5.7.23 <someone@example.com>: Recipient address rejected: Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=news@example.org;ip=192.0.2.1',
      ],
      [
        'Exchange Online',
        '550 5.7.23 The message was rejected because of Sender Policy Framework violation -> 550 5.7.23 : SPF Checks: Invalid sender',
        'final',
      ],
      [
        'GoDaddy',
        "550 5.1.0 192.0.2.1 is not allowed to send from <example.com> per it's SPF Record. Please inspect your SPF settings, and try again. IB508",
        'mail',
      ],
      ['Cisco IronPort', '550 #5.7.1 SPF unauthorized mail is prohibited.', 'mail'],
      ['generic', '550 SPF: 192.0.2.1 is not allowed to send mail for example.com', 'mail'],
      [
        'Gmail',
        '550 5.7.30 This mail has been blocked because DKIM does not pass. Gmail requires all large senders to authenticate with DKIM.',
        'final',
      ],
    ],
  },
  {
    id: 'block-list',
    type: 'Blocked',
    when: {
      words: [
        /\b(?:block|black|deny) ?-?list(?:ed|ing)?\b/i,
        /\b(?:dns|r|uri)bl\b|\bdns_rbl\b/i,
        /\bspam(?:haus|cop|rats)\b|\bsorbs\b|\buceprotect\b|\babuseat\b|\binvaluement\b|\bbarracuda ?central\b/i,
        /\bblocked using\b/i,
        /(?<!not )\blisted (?:at|in|by|on) \S/i,
        /\bpart of their network is on\b/i,
        /\bwe do not accept mail from spammers\b/i,
        /\bsuspected spam sender\b/i,
      ],
    },
    over: ['reputation', 'spam', 'sender-refused', 'policy'],
    samples: [
      [
        'Postfix',
        '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1',
      ],
      [
        'GMX',
        '554 gmx.net (mxgmx104) Nemesis ESMTP Service not available No SMTP service IP address is block listed. For explanation visit https://postmaster.gmx.net/en/case?c=r0201&i=ip&v=192.0.2.1',
        'greeting',
      ],
      [
        'iCloud',
        '550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL -- see https://www.spamhaus.org/dbl/',
        'final',
      ],
      [
        'Barracuda',
        '554 Service unavailable; Client host [mail.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1',
        'greeting',
      ],
      ['Exim', '550 192.0.2.1 is listed at bl.spamcop.net. Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.1'],
      ['Sendmail', '550 5.7.1 Rejected: 192.0.2.1 listed at zen.spamhaus.org', 'mail'],
      ['Rackspace', '554 5.7.1 ACL dns_rbl; Client host [192.0.2.1] blocked using rbl.rackspace.example', 'rcpt'],
      ['Sendmail', '550 5.0.0 <someone@example.com>... We do not accept mail from spammers', 'rcpt'],
      ['QQ', '550 Suspected spam sender. http://service.mail.qq.com/', 'mail'],
      ['generic', '550 5.7.1 Sender refused by the DNSBL; your domain has a poor reputation', 'mail'],
    ],
  },
  {
    id: 'client-dns',
    type: 'Blocked',
    when: {
      words: [
        /\breverse (?:dns|hostname|lookup|mapping|address)|\brdns\b|\bptr\b/i,
        /\bcannot find your (?:reverse )?hostname\b/i,
        /\bhelo\b|\behlo\b/i,
        /\b(?:dynamic|dial-?up|residential|generic) (?:ip|address|host|range|pool|space)/i,
        /\bforged hostname\b/i,
        /\bip name lookup failed\b/i,
      ],
    },
    over: ['relay-denied', 'domain-not-found-now', 'dns-trouble', 'try-later', 'policy'],
    samples: [
      ['Postfix', '450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]'],
      ['Postfix', '450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]'],
      ['Rackspace', '450 4.7.1 Client host 192.0.2.1 has no PTR record (G1F)', 'greeting'],
      [
        'GMX',
        '554 gmx.net (mxgmx007) Nemesis ESMTP Service not available No SMTP service Bad DNS PTR resource record. For explanation visit https://postmaster.gmx.net/en/case?c=rdns&i=ip&v=192.0.2.1',
        'greeting',
      ],
      ['Postfix', '504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname'],
      ['Postfix', '450 4.7.1 <mail.example.org>: Helo command rejected: Host not found'],
      ['Comcast', '421 Reverse DNS failure : Try again later', 'greeting'],
      [
        'Gmail',
        '550 5.7.25 The IP address sending this message does not have a PTR record setup, or the corresponding forward DNS entry does not point to the sending IP. a1si123 - gsmtp',
        'final',
      ],
      ['Sendmail', '550 5.7.1 <someone@example.com>... Relaying denied. IP name lookup failed [192.0.2.1]'],
      ['generic', '550 5.7.1 Mail from dynamic IP space refused by policy, access denied', 'mail'],
      ['CompuServe', '554 Refused. Your reverse DNS entry contains your IP address and a country code.', 'greeting'],
    ],
  },
  {
    id: 'reputation',
    type: 'Blocked',
    when: {
      words: [
        /\b(?:poor|bad|low) (?:ip |domain |sender |email )?reputation\b/i,
        /\breputation of (?:the|your)\b/i,
        /\bsender ?base\b/i,
      ],
    },
    over: ['restricted', 'policy'],
    samples: [
      [
        'Cisco IronPort',
        "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
        'greeting',
      ],
      ['Mimecast', '550 csi.mimecast.org Poor Reputation Sender. - https://community.mimecast.com/docs/DOC-1369#550'],
      [
        'Cloudmark',
        '554 5.7.1 Connection refused. 192.0.2.1 has a poor reputation on Cloudmark Sender Intelligence (CSI).',
        'greeting',
      ],
    ],
  },
  {
    id: 'sender-refused',
    type: 'Blocked',
    when: {
      words: [
        /\bsender(?:'s)?(?: e-?mail)?(?: address| domain| verify| verification| is| was| has been)?(?: is| was)? (?:rejected|denied|refused|blocked|banned|invalid|failed|unknown|not allowed|unverified|does not exist|undeliverable)/i,
        /\b(?:invalid|unknown|unverified|bad) sender\b/i,
        /\b(?:domain of sender|sender domain|envelope sender)\b/i,
        /\bsend(?:er|ing) (?:ip|host|server) (?:is )?(?:blocked|banned|rejected|denied)/i,
        /\bverification failed for\b/i,
        /\bhost denies the sender\b/i,
        /\banti-?spoofing\b/i,
      ],
    },
    over: ['domain-not-found-now', 'no-such-mailbox', 'policy', 'restricted'],
    samples: [
      ['Postfix', '450 4.1.8 <news@example.org>: Sender address rejected: Domain not found'],
      ['Sendmail', '553 5.1.8 <news@example.org>... Domain of sender address news@example.org does not exist', 'mail'],
      ['qmail', '553 sorry, your envelope sender domain must exist (#5.7.1)', 'mail'],
      ['Exim', '550 Verification failed for <news@example.org> No Such User Here Sender verify failed'],
      ['Exchange', '550 5.1.0 Sender denied', 'mail'],
      ['Postfix', '501 5.1.7 Bad sender address syntax', 'mail'],
      [
        'Mimecast',
        '550 Rejected by header based Anti-Spoofing policy: news@example.org - https://community.mimecast.com/docs/DOC-1369#550 [x1]',
        'final',
      ],
      ['Coremail', '553 host denies the sender', 'mail'],
      ['generic', '550 5.7.1 Sender address rejected: not authorized to send to this recipient', 'rcpt'],
    ],
  },
  {
    id: 'relay-denied',
    type: 'Blocked',
    // A server that does not know the domain: often a move of the domain in progress, so the address stays active.
    when: {
      words: [
        /\brelay(?:ing)?(?: access| operation)? (?:is )?(?:denied|rejected|prohibited|not permitted|not allowed|disallowed)/i,
        /\b(?:unable|not permitted|not allowed|cannot) to relay\b/i,
        /\b(?:denies|refuses|we do not) relay/i,
        /\brcpthosts\b/i,
        /\bmail relay denied\b/i,
      ],
    },
    over: ['policy'],
    samples: [
      ['Postfix', '554 5.7.1 <someone@example.com>: Relay access denied'],
      ['Exim', '550 relay not permitted'],
      ['qmail', "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"],
      ['Exchange', '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain'],
      ['Barracuda', '550 5.7.0 Mail relay denied'],
      ['Sendmail', '550 5.7.1 <someone@example.com>... Relaying denied'],
    ],
  },
  {
    id: 'spam',
    type: 'SpamNotification',
    when: {
      words: [
        /\bspam\b/i,
        /\bunsolicited\b|\bjunk ?mail\b|\bphish(?:ing)?\b|\bu[bc]e\b/i,
        /\bcontent (?:was |has been |is )?(?:rejected|denied|refused)\b/i,
        /\bcontent (?:reject|filter)/i,
      ],
    },
    over: ['policy', 'try-later', 'temporarily'],
    samples: [
      [
        'Mail.ru',
        '550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc or report details to abuse@corp.mail.ru. Error code: 1A2B. ID: 00000.',
        'final',
      ],
      [
        'Yandex',
        '554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1593044122-AbCdEf',
        'final',
      ],
      ['Free.fr', '550 spam detected', 'final'],
      ['T-Online', '550 5.7.0 Message considered as spam or virus, rejected', 'final'],
      [
        'GoDaddy',
        '552 5.2.0 9qos1t0 - This message has been rejected due to content judged to be spam by the internet community IB212',
        'final',
      ],
      ['amavisd', '554 5.7.0 Reject, id=05768-01 - spam', 'final'],
      ['Rspamd', '554 5.7.1 Spam message rejected', 'final'],
      ['Exim', '550 This message was classified as SPAM and may not be delivered', 'final'],
      ['Barracuda', '554 rejected due to spam content', 'final'],
      ['Cisco IronPort', '554 5.7.1 Message blocked due to spam content in the message.', 'final'],
      [
        'QQ',
        '550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726',
        'final',
      ],
      ['SFR', '550 5.7.1 Message content rejected', 'final'],
      [
        'generic',
        '554 Transaction failed Unsolicited mail, rejected. For explanation visit https://postmaster.gmx.net/en/case?c=spam',
        'final',
      ],
      ['Coremail', '552 message rejected by anti-spam engine', 'final'],
      [
        'generic',
        '553 5.7.1 Message filtered as unsolicited by policy; it was temporarily rejected, try again later',
        'final',
      ],
    ],
  },
];
