// One command line of a client, read: a value per command, or the reply that says what is wrong with it.
//
// RFC 5321 section 4.1, RFC 3207, RFC 4954, RFC 3030. Promises: pure, and total over every string; a path that is
// accepted has one meaning (path.ts). Leaves to others: whether the command is allowed now (dialogue.ts). One liberty:
// white space after `FROM:` and `TO:` and at the end of a line is forgiven, because widely used senders write it.
import { checkRecipientParameters, parseMailParameters } from './parameters.ts';
import type { MailParameters } from './parameters.ts';
import { parsePath } from './path.ts';
import type { ParsedPath, Path } from './path.ts';
import { REPLIES, makeReply } from './reply.ts';
import type { Reply } from './reply.ts';

export type Command =
  | { readonly kind: 'ehlo' | 'helo'; readonly name: string }
  | { readonly kind: 'mail'; readonly from: Path; readonly parameters: MailParameters }
  | { readonly kind: 'rcpt'; readonly to: Path & { readonly kind: 'mailbox' } }
  /** `size` in octets, of the bytes that follow the line. */
  | { readonly kind: 'bdat'; readonly size: number; readonly last: boolean }
  /** `mechanism` in upper case; `initial` as sent, still in base64. */
  | { readonly kind: 'auth'; readonly mechanism: string; readonly initial: string | undefined }
  | { readonly kind: 'data' | 'rset' | 'quit' | 'starttls' | 'noop' | 'help' | 'vrfy' }
  /** `desynchronised`: bytes may follow whose number is unknown, so that nothing after it can be trusted. */
  | { readonly kind: 'malformed'; readonly reply: Reply; readonly of: MalformedKind };

/** What `RCPT TO:<Postmaster>` is read as. */
export const POSTMASTER = 'postmaster';

export type MalformedKind = 'recipient' | 'desynchronised' | 'other';

/** `line` is without its CRLF; non-ASCII in it is decoded UTF-8. */
export function parseCommand(line: string): Command {
  const space = line.indexOf(' ');
  const verb = (space < 0 ? line : line.slice(0, space)).toUpperCase();
  const rest = space < 0 ? '' : line.slice(space + 1).trimEnd();
  switch (verb) {
    case 'MAIL':
      return parseMail(rest);
    case 'RCPT':
      return parseRecipient(rest);
    case 'BDAT':
      return parseChunk(rest);
    case 'EHLO':
    case 'HELO':
      return parseHello(verb === 'EHLO' ? 'ehlo' : 'helo', rest);
    case 'AUTH':
      return parseAuth(rest);
    default:
      return parseSimple(verb, rest);
  }
}

function parseMail(rest: string): Command {
  const start = pathStart(rest, 'FROM:');
  if (start < 0) return malformed(makeReply(501, '5.5.4', 'Syntax: MAIL FROM:<address>'));
  const parsed = parsePath(rest, start);
  if (parsed.kind === 'invalid') return malformed(makeReply(501, '5.1.7', `Bad sender address: ${parsed.why}`));
  const parameters = parseMailParameters(rest.slice(parsed.end));
  if (parameters.kind === 'refused') return malformed(parameters.reply);
  return { kind: 'mail', from: parsed.path, parameters: parameters.parameters };
}

function parseRecipient(rest: string): Command {
  const start = pathStart(rest, 'TO:');
  if (start < 0) return malformed(makeReply(501, '5.5.4', 'Syntax: RCPT TO:<address>'));
  const parsed = parsePostmaster(rest, start) ?? parsePath(rest, start);
  if (parsed.kind === 'invalid') return badRecipient(`Bad recipient address: ${parsed.why}`);
  if (parsed.path.kind === 'null') return badRecipient('Bad recipient address: it is empty');
  if (parsed.path.literal) return badRecipient('Mail to an address literal is not accepted: name a domain');
  const reply = checkRecipientParameters(rest.slice(parsed.end));
  return reply === undefined ? { kind: 'rcpt', to: parsed.path } : malformed(reply, 'recipient');
}

/** The one address that needs no domain (RFC 5321 section 4.1.1.3). */
function parsePostmaster(rest: string, start: number): ParsedPath | undefined {
  const [text] = /^<postmaster>/i.exec(rest.slice(start, start + 12)) ?? [];
  if (text === undefined) return undefined;
  const path = { kind: 'mailbox', address: POSTMASTER, literal: false, ascii: true } as const;
  return { kind: 'path', path, end: start + text.length };
}

function pathStart(rest: string, keyword: 'FROM:' | 'TO:'): number {
  if (rest.slice(0, keyword.length).toUpperCase() !== keyword) return -1;
  let start = keyword.length;
  while (rest.charAt(start) === ' ') start += 1;
  return start;
}

const CHUNK = /^([0-9]{1,15})( +LAST)?$/i;

function parseChunk(rest: string): Command {
  const match = CHUNK.exec(rest);
  if (match === null) {
    const reply = makeReply(501, '5.5.4', 'Syntax: BDAT size [LAST]; closing the connection');
    return malformed(reply, 'desynchronised');
  }
  return { kind: 'bdat', size: Number(match[1]), last: match[2] !== undefined };
}

const HELLO_NAME = /^[\x21-\x7e]{1,255}$/;

/** Any printable name is taken: what clients put here is often no domain, and nothing depends on it. */
function parseHello(kind: 'ehlo' | 'helo', rest: string): Command {
  if (!HELLO_NAME.test(rest)) {
    return malformed(makeReply(501, '5.5.4', `Syntax: ${kind.toUpperCase()} hostname`));
  }
  return { kind, name: rest };
}

function parseAuth(rest: string): Command {
  const words = rest.split(' ');
  const mechanism = words[0] ?? '';
  if (mechanism === '' || words.length > 2) {
    return malformed(makeReply(501, '5.5.4', 'Syntax: AUTH mechanism [initial-response]'));
  }
  return { kind: 'auth', mechanism: mechanism.toUpperCase(), initial: words[1] };
}

function parseSimple(verb: string, rest: string): Command {
  switch (verb) {
    case 'DATA':
    case 'RSET':
    case 'QUIT':
    case 'STARTTLS':
      if (rest !== '') return malformed(REPLIES.noArguments);
      return { kind: verb.toLowerCase() as 'data' | 'rset' | 'quit' | 'starttls' };
    case 'NOOP':
    case 'HELP':
      return { kind: verb === 'NOOP' ? 'noop' : 'help' };
    case 'VRFY':
      return rest === '' ? malformed(makeReply(501, '5.5.4', 'Syntax: VRFY address')) : { kind: 'vrfy' };
    case 'EXPN':
    case 'ETRN':
    case 'TURN':
    case 'SEND':
    case 'SOML':
    case 'SAML':
      return malformed(REPLIES.notImplemented);
    default:
      return malformed(REPLIES.unknownCommand);
  }
}

function badRecipient(text: string): Command {
  return malformed(makeReply(501, '5.1.3', text), 'recipient');
}

function malformed(reply: Reply, of: MalformedKind = 'other'): Command {
  return { kind: 'malformed', reply, of };
}
