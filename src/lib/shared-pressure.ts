// How long urgent work waits, shared between threads: those that do it report, those that can wait slow down.
//
// Promises: neither side ever waits for the other; a reporter that falls silent is forgotten after `STALE_MS`, so that a
// dead thread slows nobody down for ever. Numbers are rough on purpose: each reporter writes its own place, without locks.
import type { Clock } from './clock.ts';

export interface PressureReporter {
  /** One piece of work waited so many milliseconds for its turn. */
  waited(ms: number): void;
}

export interface PressureOptions {
  /** Up to here nobody slows down. Milliseconds. */
  readonly easyMs: number;
  /** From here on only `least` goes on. Milliseconds. */
  readonly hardMs: number;
  /** From 0 to 1. */
  readonly least: number;
}

export const PRESSURE: PressureOptions = { easyMs: 10, hardMs: 100, least: 0.05 };

/** To be made once, and given to all threads. `reporters` have numbers from 0. */
export function createPressureMemory(reporters: number): SharedArrayBuffer {
  return new SharedArrayBuffer(reporters * FIELDS * Int32Array.BYTES_PER_ELEMENT);
}

/** `number` is the reporter's own place. */
export function reportPressure(memory: SharedArrayBuffer, number: number, clock: Clock): PressureReporter {
  const fields = new Int32Array(memory);
  const at = number * FIELDS;
  let smoothed = 0;
  return {
    waited(ms) {
      // Rises at once, falls slowly: what is slowed down comes back gently.
      smoothed = ms > smoothed ? ms : smoothed + (ms - smoothed) * FALL;
      fields[at] = Math.round(smoothed);
      fields[at + 1] = tick(clock);
    },
  };
}

/** From `least` to 1: the part of its work that a thread which can wait may do now. */
export function readPressure(memory: SharedArrayBuffer, clock: Clock, options = PRESSURE): () => number {
  const fields = new Int32Array(memory);
  const { easyMs, hardMs, least } = options;
  return () => {
    const now = tick(clock);
    let worst = 0;
    for (let at = 0; at < fields.length; at += FIELDS) {
      const ms = fields[at] ?? 0;
      if (ms > worst && now - (fields[at + 1] ?? 0) <= STALE_MS / TICK_MS) worst = ms;
    }
    const part = 1 - (worst - easyMs) / (hardMs - easyMs);
    return Math.min(Math.max(part, least), 1);
  };
}

/** Wraps after 6 years, and then slows somebody down for a moment too short or too long. */
function tick(clock: Clock): number {
  return Math.floor(clock.now() / TICK_MS) & 0x7fffffff;
}

const FIELDS = 2;
const FALL = 0.1;
const TICK_MS = 100;
const STALE_MS = 1000;
