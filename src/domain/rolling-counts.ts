// Counts over a sliding span of time, in buckets: what is older than the span is gone, and memory has a bound.
//
// Promises: a count is never negative and never counted after its span; times in the future count as now, times before the
// span not at all. A sum over a span covers the running bucket and those before it, so it reaches back up to one bucket
// less than the span, and never further. Leaves to callers what the columns mean.

export interface RollingShape {
  readonly bucketMs: number;
  /** How many buckets are kept, the running one included. */
  readonly buckets: number;
  /** Numbers in a bucket. */
  readonly columns: number;
}

/** A bucket: its number (time divided by the length of a bucket), then its columns. */
export type BucketRow = readonly number[];

export class RollingCounts {
  readonly #shape: RollingShape;
  readonly #counts = new Map<number, number[]>();

  constructor(shape: RollingShape, rows: readonly BucketRow[] = []) {
    this.#shape = shape;
    for (const [bucket, ...counts] of rows) {
      if (bucket !== undefined && counts.length === shape.columns) this.#counts.set(bucket, counts);
    }
  }

  /** Adds one to a column of the bucket of `at`; false where that lies before everything that is kept. */
  add(column: number, at: number, now: number): boolean {
    const running = this.#bucketOf(now);
    const bucket = Math.min(this.#bucketOf(at), running);
    if (bucket <= running - this.#shape.buckets) return false;
    let counts = this.#counts.get(bucket);
    if (counts === undefined) {
      this.#drop(running);
      counts = new Array<number>(this.#shape.columns).fill(0);
      this.#counts.set(bucket, counts);
    }
    counts[column] = (counts[column] ?? 0) + 1;
    return true;
  }

  /** The sums of the columns over the last `spanMs`. */
  sums(spanMs: number, now: number): readonly number[] {
    const running = this.#bucketOf(now);
    const oldest = running - Math.min(Math.floor(spanMs / this.#shape.bucketMs), this.#shape.buckets);
    const sums = new Array<number>(this.#shape.columns).fill(0);
    for (const [bucket, counts] of this.#counts) {
      if (bucket <= oldest || bucket > running) continue;
      counts.forEach((count, column) => (sums[column] = (sums[column] ?? 0) + count));
    }
    return sums;
  }

  /** What is kept, to be given to the constructor again. */
  rows(now: number): readonly BucketRow[] {
    this.#drop(this.#bucketOf(now));
    return [...this.#counts].map(([bucket, counts]) => [bucket, ...counts]);
  }

  /** True where nothing is kept any more. */
  isEmpty(now: number): boolean {
    this.#drop(this.#bucketOf(now));
    return this.#counts.size === 0;
  }

  #bucketOf(at: number): number {
    return Math.floor(at / this.#shape.bucketMs);
  }

  #drop(running: number): void {
    for (const bucket of this.#counts.keys()) {
      if (bucket <= running - this.#shape.buckets) this.#counts.delete(bucket);
    }
  }
}
