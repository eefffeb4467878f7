// The pace at one site: how many transactions at a time, how many a minute, and when not at all. A state machine over
// numbers; it holds no timer and reads no clock.
//
//   open         nothing is wrong. Begins with few connections and adds one for each transaction that went well while all
//                were in use (a round trip doubles them), up to the limit
//   slow         after trouble: half of the connections, quickly up to what is known to be borne, then one more in
//                `growEveryMs`, which doubles with each trouble that is not forgotten; or a rate that a rule imposed
//   backing-off  throttled or overloaded: nothing until a time, which doubles while nothing goes well in between
//   unreachable  no host could be reached, several times in a row: nothing until a time, then one at a time until one
//                of them gets through
//   blocked      the site refuses our address: as unreachable, with longer waits
//
// Trouble of transactions that began before the last trouble is the same trouble. Promises: constant time and no
// allocation for a transaction that went well. Asks of callers: `started` and `ended` in pairs.
import type { SiteLimits } from '../shaping/providers.ts';
import { EvenRate } from './even-rate.ts';
import type { Signal, Trouble } from './signal.ts';
import type { PaceTuning } from './tuning.ts';
import { UsualLatency } from './usual-latency.ts';

export type PaceState = 'open' | 'slow' | 'backing-off' | 'unreachable' | 'blocked';

export interface PaceView {
  readonly state: PaceState;
  /** Unix milliseconds: when it last changed for better or worse. */
  readonly since: number;
  /** Nothing is tried before; undefined where it is tried now. */
  readonly until: number | undefined;
  /** Transactions allowed at a time now, and at best. */
  readonly concurrency: number;
  readonly limit: number;
  readonly perMinute: number | undefined;
  /** Why it is not open, in plain words with the reply that caused it. */
  readonly reason: string | undefined;
}

