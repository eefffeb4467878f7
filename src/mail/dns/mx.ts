// Where the mail of a domain goes: from answers of DNS to a list of hosts with addresses (RFC 5321 5.1).
//
//   1. MX records by preference, equal ones shuffled; without any, the domain itself (implicit MX)
//   2. a null MX ends it (RFC 7505); names that are no host names (IP addresses, empty) are passed over
//   3. a record that names ourselves cuts off itself and all that are not preferred to it (no loops)
//   4. addresses of the hosts, IPv6 before IPv4, without those that the policy refuses; hosts without any fall away
//
// Promises: pure but for the given look-ups; ends within the deadline; a bounded number of hosts and addresses. What is
// not certain (a look-up failed and nothing else was found) is temporary.
// Leaves to others: caches and CNAMEs (the resolver's), and trying the hosts.
import { isIP } from 'node:net';
import type { Clock } from '../../lib/clock.ts';

/** `secure`: proved by DNSSEC; `canonical`: the name behind the alias that was asked for. */
export type Lookup<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly secure?: true; readonly canonical?: string }
  | { readonly kind: 'none' | 'nxdomain'; readonly secure?: true }
  | { readonly kind: 'temporary'; readonly reason: string };

export interface Mx {
  readonly preference: number;
  /** Without the final dot; empty for a null MX. */
  readonly exchange: string;
}

/** What is asked of DNS. */
export interface MxLookups {
  mx(domain: string): Promise<Lookup<Mx>>;
  a(host: string): Promise<Lookup<string>>;
  aaaa(host: string): Promise<Lookup<string>>;
}

export interface RouteOptions {
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Our own names (lower case) and addresses: mail for them would come back to us. */
  readonly ownHosts: ReadonlySet<string>;
  readonly ownAddresses: ReadonlySet<string>;
  /** Why an address must not be connected to; undefined where it may be. */
  readonly refusal: (address: string) => string | undefined;
  readonly clock: Clock;
  /** Milliseconds for all look-ups together. */
  readonly deadlineMs: number;
  readonly maxHosts?: number;
  readonly maxAddressesPerHost?: number;
}

export interface RouteHost {
  readonly host: string;
  readonly addresses: readonly string[];
  /** DNSSEC proved all addresses that were found. */
  readonly secure?: true;
  /** Where the host is an alias: what it is an alias of. */
  readonly canonical?: string;
}

export type Route =
  | {
      readonly kind: 'site';
      /** Equal for domains that are served by the same hosts. */
      readonly key: string;
      readonly hosts: readonly RouteHost[];
      /** DNSSEC proved the MX records, or that there are none. */
      readonly secure?: true;
    }
  /** The domain says that it takes no mail. */
  | { readonly kind: 'null-mx'; readonly reason: string }
  /** It does not exist, or nothing in it could take mail. For good, as far as DNS knows now. */
  | { readonly kind: 'no-such-domain'; readonly reason: string }
  | { readonly kind: 'temporary'; readonly reason: string }
  /** For good, by our own rules: a loop, or networks that we do not connect to. */
  | { readonly kind: 'refused'; readonly reason: string };

/** `domain` in lower-case A-label form. Nothing is thrown unless a look-up throws. */
export async function routeDomain(domain: string, lookups: MxLookups, options: RouteOptions): Promise<Route> {
  if (!isHostName(domain)) return { kind: 'no-such-domain', reason: `${domain.slice(0, 80)} is no domain name` };
  const { clock, deadlineMs } = options;
  let cancel = (): void => undefined;
  const late = new Promise<Route>((resolve) => {
    const reason = `DNS did not answer for ${domain} within ${deadlineMs / 1000} s`;
    cancel = clock.after(deadlineMs, () => resolve({ kind: 'temporary', reason }));
  });
  try {
    return await Promise.race([route(domain, lookups, options), late]);
  } finally {
    cancel();
  }
}

async function route(domain: string, lookups: MxLookups, options: RouteOptions): Promise<Route> {
  const answer = await lookups.mx(domain);
  if (answer.kind === 'nxdomain') return { kind: 'no-such-domain', reason: `the domain ${domain} does not exist` };
  if (answer.kind === 'temporary') return answer;
  const records = answer.kind === 'found' ? answer.records : [];
  if (records.length > 0 && records.every(({ exchange }) => exchange === '' || exchange === '.')) {
    return { kind: 'null-mx', reason: `the domain ${domain} takes no mail (null MX)` };
  }
  const implicit = records.length === 0;
  const named = implicit
    ? [{ preference: 0, exchange: domain }]
    : records.filter(({ exchange }) => isHostName(exchange));
  if (named.length === 0) {
    return { kind: 'no-such-domain', reason: `no MX record of ${domain} holds the name of a host` };
  }
  const ordered = byPreference(named, options.random);
  const own = ordered.find(({ exchange }) => options.ownHosts.has(exchange.toLowerCase()));
  const allowed = ordered.filter(({ preference }) => own === undefined || preference < own.preference);
  if (allowed.length === 0) return LOOP;
  const site = siteOf(domain, await addressesOf(allowed, lookups, options), { ...options, implicit });
  return site.kind === 'site' && answer.secure === true ? { ...site, secure: true } : site;
}

