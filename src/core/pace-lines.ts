// Jobs that wait for one pace, in a line for each server: lines take turns, a line goes in order of arrival, so that one
// server's many do not hold another's few. Constant time for a job in and out.
import type { LineClock } from '../domain/pacing/room.ts';

export interface Line<Job> extends LineClock {
  readonly server: number;
  readonly jobs: Job[];
}

export interface Shed<Job> {
  readonly line: Line<Job>;
  readonly job: Job;
}

export class PaceLines<Job> {
  readonly #lines = new Map<number, Line<Job>>();
  /** Lines with a job waiting, in the order of their turns. */
  readonly #turns = new Set<Line<Job>>();
  #size = 0;

  /** Jobs waiting, all lines together. */
  get size(): number {
    return this.#size;
  }

  add(server: number, job: Job): void {
    let line = this.#lines.get(server);
    if (line === undefined) {
      line = { server, jobs: [], nextAt: 0 };
      this.#lines.set(server, line);
    }
    line.jobs.push(job);
    this.#turns.add(line);
    this.#size += 1;
  }

  /** The next job in turn. */
  next(): Job | undefined {
    for (const line of this.#turns) {
      this.#turns.delete(line);
      const job = line.jobs.shift();
      if (job === undefined) continue;
      this.#size -= 1;
      if (line.jobs.length > 0) this.#turns.add(line);
      return job;
    }
    return undefined;
  }

  /** Takes out the youngest until `room` are left, from the longest lines: each line keeps its fair part. Oldest first. */
  shed(room: number): readonly Shed<Job>[] {
    if (this.#size <= room) return [];
    const byLength = [...this.#turns].sort((one, other) => one.jobs.length - other.jobs.length);
    const shed: Shed<Job>[] = [];
    let left = room;
    byLength.forEach((line, position) => {
      const fair = Math.floor(left / (byLength.length - position));
      const kept = Math.min(line.jobs.length, fair);
      left -= kept;
      for (const job of line.jobs.splice(kept)) shed.push({ line, job });
      if (line.jobs.length === 0) this.#turns.delete(line);
    });
    this.#size -= shed.length;
    return shed;
  }

  /** Lines that wait in memory or have put off deliveries that are still to come. */
  inTurn(now: number): number {
    let count = 0;
    for (const line of this.#lines.values()) if (line.jobs.length > 0 || line.nextAt > now) count += 1;
    return Math.max(count, 1);
  }

  /** Lets go of lines that nothing is to come of. True where none is left. */
  tidy(now: number): boolean {
    for (const line of this.#lines.values()) {
      if (line.jobs.length === 0 && line.nextAt <= now) this.#lines.delete(line.server);
    }
    return this.#lines.size === 0;
  }

  /** Until when something that was put off may come back; 0 where nothing was. */
  comingUntil(now: number): number {
    let latest = 0;
    for (const { nextAt } of this.#lines.values()) if (nextAt > now) latest = Math.max(latest, nextAt);
    return latest;
  }

  *waiting(): Iterable<Job> {
    for (const line of this.#turns) yield* line.jobs;
  }

  drain(): readonly Job[] {
    return this.shed(0).map(({ job }) => job);
  }
}
