// An address that a person wants to send from: read from what was typed, in its one usual spelling.
//
// Promises: two texts for one address give one spelling (RFC 5952 for IPv6), so that an address cannot come into two pools
// by being written differently; what can never be an own address is refused in plain words. Whether this machine has the
// address is for a check to say (core/prove-address.ts).
import { BlockList, SocketAddress, isIP } from 'node:net';
import { HOST_ADDRESS } from './pool.ts';

export type OwnAddressRead = { readonly ip: string } | { readonly problem: string };

/** Reads an IPv4 or IPv6 address, or `host`. */
export function readOwnAddress(text: string): OwnAddressRead {
  const given = text.trim();
  if (given.toLowerCase() === HOST_ADDRESS) return { ip: HOST_ADDRESS };
  const version = isIP(given);
  if (version === 0) return { problem: notAnAddress(given) };
  if (given.includes('%')) return { problem: `'${shown(given)}' names a network interface; give the address alone` };
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const ip = new SocketAddress({ address: given, family }).address;
  if (version === 6 && ip.includes('.')) {
    return { problem: `'${shown(given)}' is an IPv4 address in an IPv6 form; write it as IPv4` };
  }
  const never = NEVER_OWN.find(({ list }) => list.check(ip, family));
  return never === undefined ? { ip } : { problem: `${ip} ${never.why}` };
}

export function familyOf(ip: string): 4 | 6 {
  return isIP(ip) === 6 ? 6 : 4;
}

const EXAMPLE = 'an IP address of this machine is needed, such as 192.0.2.1 or 2001:db8::1';

function notAnAddress(given: string): string {
  if (given === '') return EXAMPLE;
  const [address = '', bits] = given.split('/');
  if (bits !== undefined && isIP(address) !== 0) {
    return `'${shown(given)}' is a network; give each address of it that this machine sends from`;
  }
  const inBrackets = /^\[(.*)\](?::\d+)?$/.exec(given)?.[1] ?? /^([\d.]+):\d+$/.exec(given)?.[1];
  if (inBrackets !== undefined && isIP(inBrackets) !== 0) {
    return `'${shown(given)}' has a port or brackets; give the address alone: ${inBrackets}`;
  }
  if (/^[\d.]+$/.test(given)) return `'${shown(given)}' is no IPv4 address; ${EXAMPLE}`;
  if (/[a-z]/i.test(given) && given.includes('.')) return `'${shown(given)}' is a name; ${EXAMPLE}`;
  return `'${shown(given)}' is no IP address; ${EXAMPLE}`;
}

const MAX_SHOWN = 60;

function shown(text: string): string {
  return text.slice(0, MAX_SHOWN).replaceAll(/[^\x20-\x7e]/g, '?');
}

/** A private or loopback address may be right: behind a NAT, or in a trial. */
const NEVER_OWN: readonly { readonly why: string; readonly list: BlockList }[] = [
  { why: 'stands for no address in particular; name the one to send from', list: of(['0.0.0.0', 8], ['::', 128]) },
  { why: 'is a multicast address, from which nothing can be sent', list: of(['224.0.0.0', 4], ['ff00::', 8]) },
  {
    why: 'is a link-local address, which nobody beyond the next switch can answer',
    list: of(['169.254.0.0', 16], ['fe80::', 10]),
  },
  { why: 'is a reserved address, which no machine has', list: of(['240.0.0.0', 4]) },
];

function of(...networks: readonly (readonly [address: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return list;
}
