// What the addresses of a lane that are warming up have sent today, and how much is left: asked before each transaction.
//
// Promises: in memory and without waiting; an address without a plan, or whose plan has ended, costs one look. More
// recipients than a whole day allows are let through once on a day that has sent nothing, so that a large transaction does
// not wait for weeks. Bounded: beyond `maxProviders` a day, further providers count in the sum only.
import { allowance, nextDayAt, utcDay, warmUpPlan, type Allowance } from './warm-up.ts';
import type { PoolAddress } from './pool.ts';

export type WarmingAddress = Pick<PoolAddress, 'ip' | 'warmUp'>;

/** In place of a provider: all of them together. */
export const ALL_PROVIDERS = '';

/** Recipients that an address has sent to on a day. */
export interface SentCount {
  readonly ip: string;
  /** Since 1970, UTC. */
  readonly day: number;
  readonly provider: string;
  readonly recipients: number;
}

export interface WarmUpBudget {
  /** Whether so many recipients can be taken now. */
  fits(address: WarmingAddress, provider: string, recipients: number): boolean;
  /** Counts the recipients, or says false and counts nothing. */
  take(address: WarmingAddress, provider: string, recipients?: number): boolean;
  /** Recipients that may still be sent to today; `Infinity` without a plan. */
  left(address: WarmingAddress, provider: string): number;
  /** When there is more again: the next day of UTC, in Unix milliseconds. */
  nextDayAt(): number;
  /** Begins with counts of today that were kept; others are ignored. */
  restore(kept: readonly SentCount[]): void;
  /** The counts that have changed since the last call, as they are now. */
  drain(): readonly SentCount[];
}

export interface WarmUpBudgetOptions {
  readonly now: () => number;
  readonly maxProviders?: number;
  /** After each change of a count. */
  readonly onChange?: () => void;
}

export function createWarmUpBudget(options: WarmUpBudgetOptions): WarmUpBudget {
  const { now, maxProviders = MAX_PROVIDERS, onChange = () => undefined } = options;
  const days = new Map<string, SentDay>();
  const sentOf = (ip: string, day: number): SentDay => {
    const known = days.get(ip);
    if (known?.day === day) return known;
    const fresh: SentDay = { day, total: 0, providers: new Map(), changed: new Set() };
    days.set(ip, fresh);
    return fresh;
  };
  const change = (ip: string, provider: string, by: number): void => {
    const sent = sentOf(ip, utcDay(now()));
    sent.total = Math.max(sent.total + by, 0);
    sent.changed.add(ALL_PROVIDERS);
    const before = sent.providers.get(provider);
    if (before !== undefined || sent.providers.size < maxProviders) {
      sent.providers.set(provider, Math.max((before ?? 0) + by, 0));
      sent.changed.add(provider);
    }
    onChange();
  };
  const limitsOf = ({ warmUp }: WarmingAddress): Allowance | undefined => {
    const plan = warmUp && warmUpPlan(warmUp.plan);
    const limits = plan && allowance(plan, warmUp.startedAt, now());
    return limits?.total === Infinity ? undefined : limits;
  };

  const fits = (address: WarmingAddress, provider: string, recipients: number): boolean => {
    const limits = limitsOf(address);
    if (limits === undefined) return true;
    const { total, providers } = sentOf(address.ip, utcDay(now()));
    const within = (used: number, limit: number): boolean => used === 0 || used + recipients <= limit;
    return within(providers.get(provider) ?? 0, limits.perProvider) && within(total, limits.total);
  };

  return {
    fits,
    take(address, provider, recipients = 1) {
      if (limitsOf(address) === undefined) return true;
      if (!fits(address, provider, recipients)) return false;
      change(address.ip, provider, recipients);
      return true;
    },
    left(address, provider) {
      const limits = limitsOf(address);
      if (limits === undefined) return Infinity;
      const sent = sentOf(address.ip, utcDay(now()));
      const ofProvider = limits.perProvider - (sent.providers.get(provider) ?? 0);
      return Math.max(Math.min(ofProvider, limits.total - sent.total), 0);
    },
    nextDayAt: () => nextDayAt(now()),
    restore(kept) {
      const today = utcDay(now());
      for (const count of kept) if (count.day === today) restored(sentOf(count.ip, today), count);
    },
    drain: () => [...days].flatMap(([ip, sent]) => drained(ip, sent)),
  };
}

const MAX_PROVIDERS = 20_000;
interface SentDay {
  readonly day: number;
  total: number;
  readonly providers: Map<string, number>;
  readonly changed: Set<string>;
}

function restored(sent: SentDay, { provider, recipients }: SentCount): void {
  if (provider === ALL_PROVIDERS) sent.total = recipients;
  else sent.providers.set(provider, recipients);
}

function drained(ip: string, { day, total, providers, changed }: SentDay): SentCount[] {
  const counts = [...changed].map((provider) => {
    const recipients = provider === ALL_PROVIDERS ? total : (providers.get(provider) ?? 0);
    return { ip, day, provider, recipients };
  });
  changed.clear();
  return counts;
}
