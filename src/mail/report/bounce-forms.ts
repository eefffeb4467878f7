// How reports look that have no standard form: one row for each program or provider, with how it is known, where the
// recipient stands, and the samples (files of test/corpus/reports) that it was made from and is tested with.
//
// The first row that matches counts. Patterns are tried on 32 KiB of text at most and have bounded repetitions, so that no text
// makes them slow. `recipient` finds the address as its first group; without it the generic search is used.

export interface BounceForm {
  readonly id: string;
  /** All that are given must match. */
  readonly when: {
    readonly text?: RegExp;
    readonly subject?: RegExp;
    readonly from?: RegExp;
  };
  /** Default: failed. */
  readonly action?: 'delayed';
  /** Global and multi-line. */
  readonly recipient?: RegExp;
  readonly samples: readonly string[];
}

const ANGLE_COLON = /^<([^<>\s]{1,64}@[^<>\s]{1,255})>(?: \([^()\n]{1,300}\))?:/gm;
const ANGLE_LINE = /^[ \t]{0,8}<([^<>\s]{1,64}@[^<>\s]{1,255})>[ \t]{0,8}$/gm;
const BARE_LINE = /^[ \t]{1,8}([^\s<>@:;,"()]{1,64}@[^\s<>@:;,"()]{1,255})(?: \([^()\n]{1,300}\))?:?[ \t]{0,8}$/gm;
const LINE_START =
  /^[ \t]{0,8}<?([^\s<>@:;,"()]{1,64}@[^\s<>@:;,"()]{1,255}?)>?(?: on \d.{0,60}|:| \(.{1,80}\))?[ \t]{0,8}$/gm;

