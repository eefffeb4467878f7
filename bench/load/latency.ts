// Latencies of a run: each one kept (8 bytes a message), summed up at the end, outside the measured time.

export interface LatencySummary {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Upper bound of a bucket in milliseconds (doubling, from 0.25) and how many fell below it and not below the one before. */
  readonly histogram: readonly { readonly below: number; readonly count: number }[];
}

const FIRST_BUCKET_MS = 0.25;

/** @param micros latencies in microseconds; the array is sorted in place. */
export function summarise(micros: Float64Array): LatencySummary {
  micros.sort();
  const at = (share: number): number => {
    const index = Math.min(micros.length - 1, Math.ceil(micros.length * share) - 1);
    return round((micros[Math.max(0, index)] ?? 0) / 1000);
  };
  return {
    count: micros.length,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
    histogram: buckets(micros),
  };
}

function buckets(sorted: Float64Array): { below: number; count: number }[] {
  const result: { below: number; count: number }[] = [];
  let below = FIRST_BUCKET_MS;
  let from = 0;
  while (from < sorted.length) {
    let to = from;
    while (to < sorted.length && (sorted[to] ?? 0) < below * 1000) to += 1;
    if (to > from) result.push({ below, count: to - from });
    from = to;
    below *= 2;
  }
  return result;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
