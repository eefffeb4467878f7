// Addresses and address lists, as people and programs write them (RFC 5322 3.4, RFC 5321 4.1.2, RFC 6531, RFC 6532).
//
// What comes out can be put into SMTP commands and DNS look-ups: domains are lower-case A-labels with a dot, local parts are
// quoted where they must be and keep their case. Groups, source routes, address literals and control characters are
// refused, except where a header of a submitted message may hold them (parseHeaderMailboxes). Comments stay part of a display
// name in parseMailbox ("Support (Acme)" is what a person wants to be read), and are skipped in headers.
import {
  ATEXT,
  cleanName,
  type Mailbox,
  type MailboxList,
  parseAddrSpec,
  QUOTED,
  quote,
  readPhrase,
} from './addr-spec.ts';
import { encodeSpan, needsEncoding } from './encoded-word.ts';

export type { Mailbox, MailboxList } from './addr-spec.ts';
export { parseHeaderMailboxes } from './address-header.ts';
export { domainToAscii } from './idna.ts';

export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

/** Characters of one mailbox with its name; a header line is at most 998. */
const MAX_MAILBOX = 2000;
/** `Reply-To: `: the most that stands before the first mailbox of a field. */
const LONGEST_NAME_COLUMNS = 10;
/** A word longer than this cannot be folded into header lines as it is. */
const MAX_PLAIN_WORD = 900;

const NAMED = new RegExp(`^((?:[^"<>,:;]|${QUOTED})*)<((?:[^<>"]|${QUOTED})*)>$`);
const LIST_TOKEN = new RegExp(`"(?:[^"\\\\]|\\\\[^])*"?|<[^>]*>?|[^",<]+|,`, 'g');
const PLAIN_PHRASE = new RegExp(`^[${ATEXT}]+(?: [${ATEXT}]+)*$`);
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
/** One mailbox: `ann@example.com`, `Ann Lee <ann@example.com>` or `"Lee, Ann" <ann@example.com>`. */
export function parseMailbox(text: string): Mailbox | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MAX_MAILBOX || CONTROL.test(trimmed)) return undefined;
  if (!trimmed.endsWith('>')) return parseAddrSpec(trimmed, '');
  const named = NAMED.exec(trimmed);
  return named === null ? undefined : parseAddrSpec((named[2] ?? '').trim(), readPhrase(named[1] ?? ''));
}

/** A list split on commas outside double quotes and angle brackets; empty pieces are ignored. */
export function parseMailboxList(text: string): MailboxList {
  const mailboxes: Mailbox[] = [];
  for (const untrimmed of splitOnCommas(text)) {
    const piece = untrimmed.trim();
    if (piece === '') continue;
    const mailbox = parseMailbox(piece);
    if (mailbox === undefined) return { kind: 'invalid', piece };
    mailboxes.push(mailbox);
  }
  return { kind: 'ok', mailboxes };
}

/** Header form, in ASCII except for a local part that is not; on one line. */
export function formatMailbox(mailbox: NamedAddress): string {
  const name = cleanName(mailbox.name);
  if (name === '') return mailbox.address;
  const words = name.split(' ');
  // What looks like an encoded word but is the name itself must not be decoded by its reader.
  if (needsEncoding(name) || name.includes('=?') || words.some((word) => word.length > MAX_PLAIN_WORD)) {
    return `${encodeSpan(name.toWellFormed(), LONGEST_NAME_COLUMNS)} <${mailbox.address}>`;
  }
  return `${PLAIN_PHRASE.test(name) ? name : quote(name)} <${mailbox.address}>`;
}

/** The form for people, never encoded: `"Ann Lee" <ann@example.com>`. */
export function formatMailboxAsText(mailbox: NamedAddress): string {
  const name = cleanName(mailbox.name);
  return name === '' ? mailbox.address : `${quote(name)} <${mailbox.address}>`;
}

function splitOnCommas(text: string): string[] {
  if (!text.includes('"') && !text.includes('<')) return text.split(',');
  const pieces = [''];
  for (const token of text.match(LIST_TOKEN) ?? []) {
    if (token === ',') pieces.push('');
    else pieces[pieces.length - 1] += token;
  }
  return pieces;
}
