// First layer of the bounce rules, second part: providers of one country or trade, and filters in front of companies.
import type { BounceRule } from './rule.ts';

export const REGIONAL_PROVIDER_RULES: readonly BounceRule[] = [
  {
    id: 'orange-laposte-refused',
    type: 'Blocked',
    // "Try later" although the sender is on their list: retries within days do not pass.
    when: { class: 5, text: [/service refuse\. veuillez essayer plus tard/i] },
    samples: [
      [
        'La Poste',
        '550 5.5.0 Service refuse. Veuillez essayer plus tard. service refused, please try later. LPN007_510',
        'final',
      ],
      ['Orange', '550 5.7.1 Service refuse. Veuillez essayer plus tard. service refused, please try later.', 'mail'],
    ],
  },
  {
    id: 'orange-spam',
    type: 'SpamNotification',
    when: { text: [/\bOFR_50\d\b/i] },
    samples: [['Orange', '550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]', 'final']],
  },
  {
    id: 't-online-reputation',
    type: 'Blocked',
    when: { text: [/\bIP=\S{2,45} - /i, /@rx\.t-online\.de/i] },
    samples: [
      [
        'T-Online',
        '554 IP=192.0.2.1 - A problem occurred. Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify. (BL)',
        'greeting',
      ],
      [
        'T-Online',
        '554 IP=192.0.2.1 - None/bad reputation. Ask your postmaster for help or to contact tobr@rx.t-online.de for reset. (NOWL)',
        'greeting',
      ],
      [
        'T-Online',
        '554 IP=192.0.2.1 - Dialup/transient IP not allowed. Use a mailgateway or contact toda@rx.t-online.de if obsolete. (DIAL)',
        'greeting',
      ],
    ],
  },
  {
    id: 'comcast-block',
    type: 'Blocked',
    when: { text: [/comcast\.net\/smtp-error-codes\.php#(?:BL|RL|ES)/i] },
    samples: [
      [
        'Comcast',
        '554 resimta-c1p-001.sys.comcast.net comcast 192.0.2.1 Comcast BL004 Blocked for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000',
        'greeting',
      ],
      [
        'Comcast',
        '421 4.1.0 192.0.2.1 Throttled - try again later. Please see https://postmaster.comcast.net/smtp-error-codes.php#RL000010',
        'mail',
      ],
    ],
  },
  {
    id: 'provider-acceptable-use',
    type: 'Blocked',
    when: { text: [/\bAUP#[A-Z]/] },
    samples: [
      ['Cox', '554 eastrmimpi209 cox 192.0.2.1 is blocked. Please see error code AUP#CXBL', 'greeting'],
      [
        'Spectrum',
        '550 5.1.0 <news@example.com> sender rejected. Please see https://www.spectrum.net/support/internet/understanding-email-error-codes AUP#Out-1130',
        'mail',
      ],
    ],
  },
  {
    id: 'qq-frequency',
    type: 'Blocked',
    // Limits by the minute, the hour or the day.
    passing: true,
    when: { text: [/(?:connection|ip|domain|sender) frequency limited/i] },
    samples: [
      [
        'QQ',
        '550 Ip frequency limited [mzFGk3Jt2vI/ IP: 192.0.2.1]. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725',
      ],
      [
        'QQ',
        '550 Domain frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722',
        'mail',
      ],
      [
        'QQ',
        '550 Connection frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722',
        'greeting',
      ],
    ],
  },
  {
    id: 'qq-mailbox-flooded',
    type: 'SoftBounce',
    // Said while a mailbox receives too much at once, and not of a mailbox that is not there.
    passing: true,
    when: { text: [/mailbox unavailable or access denied/i] },
    samples: [
      [
        'QQ',
        '550 Mailbox unavailable or access denied [MPkRRKvQ8g IP: 192.0.2.1]. https://service.mail.qq.com/detail/122/57',
      ],
    ],
  },
  {
    id: 'netease-spam',
    type: 'SpamNotification',
    when: { text: [/\bDT:(?:SPM|SUM)\b/] },
    samples: [
      [
        '163.com',
        '554 DT:SPM 163 smtp12,EMCowAA3n4wZ7fNeuQxwAg--.4S2 1593044122,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
        'final',
      ],
      [
        '126.com',
        '451 DT:SPM 126 mx12,kcCowADXf3b2YehdSZX2CA--.2S2 1575510519,please try again https://help.163.com',
        'final',
      ],
    ],
  },
  {
    id: 'netease-sender',
    type: 'Blocked',
    when: { text: [/\b(?:HL|MI|RP|WM|IP|DT):(?!SPM\b|SUM\b)[A-Z]{3}\b/] },
    samples: [
      [
        '163.com',
        '421 HL:REP 163 mx8,TMCowABXZnVEGXhTT45VBA--.2S3 1400379716,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
        'greeting',
      ],
      ['163.com', '550 MI:SPF 163 mx14,OMCowEDJg0sQ1AVRQyKTBg--.2S2 1359336465', 'mail'],
      ['163.com', '450 DT:RBL 163 mx1,please see http://mail.163.com/help/help_spam_16.htm', 'final'],
    ],
  },
  {
    id: 'naver-unregistered',
    type: 'Blocked',
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
    id: 'hanmail-spam',
    type: 'SpamNotification',
    when: { text: [/blocked automatically by anti-spam system/i] },
    samples: [
      ['Hanmail', '554 5.7.1 DAS51 2192.0.2.1: Your mail is blocked automatically by anti-spam system. (E06)', 'final'],
    ],
  },
  {
    id: 'mimecast-signature',
    type: 'SpamNotification',
    when: { text: [/MCSpamSignature/i] },
    samples: [
      [
        'Mimecast',
        '554 Email rejected due to security policies - MCSpamSignature.sa.123.456 - https://community.mimecast.com/docs/DOC-1369#554 [Kq2JkU9jMvC0sg.uk123]',
        'final',
      ],
    ],
  },
  {
    id: 'mimecast-greylist',
    type: 'SoftBounce',
    when: { class: 4, text: [/internal resources? (?:are|is)? ?temporarily unavailable/i] },
    samples: [
      [
        'Mimecast',
        '451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [Fk2JkU9jMvC0sg.us221]',
      ],
    ],
  },
  {
    id: 'ironport-address',
    type: 'HardBounce',
    when: { status: /^1\.0$/, text: [/^(?:#5\.1\.0 )?address rejected\.?$/i] },
    samples: [
      ['Cisco IronPort', '550 #5.1.0 Address rejected.'],
      ['Cisco IronPort', '550 5.1.0 Address rejected'],
    ],
  },
  {
    id: 'att-dns-list',
    type: 'Blocked',
    when: { text: [/DNSBL:\S{1,20} \d/, />_is_blocked/i] },
    samples: [
      [
        'AT&T',
        '553 5.3.0 flpd576 DNSBL:RBL 521< 192.0.2.1 >_is_blocked.For assistance forward this error to abuse_rbl@abuse-att.net',
        'mail',
      ],
    ],
  },
];
