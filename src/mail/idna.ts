// Domain names of mail addresses: from what people write to the lower-case A-label form that DNS and SMTP carry.
//
// RFC 5321 2.3.5 and 4.1.2 (letters, digits, hyphens), RFC 1035 2.3.4 (lengths), RFC 5891 and UTS 46 (A-labels, by the
// mapping of node:url). Whether such a domain exists is for the resolver to say.
import { domainToASCII, domainToUnicode } from 'node:url';

const MAX_DOMAIN = 253;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`);
/** A last label of these forms makes the name an IPv4 address to some readers (WHATWG URL, 3.5). */
const NUMBER_AT_END = /\.(?:\d+|0x[0-9a-f]*)$/;
// ASCII that no label holds. `%` is among it: node:url would decode it, and find characters that were never checked.
const FORBIDDEN_ASCII = /[^\x2d.0-9A-Za-z\x80-\u{10ffff}]/u;
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Lower-case A-label form of a domain with at least one dot; undefined for single labels, address literals, numbers,
 * empty, overlong or ill-formed labels, and a trailing dot.
 */
export function domainToAscii(domain: string): string | undefined {
  if (domain.length > MAX_DOMAIN || FORBIDDEN_ASCII.test(domain)) return undefined;
  const ascii = ASCII.test(domain) ? domain.toLowerCase() : domainToASCII(domain);
  if (ascii.length > MAX_DOMAIN || !HOST_NAME.test(ascii) || NUMBER_AT_END.test(ascii)) return undefined;
  return ascii.includes('xn--') && !isCanonical(ascii) ? undefined : ascii;
}

/** node:url keeps an A-label that it cannot decode as it is, in both directions. */
function isCanonical(ascii: string): boolean {
  const text = domainToUnicode(ascii);
  return !/(?:^|\.)xn--/.test(text) && domainToASCII(text) === ascii;
}
