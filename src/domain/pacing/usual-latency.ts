// How long transactions at a site take: smoothed, beside the best that it is known for. The best drifts up slowly, so that a
// site that has become slower for good is not held against itself.

const SMOOTHING = 8;
const DRIFT = 1000;

export class UsualLatency {
  #smoothed: number | undefined;
  #best = Infinity;

  /** Milliseconds; undefined before the first. */
  get smoothed(): number | undefined {
    return this.#smoothed;
  }

  get best(): number {
    return this.#best;
  }

  add(ms: number): void {
    this.#smoothed = this.#smoothed === undefined ? ms : this.#smoothed + (ms - this.#smoothed) / SMOOTHING;
    this.#best = ms <= this.#best ? ms : this.#best + (ms - this.#best) / DRIFT;
  }

  /** `factor` times the best and `slackMs` more. */
  isUnusual(factor: number, slackMs: number): boolean {
    return this.#smoothed !== undefined && this.#smoothed > this.#best * factor + slackMs;
  }
}
