// Guards: when a stream's bounces, complaints or deferrals are a danger to the reputation of its addresses, and the words
// for it. Pure: who counts is guard-windows.ts, who pauses is core/consume/guard.
//
// The defaults are what large mailbox providers publish for senders: complaints below 0.1 % and never 0.3 %; hard bounces
// below 5 %, and sending stopped at 10 %. A rate means nothing for a handful of messages, so each measure has a least
// number; it is higher for the short spans, which see a stream's bad quarter of an hour and not its day.

export type Measure = 'bounces' | 'complaints' | 'deferrals';
export type Span = '10m' | '1h' | '24h' | '7d';

/** One rate that was measured. */
export interface Rate {
  readonly measure: Measure;
  /** Name of a mailbox provider, or `all`. */
  readonly provider: string;
  readonly span: Span;
  readonly part: number;
  readonly whole: number;
}

/** In percent; 0 is never. */
export interface Threshold {
  readonly warn: number;
  readonly stop: number;
  /** Bounces, deferrals: the least `whole`. Complaints: the least `part`, because `whole` is large by the nature of the rate. */
  readonly minimum: number;
}

export type Thresholds = Readonly<Record<Measure, Threshold>>;

export const DEFAULT_THRESHOLDS: Thresholds = {
  bounces: { warn: 5, stop: 10, minimum: 100 },
  complaints: { warn: 0.1, stop: 0.3, minimum: 5 },
  deferrals: { warn: 50, stop: 0, minimum: 200 },
};

export type Verdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'warn' | 'stop'; readonly rate: Rate; /** In percent. */ readonly threshold: number };

/** All providers of a stream together. */
export const ALL_PROVIDERS = 'all';

/** The worst of what was measured; among equals the one furthest beyond its threshold. */
export function judge(rates: readonly Rate[], thresholds: Thresholds): Verdict {
  let worst: Verdict = { kind: 'fine' };
  for (const rate of rates) {
    const verdict = judgeOne(rate, thresholds[rate.measure]);
    if (weight(verdict) > weight(worst)) worst = verdict;
  }
  return worst;
}

/** Thresholds that a stream must stay below to be called fine again, so that one at the border is not told about twice. */
export function easing(thresholds: Thresholds): Thresholds {
  const lower = ({ warn, stop, minimum }: Threshold): Threshold => ({
    warn: warn * EASING,
    stop: stop * EASING,
    minimum,
  });
  return {
    bounces: lower(thresholds.bounces),
    complaints: lower(thresholds.complaints),
    deferrals: lower(thresholds.deferrals),
  };
}

const EASING = 0.8;

export function percentOf({ part, whole }: Rate): number {
  // More complaints than deliveries are seen where the counting began in between.
  return whole === 0 && part === 0 ? 0 : (100 * part) / Math.max(part, whole);
}

/** How much more is needed before a short span counts. */
const SPAN_FACTOR: Readonly<Record<Span, number>> = { '10m': 5, '1h': 2, '24h': 1, '7d': 1 };

function judgeOne(rate: Rate, { warn, stop, minimum }: Threshold): Verdict {
  const seen = rate.measure === 'complaints' ? rate.part : rate.whole;
  if (seen < minimum * SPAN_FACTOR[rate.span]) return { kind: 'fine' };
  const percent = percentOf(rate);
  if (stop > 0 && percent >= stop) return { kind: 'stop', rate, threshold: stop };
  if (warn > 0 && percent >= warn) return { kind: 'warn', rate, threshold: warn };
  return { kind: 'fine' };
}

function weight(verdict: Verdict): number {
  if (verdict.kind === 'fine') return 0;
  const excess = percentOf(verdict.rate) / verdict.threshold;
  // Any stop outweighs any warning: an excess is 1000 at most where thresholds are 0.1 % and more.
  return verdict.kind === 'stop' ? 1e6 + excess : excess;
}

/** `hard bounces are 50 % (50 of 100 recipients at google in the last 24 hours)` */
export function rateInWords(rate: Rate): string {
  const { part, whole, measure, provider, span } = rate;
  const where = provider === ALL_PROVIDERS ? '' : ` at ${provider}`;
  const of = `${grouped(part)} of ${grouped(whole)} ${WHOLE[measure]}${where} in ${SPAN_NAMES[span]}`;
  return `${NAMES[measure]} are ${percentText(percentOf(rate))} (${of})`;
}

/** Why a stream is paused and what to do, in one sentence. `which` is its place on the command line. */
export function stopReason(rate: Rate, threshold: number, which: string): string {
  const words = rateInWords(rate);
  const limit = `and a stream is paused from ${percentText(threshold)} on`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}, ${limit}: ${ADVICE[rate.measure]}, then run 'bulkhead stream resume ${which}'`;
}

const NAMES: Readonly<Record<Measure, string>> = {
  bounces: 'hard bounces',
  complaints: 'complaints',
  deferrals: 'deferrals',
};
const WHOLE: Readonly<Record<Measure, string>> = {
  bounces: 'recipients',
  complaints: 'deliveries',
  deferrals: 'attempts',
};
const SPAN_NAMES: Readonly<Record<Span, string>> = {
  '10m': 'the last 10 minutes',
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
};
const ADVICE: Readonly<Record<Measure, string>> = {
  bounces: 'take the addresses that do not exist out of the list and find out where it came from',
  complaints: 'stop mailing people who did not ask for it and make unsubscribing easy',
  deferrals: "read the replies of the receiving servers ('bulkhead why'), and slow down or wait",
};

function percentText(percent: number): string {
  return `${Number(percent.toFixed(percent < 1 ? 2 : 1))} %`;
}

function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
