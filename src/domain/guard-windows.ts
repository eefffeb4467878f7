// What is counted of one stream, at one provider or at all: deliveries, bounces, deferrals and complaints over time.
//
// Bounces and deferrals are facts of the moment: they count when they happen, in minutes for an hour and in hours for a
// day, so that a bad list shows within seconds and a slow one within the day. A complaint comes hours or days after the
// mail that it is about, so it counts where that mail does: both by the time of acceptance, in pieces of four hours for
// a week. Otherwise Monday's complaints would be held against Tuesday's little mail.
import type { Rate, Span } from './guard.ts';
import { RollingCounts, type BucketRow, type RollingShape } from './rolling-counts.ts';

export type Fact = 'delivered' | 'hard' | 'soft' | 'deferred';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const COLUMN: Readonly<Record<Fact, number>> = { delivered: 0, hard: 1, soft: 2, deferred: 3 };
const MINUTES: RollingShape = { bucketMs: MINUTE_MS, buckets: 60, columns: 4 };
const HOURS: RollingShape = { bucketMs: HOUR_MS, buckets: 24, columns: 4 };
const SENT = { delivered: 0, complained: 1 } as const;
const SENT_SHAPE: RollingShape = { bucketMs: 4 * HOUR_MS, buckets: 42, columns: 2 };

/** Facts older than this count nowhere. */
const LONGEST_SPAN_MS = SENT_SHAPE.bucketMs * SENT_SHAPE.buckets;

/** Plain data, for keeping. */
export interface KeptWindows {
  readonly minutes: readonly BucketRow[];
  readonly hours: readonly BucketRow[];
  readonly sent: readonly BucketRow[];
}

export class GuardWindows {
  readonly #minutes: RollingCounts;
  readonly #hours: RollingCounts;
  readonly #sent: RollingCounts;

  constructor(kept?: KeptWindows) {
    this.#minutes = new RollingCounts(MINUTES, kept?.minutes);
    this.#hours = new RollingCounts(HOURS, kept?.hours);
    this.#sent = new RollingCounts(SENT_SHAPE, kept?.sent);
  }

  /** What became of a recipient at `at`. */
  happened(fact: Fact, at: number, now: number): void {
    this.#minutes.add(COLUMN[fact], at, now);
    this.#hours.add(COLUMN[fact], at, now);
  }

  /** A delivery of, or a complaint about, mail that was accepted at `acceptedAt`. */
  sent(what: 'delivered' | 'complained', acceptedAt: number, now: number): void {
    this.#sent.add(SENT[what], acceptedAt, now);
  }

  rates(provider: string, now: number): readonly Rate[] {
    return [
      ...momentRates(provider, '10m', this.#minutes.sums(10 * MINUTE_MS, now)),
      ...momentRates(provider, '1h', this.#minutes.sums(HOUR_MS, now)),
      ...momentRates(provider, '24h', this.#hours.sums(DAY_MS, now)),
      complaintRate(provider, '24h', this.#sent.sums(DAY_MS, now)),
      complaintRate(provider, '7d', this.#sent.sums(LONGEST_SPAN_MS, now)),
    ];
  }

  isEmpty(now: number): boolean {
    return [this.#minutes, this.#hours, this.#sent].every((counts) => counts.isEmpty(now));
  }

  kept(now: number): KeptWindows {
    return { minutes: this.#minutes.rows(now), hours: this.#hours.rows(now), sent: this.#sent.rows(now) };
  }
}

function momentRates(provider: string, span: Span, sums: readonly number[]): readonly Rate[] {
  const [delivered = 0, hard = 0, soft = 0, deferred = 0] = sums;
  const finished = delivered + hard + soft;
  return [
    { measure: 'bounces', provider, span, part: hard, whole: finished },
    { measure: 'deferrals', provider, span, part: deferred, whole: finished + deferred },
  ];
}

function complaintRate(provider: string, span: Span, sums: readonly number[]): Rate {
  const [delivered = 0, complained = 0] = sums;
  return { measure: 'complaints', provider, span, part: complained, whole: delivered };
}
