// DNS by node:dns (c-ares): with a bounded cache, one question at a time per name and type, and a hard deadline.
//
// Promises: as the port says. Address records are kept for their TTL within bounds; node does not tell the TTL of other
// types, those are kept for a minute; "there is none" for half a minute, trouble for seconds, so that a burst of mail for
// a broken domain asks once. Not held back by one slow server: deadlines are per question.
// Known limits: c-ares does not tell whether an answer was validated by DNSSEC. Aliases are followed by the server that
// is asked; one that ends nowhere is `nxdomain` or `none`, a circle is `temporary`, as that server tells it.
import { Resolver as DnsClient } from 'node:dns/promises';
import { createBoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DnsAnswer, MxRecord, Resolver } from '../../ports/resolver.ts';

export interface ResolverOptions {
  /** `ip`, `ip:port` or `[ipv6]:port`, asked in order; empty means those of the system. */
  readonly servers: readonly string[];
  /** Answers kept. */
  readonly cacheSize: number;
  /** Milliseconds until a question without an answer becomes `temporary`. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface ClosableResolver extends Resolver {
  /** Gives up on open questions: they end as `temporary`. */
  close(): void;
}

/** Throws where a server is no address. */
export function createResolver(options: ResolverOptions): ClosableResolver {
  const { servers, cacheSize, timeoutMs, clock } = options;
  // A second try waits twice as long as the first: together they fill the deadline.
  const client = new DnsClient({ timeout: Math.max(Math.floor(timeoutMs / 3), 1), tries: 2 });
  if (servers.length > 0) client.setServers(servers);
  const cache = createBoundedCache<string, Answered>({ maxEntries: cacheSize, ttlMs: UNKNOWN_TTL_MS }, clock);
  const asking = new Map<string, Promise<Answered>>();

  async function ask<T>(type: string, name: string, query: Query<T>): Promise<DnsAnswer<T>> {
    const asked = plainName(name);
    const key = `${type} ${asked}`;
    // Every key is asked by one method only, so what is kept under it has that method's type.
    const known = cache.get(key) ?? asking.get(key);
    if (known !== undefined) return (await known).answer as DnsAnswer<T>;
    const question = withDeadline(answerOf(asked, query), { timeoutMs, clock, what: `${type} ${asked}` });
    asking.set(key, question);
    const answered = await question.finally(() => asking.delete(key));
    cache.set(key, answered, answered.ttlMs);
    return answered.answer as DnsAnswer<T>;
  }

  return {
    mx: (domain) => ask('MX', domain, async (name) => ({ records: (await client.resolveMx(name)).map(mxRecord) })),
    a: (host) => ask('A', host, async (name) => addresses(await client.resolve4(name, { ttl: true }))),
    aaaa: (host) => ask('AAAA', host, async (name) => addresses(await client.resolve6(name, { ttl: true }))),
    txt: (name) => ask('TXT', name, async (asked) => ({ records: (await client.resolveTxt(asked)).map(joined) })),
    cname: (name) =>
      ask('CNAME', name, async (asked) => ({ records: (await client.resolveCname(asked)).map(plainName) })),
    close: () => client.cancel(),
  };
}

interface Found<T> {
  readonly records: readonly T[];
  readonly ttlMs?: number;
}

type Query<T> = (name: string) => Promise<Found<T>>;

interface Answered {
  readonly answer: DnsAnswer<unknown>;
  readonly ttlMs: number;
}

async function answerOf<T>(name: string, query: Query<T>): Promise<Answered> {
  try {
    const { records, ttlMs = UNKNOWN_TTL_MS } = await query(name);
    if (records.length === 0) return { answer: { kind: 'none' }, ttlMs: NEGATIVE_TTL_MS };
    return { answer: { kind: 'found', records }, ttlMs };
  } catch (error) {
    return failed(name, error);
  }
}

function failed(name: string, error: unknown): Answered {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'ENOTFOUND':
    // A name that cannot be asked for (too long, empty label) cannot exist either.
    case 'EBADNAME':
      return { answer: { kind: 'nxdomain' }, ttlMs: NEGATIVE_TTL_MS };
    case 'ENODATA':
      return { answer: { kind: 'none' }, ttlMs: NEGATIVE_TTL_MS };
    default:
      if (code === '') throw error;
      return temporary(`${REASONS[code] ?? `DNS failed (${code})`} when asked for ${name}`);
  }
}

function temporary(reason: string): Answered {
  return { answer: { kind: 'temporary', reason }, ttlMs: TROUBLE_TTL_MS };
}

interface Deadline {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly what: string;
}

/** c-ares bounds each try; several servers multiply them, hence this. A late answer is dropped. */
function withDeadline(question: Promise<Answered>, { timeoutMs, clock, what }: Deadline): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const late = (): void => resolve(temporary(`DNS gave no answer in ${timeoutMs / 1000} s for ${what}`));
    const cancel = clock.after(timeoutMs + DEADLINE_SLACK_MS, late);
    question.then(resolve, reject).finally(cancel);
  });
}

function addresses(records: readonly { readonly address: string; readonly ttl: number }[]): Found<string> {
  const seconds = Math.min(...records.map(({ ttl }) => ttl), MAX_TTL_S);
  return { records: records.map(({ address }) => address), ttlMs: Math.max(seconds, MIN_TTL_S) * 1000 };
}

function mxRecord({ priority, exchange }: { priority: number; exchange: string }): MxRecord {
  return { preference: priority, exchange: plainName(exchange) };
}

function joined(strings: readonly string[]): string {
  return strings.join('');
}

function plainName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

const MIN_TTL_S = 5;
const MAX_TTL_S = 3600;
const UNKNOWN_TTL_MS = 60_000;
const NEGATIVE_TTL_MS = 30_000;
const TROUBLE_TTL_MS = 5_000;
const DEADLINE_SLACK_MS = 50;

const REASONS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'the DNS server failed (SERVFAIL)',
  EREFUSED: 'the DNS server refused to answer',
  ETIMEOUT: 'the DNS server did not answer in time',
  ECONNREFUSED: 'the DNS server cannot be reached',
  EFORMERR: 'the DNS server did not understand the question',
  ENOTIMP: 'the DNS server does not know this type of question',
  EBADRESP: 'the DNS server sent a broken answer',
  ECANCELLED: 'the look-up was given up',
};
