// Which addresses the outside world may name as a target: public unicast, and what the operator listed.
//
// Whoever controls a DNS zone or a URL chooses where we connect to. Loopback, private, link-local, multicast and other
// special-purpose addresses (RFC 6890 and the IANA registries it founded) are refused, unless an allowed CIDR holds them.
// Forms of IPv6 that carry an IPv4 address (mapped RFC 4291 2.5.5.2, NAT64 RFC 6052) are judged by what they carry.
// Promises: `refusal` is cheap enough for every address of every delivery. Leaves to others: resolving names, and
// connecting to the very address that was judged.
import { BlockList, isIP } from 'node:net';

export interface NetworkPolicy {
  /** Why `address` is not to be connected to, e.g. `127.0.0.1 is a loopback address`; undefined where it may be. */
  refusal(address: string): string | undefined;
}

export interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; undefined where the text is none. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9A-Fa-f.:]{2,45})(?:\/(\d{1,3}))?$/.exec(text.trim());
  const address = match?.[1];
  if (address === undefined || isIP(address) === 0) return undefined;
  const bits = isIP(address) === 4 ? 32 : 128;
  const prefix = match?.[2] === undefined ? bits : Number(match[2]);
  return prefix > bits ? undefined : { address, prefix, family: bits === 32 ? 'ipv4' : 'ipv6' };
}

/** `allow` holds what is permitted beside public unicast; an IPv4 network allows its mapped and NAT64 forms too. */
export function createNetworkPolicy(allow: readonly Cidr[] = []): NetworkPolicy {
  const allowed = listOf(allow);
  const special = SPECIAL.map(([what, networks]) => ({ what, list: listOf(networks.map(knownCidr)) }));
  return {
    refusal: (address) => {
      const version = isIP(address);
      if (version === 0) return `${printable(address)} is not an IP address`;
      if (address.includes('%')) return `${printable(address)} names a network interface`;
      const family = version === 4 ? 'ipv4' : 'ipv6';
      if (allowed.check(address, family)) return undefined;
      const found = special.find(({ list }) => list.check(address, family));
      return found && `${address} is ${found.what} address`;
    },
  };
}

/** First match names the reason. */
const SPECIAL: readonly (readonly [string, readonly string[]])[] = [
  ['a loopback', ['127.0.0.0/8', '::1/128']],
  ['an unspecified', ['0.0.0.0/8', '::/128']],
  ['a private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10']],
  ['a link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['a carrier-grade NAT', ['100.64.0.0/10']],
  ['a multicast', ['224.0.0.0/4', 'ff00::/8']],
  ['a documentation', ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20']],
  ['a benchmarking', ['198.18.0.0/15', '2001:2::/48']],
  // 6to4 and Teredo carry IPv4 addresses of the writer's choice; nobody runs mail behind them any more (RFC 7526).
  ['a reserved', ['192.0.0.0/24', '192.88.99.0/24', '240.0.0.0/4', '2002::/16', '2001::/32', '2001:10::/28']],
  ['a reserved', ['100::/64', '64:ff9b:1::/48', '5f00::/16', '::/96']],
];

/** IPv4 networks are listed a second time in their NAT64 form; BlockList itself sees through the mapped form. */
function listOf(networks: readonly Cidr[]): BlockList {
  const list = new BlockList();
  for (const { address, prefix, family } of networks) {
    list.addSubnet(address, prefix, family);
    if (family === 'ipv4') list.addSubnet(`64:ff9b::${address}`, NAT64_BITS + prefix, 'ipv6');
  }
  return list;
}

const NAT64_BITS = 96;

function knownCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`${text} in the table of special networks is not a CIDR`);
  return cidr;
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
