// The paces that a lane remembers: one for each site, or for all sites of a provider. Those with work stay; of the others
// the ones that were used least lately are forgotten first.
import { roomFor, putOff, type Window } from '../domain/pacing/room.ts';
import { SitePace, type PaceDeps } from '../domain/pacing/site-pace.ts';
import { paceKeyOf, paceOf } from '../domain/shaping/provider-of.ts';
import type { Provider, SiteLimits } from '../domain/shaping/providers.ts';
import type { Site } from '../ports/egress.ts';
import { PaceLines } from './pace-lines.ts';

export interface Paced<Job> {
  readonly key: string;
  readonly provider: Provider | undefined;
  readonly pace: SitePace;
  readonly lines: PaceLines<Job>;
  /** The newest of the sites that share it. */
  site: Site;
  /** Milliseconds for which more have been waiting than there is room for. */
  crowdedMs: number;
}

export interface PaceBookOptions extends PaceDeps {
  /** Bound where no limit of the provider is lower. */
  readonly connections: number;
  /** Paces without work that are kept. */
  readonly maxIdle: number;
}

export interface PutOffJob<Job> {
  readonly job: Job;
  readonly dueAt: number;
}

export class PaceBook<Job> {
  readonly #options: PaceBookOptions;
  readonly #busy = new Map<string, Paced<Job>>();
  /** In order of their last use. */
  readonly #idle = new Map<string, Paced<Job>>();

  constructor(options: PaceBookOptions) {
    this.#options = options;
  }

  /** Those with jobs that wait or are under way. */
  get busy(): Iterable<Paced<Job>> {
    return this.#busy.values();
  }

  get busyCount(): number {
    return this.#busy.size;
  }

  *all(): Iterable<Paced<Job>> {
    yield* this.#busy.values();
    yield* this.#idle.values();
  }

  /** The pace that the site goes under, for work. */
  use(site: Site, now: number): Paced<Job> {
    const key = paceKeyOf(site);
    const busy = this.#busy.get(key);
    if (busy !== undefined) {
      busy.site = site;
      return busy;
    }
    const paced = this.#idle.get(key) ?? this.#fresh(site, now);
    this.#idle.delete(key);
    this.#busy.set(key, paced);
    paced.site = site;
    return paced;
  }

  find(site: Site): Paced<Job> | undefined {
    const key = paceKeyOf(site);
    return this.#busy.get(key) ?? this.#idle.get(key);
  }

  /** To be called when a job has ended: without more of them the pace is only remembered. */
  rest(paced: Paced<Job>, now: number): void {
    if (paced.lines.size > 0 || paced.pace.active > 0) return;
    paced.lines.tidy(now);
    this.#busy.delete(paced.key);
    this.#idle.set(paced.key, paced);
    if (this.#idle.size <= this.#options.maxIdle) return;
    const oldest = this.#idle.keys().next();
    if (oldest.done !== true) this.#idle.delete(oldest.value);
  }

  /** Time has passed. A site is crowded until less than half of its room is used, so that its lines do not fill in waves. */
  waited(paced: Paced<Job>, ms: number, now: number, window: Window): void {
    const { pace, lines } = paced;
    pace.waited(ms);
    lines.tidy(now);
    const room = roomFor(pace, now, window);
    if (lines.size > room) paced.crowdedMs += ms;
    else if (lines.size < room / 2) paced.crowdedMs = 0;
  }

  /** Takes what is beyond the room of this pace out of its lines, with the times when it may come back. */
  shed(paced: Paced<Job>, now: number, window: Window): readonly PutOffJob<Job>[] {
    const { pace, lines } = paced;
    const room = roomFor(pace, now, window);
    if (lines.size <= room) return [];
    const inTurn = lines.inTurn(now);
    const { random } = this.#options;
    return lines.shed(room).map(({ line, job }) => ({
      job,
      dueAt: putOff(line, { pace, now, ahead: line.jobs.length, lines: inTurn, random }),
    }));
  }

  #fresh(site: Site, now: number): Paced<Job> {
    const { key, provider, limits } = paceOf(site);
    const { connections } = this.#options;
    const bounded: SiteLimits = { ...limits, connections: Math.min(limits.connections, connections) };
    return {
      key,
      provider,
      pace: new SitePace(bounded, now, this.#options),
      lines: new PaceLines(),
      site,
      crowdedMs: 0,
    };
  }
}
