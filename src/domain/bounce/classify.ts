// From what a remote server said, or did not say, to Postmark's type of bounce, and whether trying again can help.
//
// 4xx is always temporary. 5xx is permanent, except for rules that are marked as passing. What nothing else matches is
// `Unknown` for 5xx and a passing trouble for everything else. Only a HardBounce deactivates an address, so a rule for
// it must be sure. The decisions are data in rules.ts; here is only how they are applied.
// RFC 5321 section 4.2 (reply codes), RFC 3463 and RFC 7372 (enhanced codes), RFC 7504 and 7505 (no mail here).
import type { Phase, RemoteReply } from '../outcome.ts';
import { ruleMatches, type BounceRule, type Facts } from './rule.ts';
import { BOUNCE_RULES } from './rules.ts';
import type { BounceType } from './types.ts';

export interface FailedAttempt {
  /** Undefined, or with code 0, where the connection failed or broke before a reply. */
  readonly reply: RemoteReply | undefined;
  readonly phase: Phase;
  /** The failure in words, for people. */
  readonly detail: string;
}

export interface Classification {
  readonly type: BounceType;
  /** False: worth another attempt. */
  readonly permanent: boolean;
  /** Id of the rule that decided, for the log and for questions of people. */
  readonly rule: string;
}

export function classifyReply(attempt: FailedAttempt): Classification {
  const { reply, phase } = attempt;
  if (reply === undefined || reply.code === 0) return classifySilence(attempt);
  const facts = factsOf(reply, phase);
  const rule = BOUNCE_RULES.find((candidate) => ruleMatches(candidate, facts));
  if (rule === undefined) return { type: 'SoftBounce', permanent: false, rule: 'unexpected-reply' };
  const permanent = facts.code >= 500 && facts.code < 600 && rule.passing !== true;
  return { type: permanent ? rule.type : temporaryType(rule.type), permanent, rule: rule.id };
}

/** All rules that match, the deciding one first: the answer to "why this type?". */
export function matchingRules(reply: RemoteReply, phase: Phase): readonly BounceRule[] {
  const facts = factsOf(reply, phase);
  return BOUNCE_RULES.filter((rule) => ruleMatches(rule, facts));
}

/** Why a message could not even be sent towards a host. */
export type RouteTrouble =
  /** NXDOMAIN for the recipient's domain. */
  | 'no-such-domain'
  /** The domain says that it takes no mail (RFC 7505). */
  | 'null-mx'
  /** The domain exists and has neither MX nor address records. */
  | 'no-mail-host'
  /** There are MX hosts, and none of them has an address. */
  | 'mx-without-address'
  /** SERVFAIL, a time-out, a broken answer. */
  | 'dns-failure'
  /** The MX records lead back to this installation. */
  | 'loops-back'
  /** The MX hosts have only addresses that must not be connected to, such as loopback. */
  | 'address-not-allowed'
  /** The address cannot be written in SMTP. */
  | 'bad-address';

const ROUTE: Readonly<Record<RouteTrouble, readonly [BounceType, permanent: boolean]>> = {
  'no-such-domain': ['HardBounce', true],
  'null-mx': ['HardBounce', true],
  'no-mail-host': ['HardBounce', true],
  // A zone that is being changed looks like this for some hours.
  'mx-without-address': ['DnsError', false],
  'dns-failure': ['DnsError', false],
  'loops-back': ['DnsError', true],
  'address-not-allowed': ['DnsError', true],
  'bad-address': ['BadEmailAddress', true],
};

export function classifyRoute(trouble: RouteTrouble): Classification {
  const [type, permanent] = ROUTE[trouble];
  return { type, permanent, rule: `route-${trouble}` };
}

/** Types that say more than "it took too long" when the retries are used up. */
const OUTLIVES_RETRIES: ReadonlySet<BounceType> = new Set<BounceType>([
  'Blocked',
  'DMARCPolicy',
  'DnsError',
  'SpamNotification',
]);

/** The type of the bounce when the retries are used up, from the last attempt. */
export function classifyExpired(last: FailedAttempt): BounceType {
  const { type } = classifyReply(last);
  return OUTLIVES_RETRIES.has(type) ? type : 'SoftBounce';
}

const DNS_WORDS = /\b(?:dns|resolve|resolver|lookup|nxdomain|servfail)\b/i;

function classifySilence({ phase, detail }: FailedAttempt): Classification {
  if (phase === 'route' || DNS_WORDS.test(detail)) return { type: 'DnsError', permanent: false, rule: 'no-reply-dns' };
  return { type: 'SoftBounce', permanent: false, rule: `no-reply-${phase}` };
}

/** A temporary reply never says that an address is wrong for good. */
function temporaryType(type: BounceType): BounceType {
  return type === 'HardBounce' || type === 'BadEmailAddress' || type === 'Unknown' ? 'SoftBounce' : type;
}

const TEXT_LIMIT = 1000;
const LINK = /\bhttps?:\/\/[^\s)>\]]{1,500}/gi;
const ADDRESS = /[^\s<>()[\]:;,"'@]{1,64}@[^\s<>()[\]:;,"'@]{1,255}/g;
/** An enhanced code inside the text, as qmail, IronPort and gateways that repeat another server's reply write it. */
const STATUS_IN_TEXT = /(?:^|[\s#(:[])[245]\.(\d{1,3}\.\d{1,3})(?=[\s;:,)\]-]|$)/;

/** A reply as rules see it: without links and addresses in `words`. */
export function factsOf(reply: RemoteReply, phase: Phase): Facts {
  const text = reply.text.slice(0, TEXT_LIMIT);
  const status = reply.enhanced === undefined ? (STATUS_IN_TEXT.exec(text)?.[1] ?? '') : reply.enhanced.slice(2);
  const words = text.replace(LINK, ' ').replace(ADDRESS, '@');
  return { code: reply.code, status, text, words, phase };
}
