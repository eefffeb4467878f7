// What a token may be used for beside its kind. Ours, not Postmark's; a token without limits is like one of Postmark's.
import { BlockList, isIP } from 'node:net';
import { parseCidr } from '../lib/network-policy.ts';
import type { StreamId } from '../lib/ids.ts';

export interface TokenLimits {
  /** The only streams that it sends through. */
  readonly streams?: readonly StreamId[];
  /** Lower-case A-label domains: the only ones that its messages are from. */
  readonly fromDomains?: readonly string[];
  /** CIDRs that it may be used from. */
  readonly networks?: readonly string[];
  /** Unix milliseconds from which on it is no good. */
  readonly expiresAt?: number;
}

export const TOKEN_LIMIT_BOUNDS = { streams: 10, fromDomains: 50, networks: 50 } as const;

export type TokenUseProblem = 'expired' | 'wrong-network';

/** `client` is the IP address that it is used from; without one a token that is bound to networks is refused. */
export function tokenUseProblem(
  limits: TokenLimits,
  { now, client }: { readonly now: number; readonly client: string | undefined },
): TokenUseProblem | undefined {
  if (limits.expiresAt !== undefined && now >= limits.expiresAt) return 'expired';
  if (limits.networks === undefined) return undefined;
  return client !== undefined && isWithin(limits.networks, client) ? undefined : 'wrong-network';
}

function isWithin(networks: readonly string[], client: string): boolean {
  const address = client.startsWith('::ffff:') && isIP(client.slice(7)) === 4 ? client.slice(7) : client;
  const version = isIP(address);
  if (version === 0) return false;
  const list = new BlockList();
  for (const network of networks) {
    const cidr = parseCidr(network);
    if (cidr !== undefined) list.addSubnet(cidr.address, cidr.prefix, cidr.family);
  }
  return list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
