// Names that stand for an IP address in DNS: below the reverse zones, and below the zone of a block list.
//
// RFC 1035 3.5 (in-addr.arpa), RFC 3596 2.5 (ip6.arpa), RFC 5782 2.1 and 2.4 (block lists). Expects an address, in any
// spelling of its family.
import { isIP } from 'node:net';

/** The name whose PTR record names the host, e.g. `1.2.0.192.in-addr.arpa`. */
export function reverseName(ip: string): string {
  return `${reversedLabels(ip)}.${isIP(ip) === 4 ? 'in-addr' : 'ip6'}.arpa`;
}

/** The name that exists below `zone` when the list has the address. */
export function listedName(ip: string, zone: string): string {
  return `${reversedLabels(ip)}.${zone}`;
}

function reversedLabels(ip: string): string {
  if (isIP(ip) === 4) return ip.split('.').reverse().join('.');
  return [...hexDigits(ip)].reverse().join('.');
}

const GROUPS = 8;

/** All 32 digits of an IPv6 address. */
function hexDigits(ip: string): string {
  const plain = ip.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groupsOf = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const missing = tail === undefined ? 0 : GROUPS - before.length - after.length;
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after];
  return groups.map((group) => group.toLowerCase().padStart(4, '0')).join('');
}
