// Postfix's two ways to keep broadcasts apart: not at all (`postfix`: one transport for all mail, its default), and by a
// transport of its own for their domains (`postfix-two`), with its own limit of processes and its own source address.
import type { Zone } from '../system/dns.ts';
import type { PostfixRoutes } from './postfix.ts';

export interface RouteSetting {
  readonly zone: Zone;
  readonly isBroadcast: (domain: string) => boolean;
  readonly sinkPort: number;
  /** Absent: one transport for everything. */
  readonly two: { readonly transactional: string; readonly broadcast: string } | undefined;
  /** Where the DNS of the zone answers, on port 53; absent: what has lame DNS is left out. */
  readonly dnsHost: string | undefined;
}

export const BULK_TRANSPORT = 'bulk';
/** Postfix's default for a transport is 100, in each of them. */
const BULK_PROCESSES = 50;

export function postfixRoutes(setting: RouteSetting): PostfixRoutes {
  const { two, dnsHost } = setting;
  return {
    transports: [...setting.zone.keys()].map((domain) => `${domain} ${nextHop(domain, setting)}`),
    settings: {
      ...(dnsHost === undefined ? {} : { smtp_dns_support_level: 'enabled', smtp_host_lookup: 'dns' }),
      [`${BULK_TRANSPORT}_destination_concurrency_limit`]: '20',
      [`${BULK_TRANSPORT}_initial_destination_concurrency`]: '20',
    },
    services:
      two === undefined
        ? []
        : [
            `smtp unix - - n - - smtp -o smtp_bind_address=${two.transactional}`,
            `${BULK_TRANSPORT} unix - - n - ${BULK_PROCESSES} smtp -o smtp_bind_address=${two.broadcast}`,
          ],
    ...(dnsHost === undefined ? {} : { resolvConf: `nameserver ${dnsHost}\n` }),
  };
}

/** Addresses in brackets are taken as they are; only what is lame is looked up. */
function nextHop(domain: string, { zone, isBroadcast, sinkPort, two, dnsHost }: RouteSetting): string {
  const transport = two !== undefined && isBroadcast(domain) ? BULK_TRANSPORT : 'smtp';
  const entry = zone.get(domain);
  const lame = entry !== undefined && entry.manner !== 'answers';
  if (lame && dnsHost === undefined) return 'discard:';
  return `${transport}:${lame ? domain : `[${entry?.address}]`}:${sinkPort}`;
}