export interface PaceDeps {
  readonly tuning: PaceTuning;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export class SitePace {
  readonly #deps: PaceDeps;
  readonly #limit: number;
  readonly #rate: EvenRate;
  readonly #latency = new UsualLatency();
  #active = 0;
  #allowed: number;
  /** Up to here it grows with every transaction that went well. */
  #threshold: number;
  #state: Exclude<PaceState, 'slow'> = 'open';
  #since: number;
  #reason: string | undefined;
  #notBefore = 0;
  /** Troubles in a row without a round that went well. */
  #repeats = 0;
  #wentWellSince = 0;
  /** Troubles, less those that were forgotten; and when it last changed. */
  #level = 0;
  #levelAt = -Infinity;
  #troubleAt = -Infinity;
  #failures = 0;
  #losses = 0;
  #grownAt: number;
  #heardAt = -Infinity;
  #fullAt = -Infinity;
  /** For so long none of those in flight has ended. */
  #silentMs = 0;

  /** `limits.connections` is finite. */
  constructor(limits: SiteLimits, now: number, deps: PaceDeps) {
    this.#deps = deps;
    this.#limit = Math.max(1, limits.connections);
    this.#rate = new EvenRate(limits.perMinute);
    this.#allowed = Math.min(limits.first, this.#limit);
    this.#threshold = this.#limit;
    this.#since = now;
    this.#grownAt = now;
  }

  get active(): number {
    return this.#active;
  }

  /** Transactions at a time, now. */
  get concurrency(): number {
    return this.#state === 'unreachable' || this.#state === 'blocked' ? 1 : Math.max(1, Math.floor(this.#allowed));
  }

  /** It has answered, and was not out of reach since: not one of those that may turn out to be dead. */
  get proven(): boolean {
    return this.#heardAt !== -Infinity && this.#failures === 0;
  }

  /** No transaction has told yet how long one takes. */
  get learning(): boolean {
    return this.#latency.smoothed === undefined;
  }

  /** When one more may start: now, later, or `Infinity` where one of those in flight has to end first. */
  startAt(now: number): number {
    if (this.#active >= this.concurrency) return Infinity;
    return Math.max(now, this.#notBefore, this.#rate.startAt(now));
  }

  /** Nothing is tried until then; 0 where it may be now. */
  heldUntil(now: number): number {
    return this.#notBefore > now ? this.#notBefore : 0;
  }

  /** Milliseconds that each further transaction is likely to take, all connections together; undefined: not known yet. */
  serviceMs(): number | undefined {
    if (this.learning && this.#silentMs < LEARNING_MS) return this.#rate.eachMs > 0 ? this.#rate.eachMs : undefined;
    const reach = this.#state === 'open' && this.#level === 0 ? this.#threshold : this.concurrency;
    return Math.max(Math.max(this.#latency.smoothed ?? 0, this.#silentMs) / reach, this.#rate.eachMs);
  }

  /** Time in which something could have ended: not that in which we ourselves were busy. */
  waited(ms: number): void {
    if (this.#active > 0) this.#silentMs += ms;
  }

  started(now: number): void {
    if (this.#active === 0) this.#silentMs = 0;
    this.#active += 1;
    if (this.#active >= this.concurrency) this.#fullAt = now;
    this.#rate.started(now);
  }

  ended(signal: Signal, startedAt: number, now: number): void {
    // All connections were in use at some time since: there was more to do.
    const busy = this.#fullAt >= startedAt;
    this.#active -= 1;
    this.#silentMs = 0;
    switch (signal.kind) {
      case 'none':
        return;
      case 'ok':
        this.#wentWell(startedAt, now, busy);
        return this.#timed(now - startedAt, now);
      case 'greylisted':
        return this.#wentWell(startedAt, now, busy);
      case 'lost':
        this.#heardAt = now;
        this.#losses += 1;
        if (this.#losses >= LOSSES_ARE_TROUBLE) this.#backOff(signal, startedAt, now);
        return;
      case 'unreachable':
        return this.#notReached(signal, startedAt, now);
      case 'throttled':
      case 'overloaded':
      case 'blocked':
        this.#heardAt = now;
        this.#failures = 0;
        return this.#backOff(signal, startedAt, now);
    }
  }

  view(now: number): PaceView {
    const state = this.stateAt(now);
    return {
      state,
      since: this.#since,
      until: this.#notBefore > now ? this.#notBefore : undefined,
      concurrency: this.concurrency,
      limit: this.#limit,
      perMinute: this.#rate.perMinute === undefined ? undefined : Math.round(this.#rate.perMinute),
      reason: state === 'open' ? undefined : this.#reason,
    };
  }

  stateAt(now: number): PaceState {
    if (this.#state === 'unreachable' || this.#state === 'blocked') return this.#state;
    if (this.#state === 'backing-off' && this.#notBefore > now) return this.#state;
    return this.#level > 0 || this.#rate.reduced ? 'slow' : 'open';
  }

  #wentWell(startedAt: number, now: number, busy: boolean): void {
    this.#heardAt = now;
    this.#failures = 0;
    this.#losses = 0;
    if (startedAt <= this.#troubleAt && this.#state !== 'unreachable') return;
    this.#wentWellSince += 1;
    if (this.#state !== 'open') this.#reopen(now);
    if (this.#level > 0 && now - this.#levelAt >= this.#deps.tuning.forgetMs) this.#forget(now);
    if (this.#allowed < this.#limit) this.#grow(now, busy);
    if (this.#rate.reduced) this.#rate.loosen(this.#deps.tuning.loosenEveryMs, now);
  }

  /** The pause has done its work. A host that was away is new again; who refused us sees one connection at first. */
  #reopen(now: number): void {
    if (this.#state !== 'backing-off') this.#allowed = 1;
    if (this.#state === 'unreachable') {
      this.#repeats = 0;
      this.#level = 0;
      this.#threshold = this.#limit;
    }
    this.#state = 'open';
    this.#since = now;
    this.#notBefore = 0;
    this.#grownAt = now;
  }

  #forget(now: number): void {
    this.#level -= 1;
    this.#levelAt = now;
    if (this.#level > 0) return;
    this.#threshold = this.#limit;
    this.#since = now;
  }

  #grow(now: number, busy: boolean): void {
    const quick = busy && this.#allowed < this.#threshold;
    const cautiousMs = this.#deps.tuning.growEveryMs * 2 ** Math.min(Math.max(this.#level - 1, 0), MAX_CAUTION);
    if (!quick && now - this.#grownAt < cautiousMs) return;
    this.#allowed = Math.min(this.#limit, this.#allowed + 1);
    this.#grownAt = now;
  }

  #timed(latency: number, now: number): void {
    this.#latency.add(latency);
    const { slowFactor, slowMs, growEveryMs } = this.#deps.tuning;
    // No less than twice the time between two steps up: the slower connections have to end first.
    if (!this.#latency.isUnusual(slowFactor, slowMs) || now - this.#levelAt < 2 * growEveryMs) return;
    this.#allowed = Math.max(1, this.#allowed * SLOWER);
    this.#threshold = Math.max(1, Math.floor(this.#allowed));
    this.#level = Math.max(this.#level, 1);
    this.#levelAt = now;
    this.#grownAt = now;
    this.#since = now;
    this.#reason = `it takes ${seconds(this.#latency.smoothed ?? 0)} for a message instead of ${seconds(this.#latency.best)}`;
  }

  #notReached(trouble: Trouble, startedAt: number, now: number): void {
    // Others got through meanwhile: it is there, and does not want so many connections.
    if (this.#heardAt > startedAt) return this.#backOff(trouble, startedAt, now);
    this.#failures += 1;
    if (this.#failures >= this.#deps.tuning.unreachableAfter) this.#backOff(trouble, startedAt, now);
  }

  #backOff(trouble: Trouble, startedAt: number, now: number): void {
    if (startedAt <= this.#troubleAt) return;
    const { kind, perMinute } = trouble;
    const away = kind === 'unreachable' && this.#failures > 0;
    this.#state = kind === 'blocked' ? 'blocked' : away ? 'unreachable' : 'backing-off';
    this.#troubleAt = now;
    this.#repeats = this.#wentWellSince >= Math.max(LEAST_ROUND, this.#allowed) ? 1 : this.#repeats + 1;
    this.#wentWellSince = 0;
    this.#level += 1;
    this.#levelAt = now;
    this.#since = now;
    this.#reason = trouble.reason;
    this.#losses = 0;
    // One more than what went well was too much: what went well is known.
    const stepped = this.#repeats === 1 && this.#allowed > this.#threshold;
    const half = Math.max(1, Math.floor(this.#allowed / 2));
    this.#threshold = stepped ? Math.max(1, Math.floor(this.#allowed) - 1) : half;
    this.#allowed = half;
    this.#grownAt = now;
    if (kind === 'throttled') this.#rate.slow(perMinute, now);
    this.#notBefore = now + this.#pauseMs(trouble);
  }

  #pauseMs({ kind, pauseMs }: Trouble): number {
    const { tuning, random } = this.#deps;
    const first = {
      throttled: pauseMs ?? tuning.throttledMs,
      overloaded: pauseMs ?? tuning.overloadedMs,
      blocked: pauseMs ?? tuning.blockedMs,
      unreachable: tuning.unreachableMs,
      lost: tuning.overloadedMs,
    }[kind];
    const most = this.#state === 'unreachable' ? tuning.maxUnreachableMs : tuning.maxPauseMs;
    const grown = Math.min(most, first * 2 ** Math.min(this.#repeats - 1, MAX_DOUBLINGS));
    return Math.max(1, Math.round(grown * (1 - JITTER + 2 * JITTER * random())));
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** For so long a site that is new is taken for a quick one. */
const LEARNING_MS = 500;
const LOSSES_ARE_TROUBLE = 3;
const LEAST_ROUND = 3;
const MAX_CAUTION = 6;
const SLOWER = 0.7;
const JITTER = 0.2;
const MAX_DOUBLINGS = 12;
