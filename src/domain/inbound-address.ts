// Which addresses the door for mail from outside has, and for what: return paths, and the mailboxes that every mail system owes
// the world (RFC 2142). Pure: no message is looked up.
//
// A return path proves itself, so it is taken at whatever domain it comes back to: old return-path domains, and domains that
// customers point here, need no list.
import { decodeReturnPath, type ReturnPathId, type ReturnPathKey } from '../mail/verp.ts';
import { domainToAscii } from '../mail/idna.ts';

export type InboundAddress =
  | { readonly kind: 'return-path'; readonly id: ReturnPathId }
  | { readonly kind: 'mailbox'; readonly name: string }
  | { readonly kind: 'refused'; readonly why: RefusedAddress };

export type RefusedAddress =
  /** Looks like a return path and is none of ours. */
  | 'forged'
  /** A return path of ours whose message is older than reports are taken for. */
  | 'expired'
  /** Nobody at a domain of ours. */
  | 'unknown'
  /** A domain that is not ours. */
  | 'elsewhere';

export interface InboundRules {
  readonly key: ReturnPathKey;
  /** Lower-case. */
  readonly domains: readonly string[];
  /** Reports about messages that are older are refused. */
  readonly maxAgeMs: number;
}

/** Feedback loops are registered with one of these; people write to the first two. */
const MAILBOXES: ReadonlySet<string> = new Set(['postmaster', 'abuse', 'fbl', 'complaints']);

export function judgeAddress(address: string, rules: InboundRules, now: number): InboundAddress {
  const at = address.lastIndexOf('@');
  const local = (at < 0 ? address : address.slice(0, at)).toLowerCase();
  const id = decodeReturnPath(local, rules.key);
  if (id !== undefined) {
    return isExpired(id, rules.maxAgeMs, now) ? { kind: 'refused', why: 'expired' } : { kind: 'return-path', id };
  }
  const domain = at < 0 ? undefined : (domainToAscii(address.slice(at + 1)) ?? '');
  if (domain !== undefined && !rules.domains.includes(domain)) return { kind: 'refused', why: 'elsewhere' };
  if (MAILBOXES.has(local)) return { kind: 'mailbox', name: local };
  return { kind: 'refused', why: local.startsWith('rp-') ? 'forged' : 'unknown' };
}

/** Ids of messages begin with their time (RFC 9562 section 5.7). */
export function isExpired(id: ReturnPathId, maxAgeMs: number, now: number): boolean {
  return now - parseInt(id.uuid.replaceAll('-', '').slice(0, 12), 16) > maxAgeMs;
}
