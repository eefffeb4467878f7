// The path of MAIL FROM and RCPT TO: `<>`, `<local@domain>`, with quoted local parts, address literals and UTF-8.
//
// RFC 5321 sections 4.1.2 (grammar), 4.5.3.1 (lengths) and appendix C (source routes: recognised, checked, dropped);
// RFC 6531 section 3.3 for UTF-8. Promises: what it accepts has one meaning only; quoting is reduced to where it is
// needed (4.1.2: "a"@b is a@b), so that two spellings of a mailbox compare equal. Leaves to others: whether UTF-8 is
// allowed at this point (`ascii` says what was seen), IDNA, and whether the domain exists.
import { isIPv4, isIPv6 } from 'node:net';

export type Path =
  | { readonly kind: 'null' }
  | {
      readonly kind: 'mailbox';
      /** `local@domain`, local part quoted only where it must be. */
      readonly address: string;
      /** `[192.0.2.1]` or `[IPv6:2001:db8::1]` in place of a domain. */
      readonly literal: boolean;
      readonly ascii: boolean;
    };

export type ParsedPath =
  /** `end` is the index after the closing `>`. */
  | { readonly kind: 'path'; readonly path: Path; readonly end: number }
  /** `why` is for people. */
  | { readonly kind: 'invalid'; readonly why: string };

/** Reads the path that begins at `start` of a command line; what follows its `>` is the caller's. */
export function parsePath(line: string, start: number): ParsedPath {
  if (line.charAt(start) !== '<') return invalid('an address stands in angle brackets, as in <user@example.com>');
  if (line.charAt(start + 1) === '>') return { kind: 'path', path: { kind: 'null' }, end: start + 2 };
  const route = matchAt(SOURCE_ROUTE, line, start + 1);
  const localStart = start + 1 + route.length;
  const local = matchAt(DOT_STRING, line, localStart) || matchAt(QUOTED_STRING, line, localStart);
  const at = localStart + local.length;
  if (local === '') return invalid('the part before the @ is missing or malformed');
  if (line.charAt(at) === '>') return invalid('the address has no domain');
  if (line.charAt(at) !== '@') return invalid('the part before the @ is malformed');
  const domain = matchAt(LITERAL, line, at + 1) || matchAt(DOMAIN, line, at + 1);
  const end = at + 1 + domain.length;
  if (domain === '') return invalid('the domain is missing or malformed');
  if (line.charAt(end) !== '>') return invalid('the domain is malformed, or the closing > is missing');
  return mailbox(unquote(local), domain, end + 1);
}

/** RFC 5321 section 4.5.3.1, in octets; a path is counted with its brackets. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 255;
const MAX_PATH = 256;
const MAX_LABEL = 63;

/** Non-ASCII as in RFC 6531, without the C1 controls. The reader of lines has let only well-formed UTF-8 through. */
const UTF8 = '\\u00a0-\\uffff';
const ATEXT = `[A-Za-z0-9!#$%&'*+/=?^_\`{|}~${UTF8}-]+`;
const DOT_STRING = new RegExp(`${ATEXT}(?:\\.${ATEXT})*`, 'y');
const QUOTED_STRING = new RegExp(`"(?:[ !#-\\[\\]-~${UTF8}]|\\\\[ -~])*"`, 'y');
const DOMAIN = new RegExp(`[A-Za-z0-9.${UTF8}-]+`, 'y');
const LITERAL = /\[[A-Za-z0-9.:]+\]/y;
const SOURCE_ROUTE = new RegExp(`@[A-Za-z0-9.${UTF8}-]+(?:,@[A-Za-z0-9.${UTF8}-]+)*:`, 'y');
const NON_ASCII = /[^\0-\x7f]/;
const LABEL_END = /^-|-$/;

function mailbox(local: string, domain: string, end: number): ParsedPath {
  const address = `${local}@${domain}`;
  const ascii = !NON_ASCII.test(address);
  const octets = (text: string): number => (ascii ? text.length : Buffer.byteLength(text));
  if (octets(local) > MAX_LOCAL) return invalid(`the part before the @ is longer than ${MAX_LOCAL} octets`);
  if (octets(domain) > MAX_DOMAIN || octets(address) + 2 > MAX_PATH) {
    return invalid(`the address is longer than ${MAX_PATH - 2} octets`);
  }
  const literal = domain.startsWith('[');
  if (literal ? !isAddressLiteral(domain) : !isDomain(domain)) return invalid('the domain is malformed');
  return { kind: 'path', path: { kind: 'mailbox', address, literal, ascii }, end };
}

function isDomain(domain: string): boolean {
  return domain.split('.').every((label) => label !== '' && label.length <= MAX_LABEL && !LABEL_END.test(label));
}

function isAddressLiteral(literal: string): boolean {
  const inside = literal.slice(1, -1);
  return /^ipv6:/i.test(inside) ? isIPv6(inside.slice('ipv6:'.length)) : isIPv4(inside);
}

/** The content of a quoted string where it is a dot-string anyhow; else the quoted string with needless escapes gone. */
function unquote(local: string): string {
  if (!local.startsWith('"')) return local;
  const content = local.slice(1, -1).replace(/\\(.)/g, '$1');
  if (content !== '' && matchAt(DOT_STRING, content, 0) === content) return content;
  return `"${content.replace(/["\\]/g, '\\$&')}"`;
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

function invalid(why: string): ParsedPath {
  return { kind: 'invalid', why };
}
