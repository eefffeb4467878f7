// What servers say in words where they give no code: phrases in many languages, each with the status that it stands for
// (RFC 3463). Used for reports that carry neither an SMTP reply nor an enhanced code.
//
// A phrase for 5.1.1 must be sure: it may end a sender's mail to that address. The first that matches counts.

export interface Phrase {
  readonly status: string;
  readonly text: RegExp;
}

export const PHRASES: readonly Phrase[] = [
  // Given up after trying for long: the address itself was not refused.
  {
    status: '4.4.7',
    text: /retry time(?:out)? (?:not reached|exceeded)|delivery time expired|(?:been )?in the queue too long|message expired|delivery timed? ?out|(?:could not|cannot) be delivered (?:for|within) (?:the last )?\d{1,3} (?:hours|days)|zu lange in der Warteschlange|délai de livraison expiré/i,
  },
  // The mailbox is there, and full.
  {
    status: '4.2.2',
    text: /over (?:its |the )?(?:disk )?quota|quota (?:exceeded|is full)|exceed(?:s|ed) (?:the |its )?(?:allowed |storage |mailbox )?(?:size|quota|allocation)|mailbox (?:is )?(?:full|exceeds)|account is full|not enough (?:storage|disk) space|Speicherplatz.{0,40}(?:erschöpft|überschritten)|Postfach.{0,30}(?:ist )?voll|boîte.{0,40}(?:est )?pleine|quota.{0,20}dépassé|buzón.{0,30}lleno|casella.{0,40}piena|caixa.{0,40}cheia|skrzynk.{0,40}pełna|mailbox.{0,20}vol\b|ящик.{0,40}переполнен|メールボックス.{0,30}(?:いっぱい|容量)|容量.{0,20}超|邮箱(?:空间)?(?:已)?满|空间不足|메일함.{0,20}초과/i,
  },
  // Nobody has this address.
  {
    status: '5.1.1',
    text: /\b(?:no such|unknown|invalid) (?:user|recipient|mailbox|address|account)\b|\b(?:user|recipient|mailbox|address|account|addressee)(?:\(s\))? (?:is )?(?:unknown|not found|does(?: not|n't) exist|(?:could not|couldn't) be found)\b|does(?:n't| not) have an? [\w.-]{1,60} account|not listed in (?:the )?(?:Domino|public Name)|e-?mail account does not exist|no mailbox here by that name|address (?:that )?you entered couldn't be found|\bwasn't found at\b|(?:Benutzer|Empfänger|Empfängeradresse|Postfach|Adresse|Mailadresse).{0,60}(?:unbekannt|existiert nicht|nicht gefunden|ist nicht vorhanden)|(?:adresse|utilisateur|destinataire|boîte).{0,80}(?:n'existe pas|inexistante?|inconnue?|introuvable)|(?:usuario|direcci[oó]n|destinatario|buz[oó]n|cuenta).{0,60}(?:no existe|desconocid[oa]|inexistente)|(?:utente|indirizzo|destinatario|casella).{0,60}(?:sconosciut[oa]|non esiste|inesistente)|(?:usu[aá]rio|endere[cç]o|destinat[aá]rio|conta).{0,60}(?:n[aã]o existe|desconhecid[oa]|inexistente|n[aã]o encontrad[oa])|(?:gebruiker|adres|postvak).{0,60}(?:onbekend|bestaat niet)|(?:użytkownik|adres|konto).{0,60}(?:nie istnieje|nieznany)|(?:пользовател|получател|ящик|адрес).{0,60}(?:не существует|не найден|неизвест)|(?:宛先|ユーザ|メールアドレス|アドレス|あて先).{0,40}(?:存在しません|見つかりません|不明)|(?:收件人|用户|邮箱|地址).{0,30}(?:不存在|未找到)|(?:수신자|사용자|계정|주소).{0,40}(?:없습니다|존재하지)/i,
  },
  {
    status: '5.2.1',
    text: /(?:mailbox|account|user) (?:is |has been )?(?:disabled|deactivated|suspended|inactive|closed|terminated)|(?:konto|account).{0,30}(?:gesperrt|deaktiviert)|compte.{0,30}(?:désactivé|suspendu)|cuenta.{0,30}(?:desactivada|suspendida)/i,
  },
  // The domain leads nowhere.
  {
    status: '5.4.4',
    text: /host (?:or domain name )?not found|unknown host|unrouteable (?:mail )?domain|couldn't find any host|no (?:mx|mail) (?:hosts?|servers?) (?:found|for)|domain (?:name )?(?:does not exist|not found|wasn't found)|domain.{0,40}(?:existiert nicht|n'existe pas|no existe)/i,
  },
  {
    status: '5.6.0',
    text: /\b(?:contain(?:s|ed)|infected (?:with|by)|found|detected) (?:a |the )?(?:virus|malware|trojan)\b|virus(?:es)? (?:was |were |has been )?(?:found|detected)/i,
  },
  {
    status: '5.7.1',
    text: /(?:identified|detected|classified|rejected|blocked|refused) (?:as|because).{0,30}spam|\bspam(?:my)? content\b|(?:message|mail) (?:was )?(?:blocked|rejected|refused) (?:by|due to|for) (?:policy|polic|content|administrative)|not (?:authori[sz]ed|permitted|allowed) to (?:send|relay)|als Spam (?:eingestuft|erkannt|abgelehnt)|considéré comme (?:du )?spam|垃圾邮件/i,
  },
  {
    status: '5.3.4',
    text: /message (?:size )?(?:exceeds|is (?:too large|larger than))|message too (?:large|big|long)|Nachricht (?:ist )?zu groß|message (?:est )?trop (?:gros|volumineux)/i,
  },
  {
    status: '4.4.1',
    text: /connection (?:timed out|refused)|no route to host|couldn't (?:establish|connect)|unable to connect|not responding|nicht erreichbar/i,
  },
];

/** The status that the words stand for; undefined where none of the phrases is among them. */
export function statusOfWords(text: string): string | undefined {
  const looked = text.slice(0, MAX_LOOKED).replace(/\s+/g, ' ');
  return PHRASES.find((phrase) => phrase.text.test(looked))?.status;
}

const MAX_LOOKED = 4000;
