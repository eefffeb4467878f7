// DNS with a bounded cache, one question at a time per name and type, and aliases followed.
//
// Promises: as the port says. Answers are kept for their TTL within bounds; "there is none" for half a minute, trouble for
// seconds, so that a burst of mail for a broken domain asks once. An alias that ends nowhere is `nxdomain` or `none`; a
// circle is `temporary`. Leaves to dns-client: servers, sockets, deadlines.
import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import type { Answer, StringAnswer } from 'dns-packet';
import { createBoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import { reverseName } from '../../mail/dns/reverse.ts';
import type { TlsaRecord } from '../../mail/tls/tlsa.ts';
import type { DnsAnswer, MxRecord, Resolver, TlsaResolver } from '../../ports/resolver.ts';
import { createDnsClient, type DnsReply, type DnsServerAddress } from './dns-client.ts';

export interface ResolverOptions {
  /** `ip`, `ip:port` or `[ipv6]:port`, asked in order; empty means those of the system. */
  readonly servers: readonly string[];
  /**
   * Whether the servers' word that an answer is authentic (AD) is believed. `auto`: where all of them are on this machine,
   * since anyone on the way could say so (RFC 4035 4.9.3). `off` without it.
   */
  readonly dnssec?: 'auto' | 'off' | 'resolver';
  /** Answers kept. */
  readonly cacheSize: number;
  /** Milliseconds until a question without an answer becomes `temporary`. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface ClosableResolver extends Resolver, TlsaResolver {
  /** Whether answers may be `secure`. */
  readonly validates: boolean;
  /** Gives up on open questions: they end as `temporary`. */
  close(): void;
}

/** Throws where a server is no address. */
export function createResolver(options: ResolverOptions): ClosableResolver {
  const { cacheSize, timeoutMs, clock } = options;
  const servers = serversOf(options.servers);
  const trustsServers = trusts(options.dnssec ?? 'off', servers);
  const client = createDnsClient({ servers, timeoutMs, trustsServers, clock });
  const cache = createBoundedCache<string, Answered>({ maxEntries: cacheSize, ttlMs: TROUBLE_TTL_MS }, clock);
  const asking = new Map<string, Promise<Answered>>();

  async function ask<T>(kind: Kind<T>, name: string): Promise<DnsAnswer<T>> {
    const asked = plainName(name);
    const key = `${kind.type} ${asked}`;
    // Every key is asked by one method only, so what is kept under it has that method's type.
    const known = cache.get(key) ?? asking.get(key);
    if (known !== undefined) return (await known).answer as DnsAnswer<T>;
    const question = answerOf(kind, asked);
    asking.set(key, question);
    const answered = await question.finally(() => asking.delete(key));
    cache.set(key, answered, answered.ttlMs);
    return answered.answer as DnsAnswer<T>;
  }

  async function answerOf<T>(kind: Kind<T>, name: string): Promise<Answered> {
    // A name that cannot be asked for (too long, empty label) cannot exist either.
    if (!isAskable(name)) return { answer: { kind: 'nxdomain' }, ttlMs: NEGATIVE_TTL_MS };
    return readAnswer(kind, name, await client.ask(name, kind.type));
  }

  return {
    validates: trustsServers,
    mx: (domain) => ask(MX, domain),
    a: (host) => ask(A, host),
    aaaa: (host) => ask(AAAA, host),
    txt: (name) => ask(TXT, name),
    cname: (name) => ask(CNAME, name),
    ptr: (ip) => ask(PTR, reverseName(ip)),
    tlsa: (name) => ask(TLSA, name),
    close: () => client.close(),
  };
}

interface Kind<T> {
  readonly type: 'MX' | 'A' | 'AAAA' | 'TXT' | 'CNAME' | 'PTR' | 'TLSA';
  /** The record in an answer of this type; undefined for others. */
  readonly read: (answer: Answer) => T | undefined;
  readonly tellsAlias?: true;
}

const MX: Kind<MxRecord> = {
  type: 'MX',
  read: (answer) =>
    answer.type === 'MX'
      ? { preference: answer.data.preference ?? 0, exchange: plainName(answer.data.exchange) }
      : undefined,
};
const A: Kind<string> = {
  type: 'A',
  tellsAlias: true,
  read: (answer) => (answer.type === 'A' ? answer.data : undefined),
};
const AAAA: Kind<string> = {
  type: 'AAAA',
  tellsAlias: true,
  read: (answer) => (answer.type === 'AAAA' ? answer.data : undefined),
};
const TXT: Kind<string> = {
  type: 'TXT',
  read: (answer) => (answer.type === 'TXT' ? [answer.data].flat().map(String).join('') : undefined),
};
const CNAME: Kind<string> = {
  type: 'CNAME',
  read: (answer) => (answer.type === 'CNAME' ? plainName(answer.data) : undefined),
};
const PTR: Kind<string> = {
  type: 'PTR',
  read: (answer) => (answer.type === 'PTR' ? plainName(answer.data) : undefined),
};
const TLSA: Kind<TlsaRecord> = {
  type: 'TLSA',
  read: (answer) => {
    if (answer.type !== 'TLSA') return undefined;
    const { usage, selector, matchingType, certificate } = answer.data;
    return { usage, selector, matchingType, data: certificate };
  },
};

interface Answered {
  readonly answer: DnsAnswer<unknown>;
  readonly ttlMs: number;
}

function readAnswer<T>(kind: Kind<T>, asked: string, reply: DnsReply): Answered {
  if (reply.kind === 'failed') return temporary(`${reply.reason} when asked for ${asked}`);
  const { rcode, answers } = reply;
  const secure = reply.authentic ? ({ secure: true } as const) : {};
  if (rcode !== NOERROR && rcode !== NXDOMAIN) {
    return temporary(`${REASONS[rcode] ?? `DNS failed (${rcode})`} when asked for ${asked}`);
  }
  const alias = kind.type === 'CNAME' ? { name: asked, ttls: [] } : followAliases(asked, answers);
  if (alias === undefined) return temporary(`the aliases of ${asked} lead in a circle`);
  if (rcode === NXDOMAIN) return { answer: { kind: 'nxdomain', ...secure }, ttlMs: NEGATIVE_TTL_MS };
  const own = answers.filter((answer) => answer.type === kind.type && plainName(answer.name) === alias.name);
  const records = own.map(kind.read).filter((record) => record !== undefined);
  if (records.length === 0) return { answer: { kind: 'none', ...secure }, ttlMs: NEGATIVE_TTL_MS };
  const canonical = kind.tellsAlias === true && alias.name !== asked ? { canonical: alias.name } : {};
  return {
    answer: { kind: 'found', records, ...secure, ...canonical },
    ttlMs: keptFor([...alias.ttls, ...own.map(ttlOf)]),
  };
}

/** The last name of the chain that begins with `asked`; undefined for a circle. */
function followAliases(asked: string, answers: readonly Answer[]): { name: string; ttls: number[] } | undefined {
  const aliases = new Map<string, StringAnswer>();
  for (const answer of answers) if (answer.type === 'CNAME') aliases.set(plainName(answer.name), answer);
  const ttls: number[] = [];
  let name = asked;
  for (let step = aliases.get(name); step !== undefined; step = aliases.get(name)) {
    if (ttls.length >= aliases.size) return undefined;
    name = plainName(step.data);
    ttls.push(ttlOf(step));
  }
  return { name, ttls };
}

function ttlOf(answer: Answer): number {
  return 'ttl' in answer && typeof answer.ttl === 'number' ? answer.ttl : 0;
}

function keptFor(ttls: readonly number[]): number {
  return Math.min(Math.max(Math.min(...ttls), MIN_TTL_S), MAX_TTL_S) * 1000;
}

function temporary(reason: string): Answered {
  return { answer: { kind: 'temporary', reason }, ttlMs: TROUBLE_TTL_MS };
}

function serversOf(given: readonly string[]): readonly DnsServerAddress[] {
  const texts = given.length > 0 ? given : getServers();
  return (texts.length > 0 ? texts : [LOCAL_SERVER]).map(serverAddress);
}

/** `ip`, `ip:port` or `[ipv6]:port`. */
function serverAddress(text: string): DnsServerAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? text;
  // A scope (`fe80::1%eth0`) is understood by the system and not by isIP everywhere.
  if (isIP(host.split('%')[0] ?? '') === 0) throw new Error(`the DNS server ${text} is not an address`);
  return { host, port: port === undefined ? DNS_PORT : Number(port) };
}

function trusts(dnssec: 'auto' | 'off' | 'resolver', servers: readonly DnsServerAddress[]): boolean {
  if (dnssec !== 'auto') return dnssec === 'resolver';
  return servers.every(({ host }) => host.startsWith('127.') || host === '::1');
}

function isAskable(name: string): boolean {
  return name.length <= MAX_NAME && name.split('.').every((label) => label.length > 0 && label.length <= MAX_LABEL);
}

function plainName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

const LOCAL_SERVER = '127.0.0.1';
const DNS_PORT = 53;
const NOERROR = 0;
const NXDOMAIN = 3;
const MAX_NAME = 253;
const MAX_LABEL = 63;
const MIN_TTL_S = 5;
const MAX_TTL_S = 3600;
const NEGATIVE_TTL_MS = 30_000;
const TROUBLE_TTL_MS = 5_000;

const REASONS: Readonly<Record<number, string>> = {
  1: 'the DNS server did not understand the question',
  2: 'the DNS server failed (SERVFAIL)',
  4: 'the DNS server does not know this type of question',
  5: 'the DNS server refused to answer',
};
