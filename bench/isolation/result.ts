// What a run is written down as. Measurements of several runs can stand in one result: the newest of a scenario and a
// server counts.
import type { Machine } from '../system/machine.ts';
import type { Figures, Losses, PhaseFigures, Slow } from './figures.ts';
import type { WrongAddresses } from './judge.ts';
import type { IsolationPeer } from './options.ts';
import type { ScenarioKey } from './scenarios.ts';
import type { Shares } from './shares.ts';
import type { SlowTurns, ThreadTurns } from './turns.ts';

export interface BroadcastFigures {
  readonly offered: number;
  readonly accepted: number;
  readonly failed: number;
  readonly reasons: readonly string[];
  /** From the first connection to the last 250. */
  readonly acceptSeconds: number;
  readonly acceptedPerSecond: number;
  /** While the probe ran. */
  readonly deliveredPerSecond: number;
  readonly delivered: number;
  readonly duplicates: number;
  /** Accepted and not delivered when the probe ended. */
  readonly left: number;
}

export interface Measurement {
  readonly scenario: ScenarioKey;
  readonly peer: IsolationPeer;
  readonly version: string;
  /** How long the probe ran. */
  readonly seconds: number;
  /** The probe alone, on the same server, just before. */
  readonly idle: Figures;
  readonly phases: readonly PhaseFigures[];
  readonly overall: Figures;
  readonly losses: Losses;
  readonly wrong: WrongAddresses | undefined;
  /** Messages by the address that they came from. */
  readonly addresses: {
    readonly transactional: Readonly<Record<string, number>>;
    readonly broadcast: Readonly<Record<string, number>>;
  };
  readonly broadcast: BroadcastFigures;
  readonly kills: number | undefined;
  readonly shares: Shares;
  readonly slowest: readonly Slow[];
  /** The most that the probe was behind its own schedule, milliseconds. */
  readonly behindMs: number;
  /** What the probe was told instead of 250. */
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  /** Where the time of its threads went, and that of the slowest probes, where that was asked for. */
  readonly turns: { readonly threads: readonly ThreadTurns[]; readonly slowest: readonly SlowTurns[] } | undefined;
}

/** A measurement with the circumstances of its run. */
export interface Taken extends Measurement {
  readonly machine: Machine;
  readonly quick: boolean;
}

export interface IsolationResult {
  readonly taken: readonly Taken[];
  /** What could not be measured, and why. */
  readonly failures: readonly string[];
}

/** Later measurements of a scenario and a server take the place of earlier ones, and so do their failures. */
export function merge(before: IsolationResult, after: IsolationResult): IsolationResult {
  const keys = new Set(after.taken.map(keyOf));
  const taken = [...before.taken.filter((one) => !keys.has(keyOf(one))), ...after.taken];
  const stale = (failure: string): boolean => [...keys].some((key) => failure.startsWith(`${key}:`));
  return {
    taken: taken.toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1)),
    failures: [...new Set([...before.failures.filter((failure) => !stale(failure)), ...after.failures])],
  };
}

export function keyOf({ scenario, peer }: Pick<Measurement, 'scenario' | 'peer'>): string {
  return `${scenario}, ${peer}`;
}

/** Bulkhead before the others happens to be the order of the alphabet. */
function orderOf(measurement: Measurement): string {
  return keyOf(measurement);
}