export const BOUNCE_FORMS: readonly BounceForm[] = [
  {
    id: 'qmail',
    when: { text: /^Hi\. This is the (?:qmail-send|deliver|MTA) program at /m },
    recipient: ANGLE_COLON,
    samples: ['qmail-no-mailbox', 'qmail-two-recipients', 'qmail-host-not-found', 'qmail-too-long'],
  },
  {
    id: 'yahoo-words',
    when: {
      text: /^(?:Message from {1,2}yahoo\.|Sorry, we were unable to deliver your message to the following address)/m,
    },
    recipient: ANGLE_COLON,
    samples: ['yahoo-no-account', 'yahoo-unable'],
  },
  {
    id: 'exim-delayed',
    when: {
      text: /^(?:A message that you sent has not yet been delivered|A message that you have sent has been delayed)/m,
    },
    action: 'delayed',
    recipient: BARE_LINE,
    samples: ['exim-delayed'],
  },
  {
    id: 'exim',
    when: {
      text: /^This message was created automatically by (?:the )?mail (?:delivery|transport) (?:software|system)/m,
    },
    recipient: BARE_LINE,
    samples: ['exim-failed', 'exim-quota', 'exim-retry-timeout', 'exim-without-report'],
  },
  {
    id: 'postfix-delayed',
    when: { text: /THIS IS A WARNING ONLY\. {1,2}YOU DO NOT NEED TO RESEND YOUR MESSAGE/ },
    action: 'delayed',
    recipient: ANGLE_COLON,
    samples: ['postfix-words-delayed'],
  },
  {
    id: 'postfix',
    when: { text: /^This is the (?:mail system at host|Postfix program at host)/m },
    recipient: ANGLE_COLON,
    samples: ['postfix-words'],
  },
  {
    id: 'sendmail-delayed',
    when: { text: /-{3} The following addresses had transient non-fatal errors -{3}/ },
    action: 'delayed',
    recipient: ANGLE_LINE,
    samples: ['sendmail-words-delayed'],
  },
  {
    id: 'sendmail',
    when: {
      text: /-{3} The following address(?:es|\(es\))? had (?:permanent fatal errors|delivery (?:errors|problems)) -{3}/,
    },
    recipient: ANGLE_LINE,
    samples: ['sendmail-words', 'mdaemon', 'aol-words'],
  },
  {
    id: 'exchange-classic',
    when: { text: /^[ \t]{0,8}The following recipient\(s\) (?:could not be reached|cannot be reached):/im },
    recipient:
      /^[ \t]{0,8}(?:Recipient: \[SMTP:)?'?([^\s<>@:;,"'()[\]]{1,64}@[^\s<>@:;,"'()[\]]{1,255})'?\]?(?: on \d.{0,60})?[ \t]{0,8}$/gm,
    samples: ['exchange-2003', 'hmailserver', 'mailenable'],
  },
  {
    id: 'exchange',
    when: { text: /^[ \t]{0,8}Delivery has failed to these recipients or (?:groups|distribution lists):/im },
    recipient:
      /^(?:[^\n(]{0,200}\()?([^\s<>@:;,"()]{1,64}@[^\s<>@:;,"()]{1,255})\)?(?:<mailto:[^<>\n]{1,320}>)?[ \t]{0,8}$/gm,
    samples: ['exchange-2010-words', 'exchange-html-only'],
  },
  {
    id: 'office365',
    when: { text: /^[ \t]{0,8}Your message to <?[^\s<>]{1,320}>? couldn(?:'|’)t be delivered\.?/m },
    recipient: /Your message to <?([^\s<>]{1,64}@[^\s<>]{1,255}?)>? couldn(?:'|’)t be delivered/gm,
    samples: ['office365-words', 'workmail'],
  },
  {
    id: 'office365-delayed',
    when: { subject: /^Delivery delayed:/i, text: /^Delivery (?:is|to these recipients .{0,40}is) delayed/im },
    action: 'delayed',
    recipient:
      /^(?:[^\n(]{0,200}\()?([^\s<>@:;,"()]{1,64}@[^\s<>@:;,"()]{1,255})\)?(?:<mailto:[^<>\n]{1,320}>)?[ \t]{0,8}$/gm,
    samples: ['exchange-delayed-words'],
  },
  {
    id: 'gmail-delayed',
    when: {
      text: /^(?:Delivery to the following recipient has been delayed:|\*\* (?:Delivery incomplete|Message delayed) \*\*)/m,
    },
    action: 'delayed',
    recipient:
      /^(?:[ \t]{1,8}|There was a temporary problem delivering your message to )([^\s<>@:;,"()]{1,64}@[^\s<>@:;,"()]{1,255}?)\.?(?: Gmail will retry.{0,60})?[ \t]{0,8}$/gm,
    samples: ['gmail-delayed-words'],
  },
  {
    id: 'gmail',
    when: {
      text: /^(?:Delivery to the following recipients? failed permanently:|\*\* (?:Address not found|Message blocked|Message not delivered|Recipient inbox full|Message too large|Domain not found) \*\*)/m,
    },
    recipient:
      /^(?:[ \t]{1,8}|Your message (?:wasn't delivered to|to) )<?([^\s<>@:;,"()]{1,64}@[^\s<>@:;,"()]{1,255}?)>?\.?(?: (?:because|has been blocked|couldn't be).{0,200})?[ \t]{0,8}$/gm,
    samples: ['gmail-address-not-found-words', 'gmail-old-words'],
  },
  {
    id: 'domino',
    when: { text: /^[ \t]{0,8}was not delivered to:/m },
    recipient: BARE_LINE,
    samples: ['domino'],
  },
  {
    id: 'groupwise',
    when: { text: /^The message that you sent was undeliverable to the following:/m },
    recipient: /^[ \t]{1,8}([^\s<>@:;,"()]{1,64}@[^\s<>@:;,"()]{1,255})/gm,
    samples: ['groupwise'],
  },
  {
    id: 'communigate',
    when: { text: /^Failed to deliver to '<?[^\s'<>]{1,320}>?'/m },
    recipient: /^Failed to deliver to '<?([^\s'<>]{1,64}@[^\s'<>]{1,255}?)>?'/gm,
    samples: ['communigate'],
  },
  {
    id: 'imail',
    when: {
      text: /^(?:Unknown user|User mailbox exceeds allowed size|Invalid final delivery userid|Could not deliver mail to this user|Delivery failed(?: \d{1,3} attempts)?): \S{1,320}/m,
    },
    recipient:
      /^(?:Unknown user|User mailbox exceeds allowed size|Invalid final delivery userid|Could not deliver mail to this user|Delivery failed(?: \d{1,3} attempts)?): <?([^\s<>]{1,64}@[^\s<>]{1,255}?)>?[ \t]{0,8}$/gm,
    samples: ['imail'],
  },
  {
    id: 'xmail',
    when: { text: /XMail bounce: Rcpt=\[/ },
    recipient: /XMail bounce: Rcpt=\[([^\s[\]]{1,64}@[^\s[\]]{1,255})\]/g,
    samples: ['xmail'],
  },
  {
    id: 'smail',
    when: { text: /Failed addresses follow: -{5}/ },
    recipient: /^[ \t]{0,8}<([^<>\s]{1,64}@[^<>\s]{1,255})> \.\.\./gm,
    samples: ['smail'],
  },
  {
    id: 'courier',
    when: { text: /^Your message to the following recipients? cannot be delivered:/m },
    recipient: ANGLE_COLON,
    samples: ['courier-words'],
  },
  {
    id: 'amazon',
    when: { text: /^An error occurred while trying to deliver the mail to the following recipients:/m },
    recipient: LINE_START,
    samples: ['ses-words'],
  },
  {
    id: 'german',
    when: {
      text: /^[^\n]{0,120}(?:(?:konnte|konnten) (?:leider )?nicht (?:zugestellt|ausgeliefert|übermittelt) werden|(?:ist|war) (?:leider )?nicht zustellbar|nicht zugestellt werden konnte)/im,
    },
    samples: ['german-gmx', 'german-t-online', 'german-exchange'],
  },
  {
    id: 'french',
    when: {
      text: /^[^\n]{0,120}(?:n'a pas pu être (?:remis|délivré|distribué|transmis)|n'est pas parvenu|Échec de la remise|La remise a échoué)/im,
    },
    samples: ['french-orange', 'french-exchange'],
  },
  {
    id: 'spanish',
    when: {
      text: /^[^\n]{0,120}(?:no (?:se )?(?:pudo|ha podido|puede) (?:ser )?entrega(?:r|rse|do)|No se pudo entregar|Error de entrega)/im,
    },
    samples: ['spanish'],
  },
  {
    id: 'italian',
    when: {
      text: /^[^\n]{0,120}(?:non (?:è stato possibile|può essere|è stato) (?:consegnare|recapitat[oa]|consegnat[oa])|Impossibile recapitare)/im,
    },
    samples: ['italian'],
  },
  {
    id: 'portuguese',
    when: { text: /^[^\n]{0,120}(?:não (?:pôde|pode|foi) (?:ser )?(?:entregue|enviada)|Não foi possível entregar)/m },
    samples: ['portuguese-uol'],
  },
  {
    id: 'dutch',
    when: { text: /^[^\n]{0,120}(?:kon niet (?:worden )?(?:afgeleverd|bezorgd)|niet worden (?:afgeleverd|bezorgd))/m },
    samples: ['dutch'],
  },
  {
    id: 'polish',
    when: { text: /^[^\n]{0,120}nie (?:została?|mogła zostać) dostarczon[ay]/m },
    samples: ['polish'],
  },
  {
    id: 'russian',
    when: { text: /^[^\n]{0,120}(?:не (?:может быть|было|удалось) доставлен?[оаить]{0,3}|Письмо не доставлено)/m },
    samples: ['russian-mail-ru'],
  },
  {
    id: 'japanese',
    when: {
      text: /^[^\n]{0,120}(?:送信できませんでした|配信できませんでした|配送できませんでした|お届けできませんでした|送信出来ませんでした)/im,
    },
    samples: ['japanese', 'japanese-mobile'],
  },
  {
    id: 'chinese',
    when: { text: /^[^\n]{0,120}(?:邮件(?:被退回|无法|未能)|无法(?:投递|送达)|退信)/m },
    samples: ['chinese-qq'],
  },
  {
    id: 'korean',
    when: { text: /^[^\n]{0,120}(?:메일이? ?(?:발송|전송|전달)(?:에|이|되지) ?(?:실패|않았))/m },
    samples: ['korean'],
  },
];

/** Names of those who speak for a mail system. */
export const DAEMON =
  /(?:mailer[-_ .]?daemon|mail[-_ ]?(?:delivery|administrator|robot|system)|post[-_ ]?master|delivery[-_ ](?:sub)?system|microsoft ?exchange|no-?reply-bounce|mdaemon|autobounce|bounce[-_]?(?:notification)?)(?:\b|@|")/i;

/** Subjects of reports whose text has none of the forms above. */
export const FAILURE_SUBJECT =
  /undeliver|not deliver|(?:delivery|mail).{0,30}(?:fail|status|notif|problem|error|report)|returned (?:mail|to sender)|failure (?:notice|delivery)|nicht zustellbar|unzustellbar|zustellung.{0,20}(?:fehl|nicht)|non remis|échec|no se (?:pudo|puede) entregar|mancata consegna|não entregue|onbestelbaar|niet bezorgd|niedostarczon|недостав|не доставлен|配信不能|配信エラー|送信エラー|退信|退回|반송/i;

export const DELAY_SUBJECT =
  /delay|warning: (?:message|could not)|still being retried|verzögert|en retard|demorad|ritardat|задерж|遅延/i;
