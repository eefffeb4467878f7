// The limits of a token that is being made, as somebody gave them: judged and brought into their one form.
import { TOKEN_LIMIT_BOUNDS, type TokenLimits } from '../domain/token-limits.ts';
import type { StreamId } from '../lib/ids.ts';
import { parseCidr } from '../lib/network-policy.ts';
import { domainToAscii } from '../mail/idna.ts';

/** Empty lists are no limit, as absent ones are. */
export interface GivenLimits {
  readonly streams?: readonly string[] | undefined;
  readonly fromDomains?: readonly string[] | undefined;
  readonly networks?: readonly string[] | undefined;
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
}

export interface LimitsContext {
  readonly now: number;
  /** Of the token's server. */
  readonly streams: readonly { readonly id: StreamId }[];
}

export type JudgedLimits =
  | { readonly kind: 'limits'; readonly limits: TokenLimits | undefined }
  /** For people. */
  | { readonly kind: 'refused'; readonly message: string };

export function judgeTokenLimits(given: GivenLimits, { now, streams: known }: LimitsContext): JudgedLimits {
  const { streams = [], fromDomains = [], networks = [], expiresAt } = given;
  for (const [name, list] of Object.entries({ streams, fromDomains, networks })) {
    const most = TOKEN_LIMIT_BOUNDS[name as keyof typeof TOKEN_LIMIT_BOUNDS];
    if (list.length > most) return refused(`A token can name ${most} ${NAMES[name]} at most.`);
  }
  const stranger = streams.find((id) => !known.some((stream) => stream.id === id));
  if (stranger !== undefined) return refused(`The server has no stream '${stranger.slice(0, LONGEST_QUOTE)}'.`);
  const domains = fromDomains.map((name) => domainToAscii(name.trim()));
  const badDomain = fromDomains[domains.indexOf(undefined)];
  if (badDomain !== undefined) return refused(`'${badDomain.slice(0, LONGEST_QUOTE)}' is not the name of a domain.`);
  const badNetwork = networks.find((text) => parseCidr(text) === undefined);
  if (badNetwork !== undefined) {
    return refused(`'${badNetwork.slice(0, LONGEST_QUOTE)}' is no network such as 192.0.2.0/24 or 2001:db8::/32.`);
  }
  const expires = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  if (expires !== undefined && !(expires > now)) {
    return refused('A token expires at a time to come, such as 2027-01-31T12:00:00Z.');
  }
  const limits: TokenLimits = {
    ...(streams.length > 0 && { streams: streams as readonly StreamId[] }),
    ...(domains.length > 0 && { fromDomains: domains.filter((name) => name !== undefined) }),
    ...(networks.length > 0 && { networks: networks.map((text) => text.trim()) }),
    ...(expires !== undefined && { expiresAt: expires }),
  };
  return { kind: 'limits', limits: Object.keys(limits).length === 0 ? undefined : limits };
}

const NAMES: Readonly<Record<string, string>> = { streams: 'streams', fromDomains: 'domains', networks: 'networks' };
const LONGEST_QUOTE = 60;

function refused(message: string): JudgedLimits {
  return { kind: 'refused', message };
}
