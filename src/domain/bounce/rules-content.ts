// Bounce rules by words, first part: what is wrong with the message itself.
import type { BounceRule } from './rule.ts';

export const CONTENT_RULES: readonly BounceRule[] = [
  {
    id: 'undecided-host',
    type: 'Unknown',
    // A hosting panel's text for everything that it refuses: it names three reasons and means any of them.
    when: { words: [/\bthe account or domain may not exist, they may be blacklisted\b/i] },
    over: ['block-list', 'no-such-mailbox'],
    samples: [
      [
        'cPanel',
        '550 The mail server could not deliver mail to someone@example.com. The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.',
      ],
    ],
  },
  {
    id: 'virus',
    type: 'VirusNotification',
    when: { words: [/(?<!anti-)(?<!anti)(?<!anti )(?<!spam or )\b(?:virus|viruses|malware|trojan|infected|eicar)\b/i] },
    samples: [
      ['Zoho', '552 5.7.1 virus Eicar-Test-Signature detected by Zoho Mail', 'final'],
      ['amavisd', '554 5.7.0 Reject, id=12345-08 - INFECTED: Win.Test.EICAR_HDB-1', 'final'],
      ['Barracuda', '554 rejected due to virus', 'final'],
      ['Exim with ClamAV', '550 This message contains malware (Eicar-Test-Signature)', 'final'],
      ['Coremail', '552 Virus found', 'final'],
    ],
  },
  {
    id: 'challenge',
    type: 'ChallengeVerification',
    when: {
      words: [
        /challenge[- ]?response/i,
        /\b(?:confirm|verify|prove) (?:that )?you are (?:a |not a )?(?:human|real|person|robot|spammer|machine)/i,
        /\b(?:confirm|authenticate) your (?:message|e-?mail|identity) (?:at|by|on|to)\b/i,
      ],
    },
    over: ['try-later'],
    samples: [
      [
        'challenge filter',
        '550 5.7.1 This mailbox is protected by a challenge-response filter. Visit https://filter.example.net/c/1a2b to be let through.',
        'final',
      ],
      [
        'challenge filter',
        '450 4.7.1 Please confirm that you are a human at https://filter.example.net/c/1a2b and try again later',
        'rcpt',
      ],
      [
        'challenge filter',
        '550 5.7.1 Authenticate your message at https://filter.example.net/auth, it is kept for 7 days',
        'final',
      ],
    ],
  },
  {
    id: 'dmarc-lookup',
    type: 'DnsError',
    when: { class: 4, words: [/\bdmarc\b.{0,40}\b(?:lookup|dns|temporary|temperror|timeout)/i, /temporary dmarc/i] },
    over: ['dmarc', 'dns-trouble', 'temporarily'],
    samples: [['Rackspace', '450 4.4.0 <someone@example.com> Temporary DMARC DNS lookup failure (G1E)', 'final']],
  },
  {
    id: 'dmarc',
    type: 'DMARCPolicy',
    when: { words: [/\bdmarc\b/i] },
    over: ['sender-refused', 'policy'],
    samples: [
      [
        'Gmail',
        "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy. Please contact the administrator of example.com domain if this was a legitimate mail. To learn about the DMARC initiative, go to https://support.google.com/mail/?p=DmarcRejection a1si123 - gsmtp",
        'final',
      ],
      [
        'Exchange Online',
        '550 5.7.509 Access denied, sending domain EXAMPLE.COM does not pass DMARC verification and has a DMARC policy of reject.',
        'final',
      ],
      [
        'iCloud',
        "550 5.7.1 Your message was rejected due to example.com's DMARC policy. See https://support.apple.com/en-us/HT204137 for",
        'final',
      ],
      [
        'Mail.ru',
        '550 5.7.1 This message was not accepted due to domain owner DMARC policy (RFC 7489) https://help.mail.ru/mail-help/postmaster/dmarc',
        'final',
      ],
      ['Zoho', '550 5.7.1 Email rejected per DMARC policy for example.com', 'final'],
      ['QQ', '550 DMARC check failed. http://service.mail.qq.com/cgi-bin/help?subtype=1&&no=1001508&&id=16', 'final'],
      [
        'Comcast',
        '550 5.2.0 dW4xz00D Message rejected due to DMARC. Please see http://postmaster.comcast.net/smtp-error-codes.php#DM000001',
        'final',
      ],
      [
        'Mimecast',
        '550 DMARC Sender Invalid - envelope rejected - https://community.mimecast.com/docs/DOC-1369#550',
        'final',
      ],
    ],
  },
  {
    id: 'attachment',
    type: 'Blocked',
    when: {
      words: [
        /\b(?:attachments?|file ?type|file ?name extension)\b.{0,60}\b(?:not allowed|not accepted|forbidden|prohibited|blocked|illegal|banned|rejected)/i,
        /\b(?:illegal|banned|forbidden|prohibited|dangerous|blocked) (?:attachment|file|content)/i,
        /\bBANNED: /,
        /content presents a potential security issue/i,
      ],
    },
    over: ['policy'],
    samples: [
      [
        'Gmail',
        '552 5.7.0 This message was blocked because its content presents a potential security issue. To review our message content and attachment content guidelines, go to https://support.google.com/mail/?p=BlockedMessage a1si123 - gsmtp',
        'final',
      ],
      ['amavisd', '554 5.7.0 Reject, id=12345-01 - BANNED: application/octet-stream,.exe,setup.exe', 'final'],
      ['generic', '550 Attachments of type .scr are not accepted here', 'final'],
      ['Barracuda', '554 rejected due to banned content', 'final'],
    ],
  },
  {
    id: 'too-big',
    type: 'SoftBounce',
    when: {
      words: [
        /\b(?:message|mail|e-?mail|content) ?(?:file )?(?:size|length)\b.{0,40}\b(?:exceed|exceeds|exceeded|limit|too)\b/i,
        /\b(?:message|mail|e-?mail|content) (?:file )?(?:is |was )?too (?:big|large|long)\b/i,
        /\bexceed(?:s|ed)?\b.{0,40}\b(?:message|mail|e-?mail)(?:'s)? size\b/i,
        /\bexceeds? my databytes limit\b/i,
        /\bRecipSizeLimit\b/,
      ],
    },
    samples: [
      [
        'Gmail',
        "552 5.3.4 Your message exceeded Google's message size limits. To view our message size guidelines, go to https://support.google.com/mail/?p=MaxSizeError a1si123 - gsmtp",
        'final',
      ],
      ['Postfix', '552 5.3.4 Message size exceeds fixed limit', 'mail'],
      ['Exim', '552 Message size exceeds maximum permitted', 'mail'],
      ['Sendmail', '552 5.2.3 Message size exceeds fixed maximum message size (10485760)', 'mail'],
      ['qmail', '552 sorry, that message size exceeds my databytes limit (#5.3.4)', 'final'],
      ['Exchange', '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient', 'final'],
      ['generic', '523 5.3.4 the message is too large', 'mail'],
    ],
  },
  {
    id: 'malformed',
    type: 'Blocked',
    when: {
      words: [
        /\b(?:not|non)[- ]?(?:RFC|standards?)[- ]?(?:\d{3,4}[- ])?complian/i,
        /\b(?:missing|invalid|malformed|duplicate|multiple|bad|no valid|without an?) ['"]?(?:header|headers|from|date|message-id|subject)\b/i,
        /\b(?:from|date|message-id): header\b/i,
        /\bbare (?:LF|CR|line ?feed)/i,
      ],
    },
    samples: [
      [
        'Gmail',
        '550 5.7.1 [192.0.2.1] Messages missing a valid address in From: header, or having no From: header, are not accepted. For more information, go to https://support.google.com/mail/?p=RfcMessageNonCompliant a1si123 - gsmtp',
        'final',
      ],
      ['Exim', '550 Missing Date header', 'final'],
      ['qmail', '451 See http://pobox.com/~djb/docs/smtplf.html. bare LF in message', 'final'],
    ],
  },
];
