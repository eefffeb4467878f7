// Statistics in memory, for tests: the port's behaviour without its durability.
import { addCounts, OTHER_TAGS, type Counts } from '../../domain/statistics.ts';
import { CursorMoved } from '../../ports/activity-index.ts';
import type { LogName } from '../../ports/activity-index.ts';
import {
  FIRSTS_KEPT_DAYS,
  STATISTICS_LIMITS,
  type Counted,
  type CountedBatch,
  type DayCounts,
  type First,
  type StatisticsFilter,
  type StatisticsLimits,
  type StatisticsStore,
} from '../../ports/statistics.ts';

export class MemoryStatisticsStore implements StatisticsStore {
  readonly #limits: StatisticsLimits;
  readonly #rows = new Map<string, Counted>();
  readonly #firsts = new Map<string, First>();
  readonly #cursors = new Map<number, number>();

  constructor(limits: StatisticsLimits = STATISTICS_LIMITS) {
    this.#limits = limits;
  }

  async cursor({ number }: LogName): Promise<number> {
    return this.#cursors.get(number) ?? 0;
  }

  async uncounted(firsts: readonly First[]): Promise<readonly First[]> {
    return firsts.filter(({ day, hash }) => !this.#firsts.has(`${day} ${hash}`));
  }

  async add({ log, after, upTo, counted, firsts = [] }: CountedBatch): Promise<void> {
    const at = await this.cursor(log);
    if (at !== after) throw new CursorMoved(`the statistics of log ${log.id} are at ${at}, not at ${after}`);
    for (const one of counted) {
      this.#add({ ...one, tag: '' });
      if (one.tag !== '') this.#add({ ...one, tag: this.#placeOf(one) });
    }
    for (const first of firsts) this.#firsts.set(`${first.day} ${first.hash}`, first);
    const newest = Math.max(...[...this.#firsts.values()].map(({ day }) => day));
    for (const [key, { day }] of this.#firsts) if (day < newest - FIRSTS_KEPT_DAYS) this.#firsts.delete(key);
    this.#cursors.set(log.number, upTo);
  }

  async dailyCounts({ serverId, streamId, tag = '', from, to }: StatisticsFilter): Promise<readonly DayCounts[]> {
    const days = new Map<string, Counts>();
    for (const row of this.#rows.values()) {
      const isMeant = row.serverId === serverId && row.tag === tag && (streamId ?? row.streamId) === row.streamId;
      const isWithin = row.day >= (from ?? row.day) && row.day <= (to ?? row.day);
      if (isMeant && isWithin) days.set(row.day, addCounts(days.get(row.day) ?? {}, row.counts));
    }
    return [...days].map(([day, counts]) => ({ day, counts })).sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #add(one: Counted): void {
    const key = JSON.stringify([one.serverId, one.streamId, one.tag, one.day]);
    const kept = this.#rows.get(key);
    this.#rows.set(key, kept === undefined ? one : { ...one, counts: addCounts(kept.counts, one.counts) });
  }

  #placeOf({ serverId, day, tag }: Counted): string {
    const ofDay = [...this.#rows.values()].filter((row) => row.serverId === serverId && row.day === day);
    const tags = new Set(ofDay.map((row) => row.tag).filter((each) => each !== '' && each !== OTHER_TAGS));
    return tags.has(tag) || tags.size < this.#limits.tagsADay ? tag : OTHER_TAGS;
  }
}
