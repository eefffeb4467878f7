// What routing needs to know of this installation: which networks it may connect to, and which hosts it is itself.
import { networkInterfaces } from 'node:os';
import type { Config } from './config.ts';
import type { Endpoint } from './setting-values.ts';
import type { Clock } from '../lib/clock.ts';
import { createNetworkPolicy, parseCidr } from '../lib/network-policy.ts';
import type { RouteOptions } from '../mail/dns/mx.ts';

const DNS_DEADLINE_MS = 20_000;

export function routeOptions(config: Config, clock: Clock): RouteOptions {
  const policy = createNetworkPolicy(config.allowNetworks.map(parseCidr).filter((cidr) => cidr !== undefined));
  const doors = [...config.smtp, ...config.smtpBroadcast].filter(({ port }) => port === config.mxPort);
  return {
    random: Math.random,
    // Only who listens on the port of MX hosts can meet itself there; another server on this machine is a destination.
    ownHosts: new Set(doors.length > 0 ? [config.hostname, config.broadcastHostname] : []),
    ownAddresses: new Set(doors.flatMap(addressesOf)),
    refusal: (address) => policy.refusal(address),
    clock,
    deadlineMs: DNS_DEADLINE_MS,
  };
}

/** `host:port` as node:dns wants its servers. */
export function dnsServers(config: Config): string[] {
  return config.dns.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`));
}

function addressesOf({ host }: Endpoint): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
