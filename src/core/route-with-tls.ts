// Where the mail of a domain goes, with what each host must prove of TLS: DANE by its TLSA records (RFC 7672 section 2), or
// what the MTA-STS policy of the domain asks for (RFC 8461 section 4).
//
//   1. the route, and the policy beside it; only where DNSSEC proved the MX records and a host's addresses, its TLSA records are asked for
//   2. the name behind an alias first, then the name of the host (RFC 7672 2.2.2); an alias that leads out of the signed
//      zones still counts by its own name where the alias itself is proved
//   3. usable records: DANE. None usable: TLS with any certificate. A look-up that fails, as a forged answer does: the host
//      is barred. No records: what MTA-STS says; DANE goes before it (RFC 8461 section 2)
//   4. MTA-STS: a host that the policy does not name is barred, any other shows a trusted certificate for its name. Under
//      mode `testing` the same is looked at, and only told
// Promises: `key` of the site differs where the requirements differ. Without either, it costs a look into two caches.
import type { Route, RouteHost } from '../mail/dns/mx.ts';
import { namesHost, type StsPolicy } from '../mail/tls/mta-sts.ts';
import { forbidsPlainText, requirementKey, type TlsRequirement } from '../mail/tls/requirement.ts';
import { DANE_TA, usableRecords, type TlsaRecord } from '../mail/tls/tlsa.ts';
import type { Site, SiteHost } from '../ports/egress.ts';
import type { Resolver, TlsaResolver } from '../ports/resolver.ts';
import type { StsPolicies } from './sts-policies.ts';

export interface TlsRouteDeps {
  readonly route: (domain: string) => Promise<Route>;
  readonly resolver: Pick<Resolver, 'cname'> & TlsaResolver;
  readonly policies: StsPolicies;
  /** Where the hosts listen; TLSA records are for a port. */
  readonly port: number;
}

/** A site that remembers what a message may make stricter or laxer (site-for-message.ts). */
export interface TlsSite extends Site {
  readonly kind: 'site';
  /** DNSSEC proved the MX records, or that there are none. */
  readonly secure?: true;
}

export type TlsRoute = Exclude<Route, { kind: 'site' }> | TlsSite;

export function createTlsRoute(deps: TlsRouteDeps): (domain: string) => Promise<TlsRoute> {
  const daneFor = createDane(deps);
  return async (domain) => {
    const [route, policy] = await Promise.all([deps.route(domain), deps.policies.of(domain)]);
    if (route.kind !== 'site' || (route.secure !== true && policy === undefined)) return route;
    const byDane = route.secure === true ? daneFor : nothing;
    const hosts = await Promise.all(
      route.hosts.map(async (host) => withTls(host, stronger(await byDane(domain, host), bySts(policy, domain, host)))),
    );
    return { ...route, key: keyOf(route.key, hosts), mxKey: route.key, hosts };
  };
}

/** Records that cannot be used ask for less than MTA-STS does. */
function stronger(dane: TlsRequirement | undefined, sts: TlsRequirement | undefined): TlsRequirement | undefined {
  return dane === undefined || (dane.kind === 'encrypted' && sts !== undefined && forbidsPlainText(sts)) ? sts : dane;
}

function bySts(policy: StsPolicy | undefined, domain: string, { host }: RouteHost): TlsRequirement | undefined {
  if (policy === undefined) return undefined;
  const enforced = policy.mode === 'enforce';
  if (namesHost(policy, host)) return enforced ? STS_ENFORCED : STS_TESTING;
  const reason = `the MTA-STS policy of ${domain} does not name it`;
  return { kind: 'barred', enforced, failure: 'validation-failure', reason };
}

const STS_ENFORCED: TlsRequirement = { kind: 'pkix', by: 'mta-sts', enforced: true };
const STS_TESTING: TlsRequirement = { kind: 'pkix', by: 'mta-sts', enforced: false };

async function nothing(): Promise<undefined> {
  return undefined;
}

function withTls(host: RouteHost, tls: TlsRequirement | undefined): SiteHost {
  return tls === undefined ? host : { ...host, tls };
}

/** Domains with the same hosts and the same requirements share a site. */
export function keyOf(key: string, hosts: readonly SiteHost[]): string {
  if (hosts.every(({ tls }) => tls === undefined)) return key;
  return `${key} tls ${hosts
    .map(({ host, tls }) => `${host}=${requirementKey(tls)}`)
    .sort()
    .join(' ')}`;
}

type DaneFor = (domain: string, host: RouteHost) => Promise<TlsRequirement | undefined>;

function createDane({ resolver, port }: TlsRouteDeps): DaneFor {
  /** By the records of a cached answer, so that they are read once and not once a message. */
  const known = new WeakMap<readonly TlsaRecord[], Map<string, TlsRequirement>>();

  return async (domain, { host, secure, canonical }) => {
    const names = await baseNames(host, secure, canonical);
    if ('kind' in names) return names;
    for (const baseName of names) {
      const answer = await resolver.tlsa(`_${port}._tcp.${baseName}`);
      if (answer.kind === 'temporary') return barred(baseName, answer.reason);
      if (answer.kind === 'found' && answer.secure === true)
        return required(answer.records, { domain, host, baseName });
    }
    return undefined;
  };

  async function baseNames(
    host: string,
    secure: true | undefined,
    canonical: string | undefined,
  ): Promise<string[] | TlsRequirement> {
    if (secure === true) return canonical === undefined ? [host] : [canonical, host];
    if (canonical === undefined) return [];
    const alias = await resolver.cname(host);
    if (alias.kind === 'temporary') return barred(host, alias.reason);
    return alias.kind === 'found' && alias.secure === true ? [host] : [];
  }

  function required(records: readonly TlsaRecord[], names: Names): TlsRequirement {
    const byNames = known.get(records) ?? new Map<string, TlsRequirement>();
    known.set(records, byNames);
    const key = `${names.baseName} ${names.host} ${names.domain}`;
    const made = byNames.get(key) ?? requirementOf(records, names);
    if (byNames.size < MAX_KNOWN) byNames.set(key, made);
    return made;
  }
}

interface Names {
  readonly domain: string;
  readonly host: string;
  readonly baseName: string;
}

function requirementOf(all: readonly TlsaRecord[], { domain, host, baseName }: Names): TlsRequirement {
  const records = usableRecords(all);
  if (records.length === 0) return { kind: 'encrypted' };
  // Names count under DANE-TA only; without them domains with the same host share their connections.
  const namesCount = records.some(({ usage }) => usage === DANE_TA);
  const otherNames = namesCount ? [...new Set([host, domain])].filter((name) => name !== baseName) : [];
  return { kind: 'dane', records, baseName, otherNames };
}

function barred(name: string, reason: string): TlsRequirement {
  const why = `its TLSA records (DANE) cannot be looked up safely (${reason}), so nobody can tell who answers for ${name}`;
  return { kind: 'barred', enforced: true, failure: 'dnssec-invalid', reason: why };
}

/** Domains that share a host with DANE-TA records; further ones are computed each time. */
const MAX_KNOWN = 1000;
