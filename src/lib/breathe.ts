// Gives the core away now and then in the midst of long work that nobody waits for, so that threads that people wait for
// get it at once.
//
// A lower priority (nice) says who gets how much of a core, not when: Linux lets a thread that runs have its slice, some
// milliseconds, before another one that wakes up, whatever both their priorities are (EEVDF,
// https://docs.kernel.org/scheduler/sched-eevdf.html). A thread that sleeps for a moment gives it away.
// Must not be called on a thread that people wait for: it blocks.

export interface BreatherOptions {
  /** Work between two rests, milliseconds: so long somebody may have to wait. */
  readonly workMs: number;
  /** What is asked for; the kernel adds some 0.05 ms. */
  readonly restMs: number;
}

export const BREATHER_OPTIONS: BreatherOptions = { workMs: 0.5, restMs: 0.05 };

/** To be called often; it costs a look at the clock. */
export function createBreather({ workMs, restMs }: BreatherOptions = BREATHER_OPTIONS): () => void {
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
  let restedAt = performance.now();
  return () => {
    if (performance.now() - restedAt < workMs) return;
    Atomics.wait(nobodyWakes, 0, 0, restMs);
    restedAt = performance.now();
  };
}
