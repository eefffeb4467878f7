// What bulk mail looks like: headers of lists (RFC 2369, RFC 2919, RFC 8058), and the same content for many. Pure.
//
// Receipts and password resets share a template, too. What tells them from a newsletter is that each has something that only
// its recipient gets: a link with a token, a code, an amount. So contents are compared with all their links and digits.
// Left out is what differs in newsletters as well: name and address of the recipient, the greeting, and the lines by which
// people unsubscribe or read the mail in a browser.
import type { HeaderField } from '../mail/headers.ts';
import { htmlWords } from '../mail/html-words.ts';
import type { Recipient } from './message.ts';

type Person = Pick<Recipient, 'address' | 'name'>;

export function hasListHeaders(fields: readonly Pick<HeaderField, 'name' | 'value'>[]): boolean {
  return fields.some(({ name, value }) => {
    const lower = name.toLowerCase();
    return LIST_FIELDS.has(lower) || (lower === 'precedence' && PRECEDENCE.test(value.trim()));
  });
}

const LIST_FIELDS = new Set(['list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'list-post']);
const PRECEDENCE = /^(?:bulk|list|junk)$/i;

/** Subjects that differ in digits and in the recipient's name only are one: `your order # is on its way`. */
export function foldSubject(subject: string, recipients: readonly Person[]): string {
  return withoutPeople(subject.slice(0, LONGEST_SUBJECT).toLowerCase(), recipients)
    .replace(/\d+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}

const LONGEST_SUBJECT = 200;
const LONGEST_TEXT = 64 * 1024;

/** What two copies of the same bulk mail have in common, and two of a template have not; undefined where there is no text. */
export function comparable(
  bodies: { readonly text: string | undefined; readonly html: string | undefined },
  recipients: readonly Person[],
): string | undefined {
  const text = bodies.html === undefined ? bodies.text : htmlWords(bodies.html.slice(0, LONGEST_TEXT), { links: true });
  if (text === undefined) return undefined;
  const lines = text.slice(0, LONGEST_TEXT).toLowerCase().split('\n');
  const kept = withoutPeople(withoutWaysOut(lines).join('\n'), recipients)
    .replace(/[^\S\n]+/g, ' ')
    .trim()
    .replace(GREETING, '')
    .replace(/\s+/g, ' ')
    .trim();
  return kept === '' ? undefined : kept;
}

const GREETING =
  /^(?:hi|hello|hey|dear|good (?:morning|day|evening)|hallo|liebe[rs]?|guten tag|sehr geehrte[rs]?|bonjour|ch[eè]re?|hola|ciao|ol[aá])\b[^\n,!.:]{0,80}(?:[\n,!.:]|$)/;

const WAY_OUT =
  /unsubscribe|opt[- ]?out|e-?mail preferences|manage (?:your )?(?:preferences|subscription)|in (?:your|a|the) browser|web ?version|online version|abmelden|abbestell|austragen|im browser|d[ée]sabonn|d[ée]sinscri|darse de baja|disiscri/;
const LINK = /^\s*(?:<|\()?https?:\/\/\S+\s*$/;

/** Without lines that lead out of a list, nor the link below one. */
function withoutWaysOut(lines: readonly string[]): readonly string[] {
  let wasWayOut = false;
  return lines.filter((line) => {
    const isWayOut = WAY_OUT.test(line);
    const isLinkOfIt = wasWayOut && LINK.test(line);
    if (line.trim() !== '') wasWayOut = isWayOut;
    return !isWayOut && !isLinkOfIt;
  });
}

/** `text` in lower case. */
function withoutPeople(text: string, recipients: readonly Person[]): string {
  let left = text;
  for (const { address, name } of recipients.slice(0, PEOPLE_LOOKED_FOR)) {
    const lower = address.toLowerCase();
    left = left.replaceAll(lower, ' ').replaceAll(encodeURIComponent(lower), ' ');
    for (const word of name
      .slice(0, LONGEST_PERSON)
      .toLowerCase()
      .split(/[\s,]+/)) {
      // Digits are what codes and amounts are made of.
      if (word.length >= SHORTEST_NAME && !/\d/.test(word)) left = withoutWord(left, word);
    }
  }
  return left;
}

/** Bulk mail of applications goes to one recipient a message; more names than this are not worth the time. */
const PEOPLE_LOOKED_FOR = 3;
const SHORTEST_NAME = 2;
const LONGEST_PERSON = 60;
const LETTER = /[\p{L}\p{N}]/u;

function withoutWord(text: string, word: string): string {
  let left = '';
  let from = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    const isWhole = !LETTER.test(text[at - 1] ?? ' ') && !LETTER.test(text[at + word.length] ?? ' ');
    if (!isWhole) continue;
    left += text.slice(from, at);
    from = at + word.length;
  }
  return left + text.slice(from);
}