/** Equal preferences are in random order, to spread the load (RFC 5321 5.1). One name counts once, at its best. */
function byPreference(records: readonly Mx[], random: () => number): readonly Mx[] {
  const drawn = records.map((record) => ({ record, lot: random() }));
  drawn.sort((one, other) => one.record.preference - other.record.preference || one.lot - other.lot);
  const seen = new Set<string>();
  return drawn
    .map(({ record }) => ({ ...record, exchange: record.exchange.toLowerCase() }))
    .filter(({ exchange }) => !seen.has(exchange) && seen.add(exchange));
}

interface Resolved {
  readonly host: string;
  readonly preference: number;
  readonly addresses: readonly string[];
  /** Why there may be addresses that we do not know of. */
  readonly trouble: string | undefined;
  readonly proof: Pick<RouteHost, 'secure' | 'canonical'>;
}

function addressesOf(records: readonly Mx[], lookups: MxLookups, options: RouteOptions): Promise<readonly Resolved[]> {
  return Promise.all(
    records.slice(0, options.maxHosts ?? MAX_HOSTS).map(async ({ preference, exchange }) => {
      const [six, four] = await Promise.all([lookups.aaaa(exchange), lookups.a(exchange)]);
      const trouble = [six, four].find((answer) => answer.kind === 'temporary');
      return {
        host: exchange,
        preference,
        addresses: [...found(six), ...found(four)],
        trouble: trouble?.kind === 'temporary' ? `${exchange}: ${trouble.reason}` : undefined,
        proof: proofOf([six, four]),
      };
    }),
  );
}

function proofOf(answers: readonly Lookup<string>[]): Resolved['proof'] {
  const all = answers.filter((answer) => answer.kind === 'found');
  const canonical = all.find((answer) => answer.canonical !== undefined)?.canonical;
  return {
    ...(all.length > 0 && all.every((answer) => answer.secure === true) && { secure: true }),
    ...(canonical !== undefined && { canonical }),
  };
}

function found(answer: Lookup<string>): readonly string[] {
  return answer.kind === 'found' ? answer.records : [];
}

type SiteOptions = RouteOptions & { readonly implicit: boolean };

function siteOf(domain: string, resolved: readonly Resolved[], options: SiteOptions): Route {
  const own = resolved.find(({ addresses }) => addresses.some((address) => options.ownAddresses.has(address)));
  const kept = resolved.filter(({ preference }) => own === undefined || preference < own.preference);
  if (kept.length === 0) return LOOP;
  const refusals: string[] = [];
  const hosts = kept.flatMap(({ host, addresses, proof }) => {
    const allowed = addresses.filter((address) => {
      const refusal = options.refusal(address);
      if (refusal !== undefined) refusals.push(`${host}: ${refusal}`);
      return refusal === undefined;
    });
    return allowed.length === 0 ? [] : [{ host, addresses: firstOf(allowed, options), ...proof }];
  });
  if (hosts.length > 0) return { kind: 'site', key: siteKey(kept), hosts };

  const trouble = kept.find((host) => host.trouble !== undefined)?.trouble;
  if (trouble !== undefined) return { kind: 'temporary', reason: trouble };
  if (refusals[0] !== undefined) return { kind: 'refused', reason: `not a public mail server: ${refusals[0]}` };
  // A zone that is being changed names hosts without addresses for some hours: no verdict on the mailbox.
  return options.implicit
    ? { kind: 'no-such-domain', reason: `the domain ${domain} has neither mail servers nor an address` }
    : { kind: 'temporary', reason: `none of the mail servers that ${domain} names has an address` };
}

/** IPv6 first (RFC 5321 5.2 leaves it open), but never so many that IPv4 falls off the end. */
function firstOf(
  addresses: readonly string[],
  { maxAddressesPerHost = MAX_ADDRESSES }: RouteOptions,
): readonly string[] {
  const six = addresses.filter((address) => isIP(address) === 6);
  const four = addresses.filter((address) => isIP(address) === 4);
  const room = Math.max(maxAddressesPerHost - Math.min(four.length, RESERVED_FOR_IPV4), 1);
  return [...six.slice(0, room), ...four].slice(0, maxAddressesPerHost);
}

/** Independent of the order drawn and of which hosts happen to resolve just now. */
function siteKey(hosts: readonly Resolved[]): string {
  return hosts
    .map(({ host }) => host)
    .sort()
    .join(' ');
}

/** LDH labels (underscores are seen in the wild), not an IP address and nothing that ends like one. */
function isHostName(name: string): boolean {
  return name.length <= 253 && HOST_NAME.test(name) && isIP(name) === 0 && !/(^|\.)[0-9]+$/.test(name);
}

const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*$/i;
const LOOP: Route = { kind: 'refused', reason: 'mail loops back to this host' };
const MAX_HOSTS = 10;
const MAX_ADDRESSES = 5;
const RESERVED_FOR_IPV4 = 2;
