// Counts of warming addresses in memory, for tests.
import type { SentCount } from '../../domain/warm-up-budget.ts';
import type { WarmUpCounts } from '../../ports/warm-up-counts.ts';

export class MemoryWarmUpCounts implements WarmUpCounts {
  readonly #counts = new Map<string, SentCount>();

  async read(day: number): Promise<readonly SentCount[]> {
    return [...this.#counts.values()].filter((count) => count.day === day);
  }

  async write(counts: readonly SentCount[]): Promise<void> {
    for (const count of counts) this.#counts.set(`${count.ip}\n${count.day}\n${count.provider}`, count);
  }

  async close(): Promise<void> {}
}
