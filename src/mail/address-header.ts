// Address lists in the headers of submitted messages (RFC 5322 3.4 and 4.4): what other programs wrote, so comments are
// skipped, groups opened, and old source routes dropped. `undisclosed-recipients:;` is an empty list.
import { type Mailbox, type MailboxList, parseAddrSpec, readPhrase } from './addr-spec.ts';

const TOKEN = /"(?:[^"\\]|\\[^])*"?|<(?:[^<>"]|"(?:[^"\\]|\\[^])*")*>|[^"<(,:;]+|[^]/g;
const SOURCE_ROUTE = /^@[^:]*:/;

interface Reading {
  readonly mailboxes: Mailbox[];
  /** The words so far: phrase or address, as written. */
  words: string;
  angle: string | undefined;
  comment: string;
  invalid: string | undefined;
}

/** Reads the value of a From, To, Cc or Reply-To field, folded or not. */
export function parseHeaderMailboxes(value: string): MailboxList {
  const text = value.replace(/\r\n(?=[ \t])/g, '');
  const reading: Reading = { mailboxes: [], words: '', angle: undefined, comment: '', invalid: undefined };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    if (match[0] === '(') TOKEN.lastIndex = readComment(text, match.index, reading);
    else readToken(match[0], reading);
    if (reading.invalid !== undefined) return { kind: 'invalid', piece: reading.invalid };
  }
  finish(reading);
  if (reading.invalid !== undefined) return { kind: 'invalid', piece: reading.invalid };
  return { kind: 'ok', mailboxes: reading.mailboxes };
}

function readToken(token: string, reading: Reading): void {
  if (token === ',' || token === ';') finish(reading);
  // The name of a group: its members follow as if they stood alone.
  else if (token === ':' && reading.angle === undefined) clear(reading);
  else if (token.startsWith('<') && token.length > 1) readAngle(token, reading);
  else reading.words += token;
}

function readAngle(token: string, reading: Reading): void {
  if (reading.angle === undefined) reading.angle = token.slice(1, -1);
  else reading.invalid = `<${reading.angle}> ${token}`;
}

function finish(reading: Reading): void {
  const words = reading.words.trim();
  const { angle } = reading;
  if (angle === undefined && words === '') return clear(reading);
  const mailbox =
    angle === undefined
      ? parseAddrSpec(words, readPhrase(reading.comment))
      : parseAddrSpec(angle.trim().replace(SOURCE_ROUTE, '').trim(), readPhrase(words) || readPhrase(reading.comment));
  if (mailbox === undefined) reading.invalid ??= angle === undefined ? words : `${words} <${angle}>`.trim();
  else reading.mailboxes.push(mailbox);
  clear(reading);
}

function clear(reading: Reading): void {
  reading.words = '';
  reading.angle = undefined;
  reading.comment = '';
}

/** Reads a comment, which may hold others (RFC 5322 3.2.2), and returns where it ends. */
function readComment(text: string, start: number, reading: Reading): number {
  let depth = 0;
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    if (depth === 0) break;
  }
  reading.comment = text.slice(start + 1, at);
  reading.words += ' ';
  return at + 1;
}
