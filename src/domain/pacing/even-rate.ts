// A rate of transactions a minute, kept evenly with a small burst, that can be imposed, halved, and loosens with time.
// Undefined: no rate. State is four numbers; nothing is allocated.

const MINUTE = 60_000;
/** A rate that was imposed is given up here: it holds nobody any more. */
const FREE_PER_MINUTE = 1200;
const GROWTH = 1.25;
const BURST = 10;

export class EvenRate {
  readonly #limit: number | undefined;
  #perMinute: number | undefined;
  /** When the next one is due at an even rate. */
  #evenAt = 0;
  #changedAt = 0;

  constructor(limit: number | undefined) {
    this.#limit = limit;
    this.#perMinute = limit;
  }

  get perMinute(): number | undefined {
    return this.#perMinute;
  }

  /** Milliseconds for each. */
  get eachMs(): number {
    return this.#perMinute === undefined ? 0 : MINUTE / this.#perMinute;
  }

  /** Lower than its limit because of trouble. */
  get reduced(): boolean {
    return this.#perMinute !== this.#limit;
  }

  startAt(now: number): number {
    return this.#perMinute === undefined ? now : this.#evenAt - this.#burstMs(this.#perMinute);
  }

  started(now: number): void {
    if (this.#perMinute !== undefined) this.#evenAt = Math.max(this.#evenAt, now) + MINUTE / this.#perMinute;
  }

  /** Half of what it is, and no more than `most`. */
  slow(most: number | undefined, now: number): void {
    const halved = this.#perMinute === undefined ? undefined : Math.max(1, this.#perMinute / 2);
    this.#perMinute = most === undefined ? halved : Math.min(most, halved ?? most);
    this.#changedAt = now;
  }

  /** It goes well: a quarter more, once in `everyMs`. */
  loosen(everyMs: number, now: number): void {
    if (this.#perMinute === undefined || !this.reduced || now - this.#changedAt < everyMs) return;
    this.#changedAt = now;
    this.#perMinute *= GROWTH;
    if (this.#perMinute >= (this.#limit ?? FREE_PER_MINUTE)) this.#perMinute = this.#limit;
  }

  /** A few may go at once, so that a rate does not keep connections from being used again. */
  #burstMs(perMinute: number): number {
    return (MINUTE / perMinute) * Math.min(BURST, Math.max(0, perMinute / BURST - 1));
  }
}
