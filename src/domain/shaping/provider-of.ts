// Which provider a site belongs to, and under which key its pace is kept. Asked for every delivery: a few look-ups in a
// map for each host name, nothing else.
import { DEFAULT_LIMITS, PROVIDERS, type Provider, type SiteLimits } from './providers.ts';

/** The id of the provider that runs this MX host; undefined for everybody else. `host` in lower case. */
export function providerOfHost(host: string): string | undefined {
  return rowOfHost(host)?.id;
}

/** The id of the provider that runs all these MX hosts; undefined where one of them is somebody else's, or none is given. */
export function providerOf(hosts: readonly string[]): string | undefined {
  return rowOfSite(hosts.map((host) => ({ host })))?.id;
}

export interface PaceOf {
  /** Equal for all sites that share a pace. */
  readonly key: string;
  readonly provider: Provider | undefined;
  readonly limits: SiteLimits;
}

/** Under which pace a site goes: its provider's, where all its hosts are of one that is paced together; else its own. */
export function paceOf(site: PacedSite): PaceOf {
  const provider = rowOfSite(site.hosts);
  return { key: keyOf(site, provider), provider, limits: limitsOf(site.hosts) };
}

/** The key alone, for every delivery. */
export function paceKeyOf(site: PacedSite): string {
  return keyOf(site, rowOfSite(site.hosts));
}

export function limitsOf(hosts: Hosts): SiteLimits {
  const provider = rowOfSite(hosts);
  return (provider === undefined ? undefined : LIMITS.get(provider)) ?? DEFAULT_LIMITS;
}

export interface PacedSite {
  readonly key: string;
  /** That of its hosts alone, where `key` says more: what is asked of TLS does not give a host more connections. */
  readonly mxKey?: string;
  readonly hosts: Hosts;
}

type Hosts = readonly { readonly host: string }[];

/** A host name cannot begin with a colon, so no site can take a provider's key. */
function keyOf({ key, mxKey = key }: PacedSite, provider: Provider | undefined): string {
  return provider?.together === true ? `:${provider.id}` : mxKey;
}

function rowOfSite(hosts: Hosts): Provider | undefined {
  const first = hosts[0] === undefined ? undefined : rowOfHost(hosts[0].host);
  if (first === undefined) return undefined;
  for (const { host } of hosts) if (rowOfHost(host) !== first) return undefined;
  return first;
}

/** The longest suffix counts: mail.protection.outlook.com is not olc.protection.outlook.com. */
function rowOfHost(host: string): Provider | undefined {
  let rest = host;
  for (;;) {
    const found = BY_SUFFIX.get(rest);
    if (found !== undefined) return found;
    const dot = rest.indexOf('.');
    if (dot === -1) return undefined;
    rest = rest.slice(dot + 1);
  }
}

const LIMITS: ReadonlyMap<Provider, SiteLimits> = new Map(
  PROVIDERS.map((provider) => [provider, { ...DEFAULT_LIMITS, ...provider.limits }]),
);
const BY_SUFFIX: ReadonlyMap<string, Provider> = new Map(
  PROVIDERS.flatMap((provider) => provider.hosts.map((suffix) => [suffix, provider] as const)),
);
