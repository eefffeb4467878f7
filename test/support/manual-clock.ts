// A clock whose time and timers move when the test says so.
import type { Clock } from '../../src/lib/clock.ts';

export interface ManualClock extends Clock {
  /** Timers that come due meanwhile run in order, those too that they set. */
  advance(ms: number): void;
  /** Timers that are set. */
  pending(): number;
}

export function manualClock(startAt = 0): ManualClock {
  const timers = new Map<number, { readonly at: number; readonly task: () => void }>();
  let time = startAt;
  let last = 0;
  return {
    now: () => time,
    after(ms, task) {
      last += 1;
      const id = last;
      timers.set(id, { at: time + ms, task });
      return () => void timers.delete(id);
    },
    advance(ms) {
      const until = time + ms;
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
        if (due === undefined) break;
        const [id, { at, task }] = due;
        timers.delete(id);
        time = Math.max(time, at);
        task();
      }
      time = until;
    },
    pending: () => timers.size,
  };
}
