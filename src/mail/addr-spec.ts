// The two halves of a mailbox: the address itself and the phrase before it (RFC 5322 3.4.1 and 3.2.5, RFC 6531, RFC 6532).
//
// An address that comes out of here can be put into an SMTP command: no control character, no comment, no source route, no
// address literal; local part at most 64 octets, the whole at most 254.
import { decodeWords } from './encoded-word.ts';
import { domainToAscii } from './idna.ts';

export interface Mailbox {
  /** Decoded display name, free of control characters; '' when there is none. */
  readonly name: string;
  /** As SMTP carries it: quoted where it must be, case kept. May hold non-ASCII (RFC 6531). */
  readonly local: string;
  /** Lower-case A-label form. */
  readonly domain: string;
  /** `local@domain`, as SMTP carries it. */
  readonly address: string;
}

export type MailboxList =
  | { readonly kind: 'ok'; readonly mailboxes: readonly Mailbox[] }
  | { readonly kind: 'invalid'; readonly piece: string };

/** Octets (RFC 5321 4.5.3.1): a path of 256 holds the address between angle brackets. */
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/** For use in a character class; the hyphen stands first, so that no range begins after it. */
export const ATEXT = "-A-Za-z0-9!#$%&'*+/=?^_`{|}~";
/** A quoted-string with its quotes; never backtracks, since its alternatives begin differently. */
export const QUOTED = '"(?:[^"\\\\]|\\\\[^])*"';
const DOT_ATOM = new RegExp(`^[${ATEXT}\\x80-\\u{10ffff}]+(?:\\.[${ATEXT}\\x80-\\u{10ffff}]+)*$`, 'u');
const QUOTED_LOCAL = new RegExp(`^(${QUOTED})@([^@"]+)$`);
/** The end quote may be missing, else every unclosed quote would be searched for anew from the next. */
const QUOTED_OR_SPACE = new RegExp(`${QUOTED}?|\\s+`, 'g');
/** Control, spacing and invisible characters, private and unassigned code points, lone surrogates. */
const NOT_IN_LOCAL = /[^\x20-\x7e](?<=[\p{C}\p{Z}])/u;

/** Reads `local@domain`; `name` is taken as it is. */
export function parseAddrSpec(spec: string, name: string): Mailbox | undefined {
  const quoted = spec.startsWith('"') ? QUOTED_LOCAL.exec(spec) : null;
  const at = spec.lastIndexOf('@');
  const local = quoted === null ? spec.slice(0, Math.max(at, 0)) : normalQuoted(quoted[1] ?? '');
  const domain = domainToAscii(quoted === null ? spec.slice(at + 1) : (quoted[2] ?? ''));
  if (local === undefined || domain === undefined) return undefined;
  if (quoted === null && !DOT_ATOM.test(local)) return undefined;
  if (NOT_IN_LOCAL.test(local) || Buffer.byteLength(local) > MAX_LOCAL) return undefined;
  const address = `${local}@${domain}`;
  return Buffer.byteLength(address) > MAX_ADDRESS ? undefined : { name, local, domain, address };
}

/** The text of a phrase: quotes and encoded words read, spaces outside quotes collapsed, control characters gone. */
export function readPhrase(phrase: string): string {
  const text = phrase.replace(QUOTED_OR_SPACE, (token) => (token.startsWith('"') ? unquote(token) : ' '));
  return cleanName(decodeWords(text));
}

/** A display name that no header can be broken with. */
export function cleanName(name: string): string {
  return name
    .toWellFormed()
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
    .trim();
}

export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A quoted local part in its shortest form: `"ann"` is `ann` (RFC 5321 4.1.2). */
function normalQuoted(quoted: string): string | undefined {
  const content = unquote(quoted);
  if (content === '') return undefined;
  return DOT_ATOM.test(content) ? content : quote(content);
}

function unquote(quoted: string): string {
  return quoted.replace(/^"|"$/g, '').replace(/\\([^])/g, '$1');
}
