// What the looks into the server's threads (peers/thread-turns.ts) come to: how long single turns took and why, and where
// the time of the slowest probes went. Times are milliseconds.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarise } from '../load/latency.ts';
import type { Probe } from './figures.ts';

/** Since the look before, microseconds; the rest of `wall` was sleep or disk. */
export interface Look {
  readonly at: number;
  readonly cpu: number;
  readonly waited: number;
  readonly wall: number;
}

export type Looks = Readonly<Record<string, readonly Look[]>>;

export interface ThreadTurns {
  readonly thread: string;
  /** Percent of one core. */
  readonly busy: number;
  readonly cpuP99: number;
  readonly cpuMax: number;
  readonly waitedP99: number;
  readonly waitedMax: number;
}

/** Of one probe, from MAIL FROM to the far side's 250: what each thread did meanwhile. */
export interface SlowTurns {
  readonly delivery: number;
  readonly threads: Readonly<Record<string, { readonly cpu: number; readonly waited: number; readonly rest: number }>>;
}

const SLOWEST = 10;

export function readLooks(folder: string): Looks {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder).map((thread) => [thread, parseLooks(readFileSync(join(folder, thread), 'latin1'))]),
  );
}

export function parseLooks(text: string): Look[] {
  return text.split('\n').flatMap((line) => {
    const [at, cpu, waited, wall] = line.split(' ').map(Number);
    return wall === undefined ? [] : [{ at: at ?? 0, cpu: cpu ?? 0, waited: waited ?? 0, wall }];
  });
}

export function turnsOf(looks: Looks, from: number, until: number): ThreadTurns[] {
  return Object.entries(looks).flatMap(([thread, all]) => {
    const mine = all.filter(({ at }) => at >= from && at <= until);
    if (mine.length === 0) return [];
    const cpu = summarise(Float64Array.from(mine, (look) => look.cpu));
    const waited = summarise(Float64Array.from(mine, (look) => look.waited));
    const used = mine.reduce((sum, look) => sum + look.cpu, 0);
    const wall = mine.reduce((sum, look) => sum + look.wall, 0);
    const busy = Math.round((1000 * used) / wall) / 10;
    return [{ thread, busy, cpuP99: cpu.p99, cpuMax: cpu.max, waitedP99: waited.p99, waitedMax: waited.max }];
  });
}

export function slowTurns(looks: Looks, probes: readonly Probe[]): SlowTurns[] {
  const took = ({ mailFromAt, arrivedAt }: Probe): number => arrivedAt - mailFromAt;
  return probes
    .filter(({ mailFromAt, arrivedAt }) => mailFromAt > 0 && arrivedAt > 0)
    .toSorted((one, other) => took(other) - took(one))
    .slice(0, SLOWEST)
    .map((probe) => ({
      delivery: milliseconds(took(probe)),
      threads: Object.fromEntries(Object.entries(looks).map(([thread, all]) => [thread, during(all, probe)])),
    }));
}

/** Looks that lie partly within count with the part that does. */
function during(all: readonly Look[], { mailFromAt, arrivedAt }: Probe): SlowTurns['threads'][string] {
  let cpu = 0;
  let waited = 0;
  let wall = 0;
  for (const look of all) {
    const inside = Math.min(look.at, arrivedAt) - Math.max(look.at - look.wall, mailFromAt);
    if (inside <= 0 || look.wall <= 0) continue;
    const part = inside / look.wall;
    cpu += look.cpu * part;
    waited += look.waited * part;
    wall += inside;
  }
  return { cpu: milliseconds(cpu), waited: milliseconds(waited), rest: milliseconds(Math.max(0, wall - cpu - waited)) };
}

function milliseconds(micros: number): number {
  return Math.round(micros / 10) / 100;
}
