// Warm-up plans: how much an address that receivers do not know yet may send on each of its first days, to one provider
// and in all.
//
// Promises: pure; days are those of UTC, and the day on which a plan starts is its first, however late it is; after the
// last day nothing is held back. The numbers follow the schedules that large senders publish: begin with 50 to a provider,
// half as much again or twice as much each day, a month in all.

export interface WarmUpPlan {
  readonly name: string;
  /** For people. */
  readonly about: string;
  /** Recipients at one provider on each day, from the first on. */
  readonly perProvider: readonly number[];
}

export interface Allowance {
  /** 1 on the first day. */
  readonly day: number;
  /** Recipients a day, and `Infinity` when the plan has ended. */
  readonly perProvider: number;
  readonly total: number;
}

/** Most mail goes to a handful of providers; the many small ones together get as much as three large ones. */
const PROVIDERS_IN_ALL = 4;

const STEPS = [
  50, 75, 110, 170, 250, 380, 570, 850, 1300, 1900, 2800, 4300, 6400, 9600, 14_000, 21_000, 32_000, 48_000, 70_000,
  100_000, 140_000, 190_000, 250_000, 330_000, 430_000, 560_000, 730_000, 950_000, 1_200_000, 1_500_000,
];
const DOUBLING = [100, 200, 400, 800, 1600, 3200, 6400, 13_000, 26_000, 50_000, 100_000, 200_000, 400_000, 800_000];

export const WARM_UP_PLANS: readonly WarmUpPlan[] = [
  {
    name: 'default',
    about: 'from 50 a provider on the first day, half as much again each day, 30 days',
    perProvider: STEPS,
  },
  {
    name: 'slow',
    about: 'the same with two days a step, 60 days: for lists that nobody has written to for long',
    perProvider: STEPS.flatMap((step) => [step, step]),
  },
  {
    name: 'fast',
    about: 'from 100 a provider, twice as much each day, 14 days: for a domain that receivers know, on a new address',
    perProvider: DOUBLING,
  },
];

export function warmUpPlan(name: string): WarmUpPlan | undefined {
  return WARM_UP_PLANS.find((plan) => plan.name === name);
}

/** Unix milliseconds all. */
export function allowance(plan: WarmUpPlan, startedAt: number, now: number): Allowance {
  const day = Math.max(utcDay(now) - utcDay(startedAt) + 1, 1);
  const perProvider = plan.perProvider[day - 1] ?? Infinity;
  return { day, perProvider, total: perProvider * PROVIDERS_IN_ALL };
}

/** When the plan has started if `now` is on its day `day`. */
export function startedOn(now: number, day: number): number {
  return now - (day - 1) * DAY_MS;
}

/** Days since 1970 in UTC. */
export function utcDay(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** When the next day begins in UTC. */
export function nextDayAt(now: number): number {
  return (utcDay(now) + 1) * DAY_MS;
}

const DAY_MS = 86_400_000;
