// Rules that block mail to a server by who sent it: an address, or a whole domain without its subdomains (contract management 10).
import type { ServerId } from '../lib/ids.ts';
import { domainToAscii } from '../mail/idna.ts';

export interface InboundRule {
  readonly id: number;
  readonly serverId: ServerId;
  /** Lower case; domains in A-label form. */
  readonly rule: string;
}

/** In its one form; undefined where the text is neither an address nor a domain. */
export function readInboundRule(text: string): string | undefined {
  const given = text.trim();
  if (given.length > MAX_RULE) return undefined;
  const at = given.lastIndexOf('@');
  const domain = domainToAscii(given.slice(at + 1));
  if (domain === undefined) return undefined;
  if (at === -1) return domain;
  const local = given.slice(0, at).toLowerCase();
  return local === '' || /[\s@<>]/.test(local) ? undefined : `${local}@${domain}`;
}

/** Whether mail from `address` is blocked. */
export function isBlocked(rules: readonly Pick<InboundRule, 'rule'>[], address: string): boolean {
  const sender = readInboundRule(address);
  if (sender === undefined) return false;
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  return rules.some(({ rule }) => rule === sender || rule === domain);
}

const MAX_RULE = 320;
