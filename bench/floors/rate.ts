// How often a synchronous step can be done in a given time, and what one costs in CPU.
import { ownCpuMicros } from '../system/clock.ts';

export interface Rate {
  readonly perSecond: number;
  /** CPU for one, microseconds, all processes that take part. */
  readonly cpuMicros: number;
}

export function rateOf(milliseconds: number, perStep: number, step: () => void): Rate {
  const cpuAtStart = ownCpuMicros();
  const start = performance.now();
  let steps = 0;
  while (performance.now() - start < milliseconds) {
    step();
    steps += 1;
  }
  const seconds = (performance.now() - start) / 1000;
  return { perSecond: (steps * perStep) / seconds, cpuMicros: (ownCpuMicros() - cpuAtStart) / (steps * perStep) };
}
