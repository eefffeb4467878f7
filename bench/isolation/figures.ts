// From the times of single probes to figures: by phase, since a flood that is being accepted and a backlog that drains are
// different troubles with different targets. Pure; times are microseconds of the machine's monotonic clock, 0 for never.
import { summarise } from '../load/latency.ts';

export interface Probe {
  readonly openedAt: number;
  readonly mailFromAt: number;
  readonly acceptedAt: number;
  /** When the far side's 250 left. */
  readonly arrivedAt: number;
}

/** `accepting`: broadcasts are flooding in. `draining`: some are left in the queue. `after`: none are. */
export type PhaseName = 'accepting' | 'draining' | 'after';

export interface Bounds {
  /** The last broadcast was accepted; before the probe began where there was only a backlog. */
  readonly acceptedUntil: number;
  /** The last broadcast arrived; undefined while some are left. */
  readonly drainedAt: number | undefined;
}

/** Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface Figures {
  readonly samples: number;
  /** From MAIL FROM to the far side's 250: what the targets are about. */
  readonly delivery: Spread;
  /** The same from the beginning of the connection. */
  readonly fromConnect: Spread;
  /** From MAIL FROM to our 250: the part of acceptance. */
  readonly acceptance: Spread;
}

export interface PhaseFigures extends Figures {
  readonly phase: PhaseName;
}

export interface Losses {
  readonly sent: number;
  /** Answered with something else than 250, or not at all. */
  readonly refused: number;
  /** Accepted and never arrived. */
  readonly lost: number;
  /** Later than a second after the connection was begun. */
  readonly late: number;
}

/** What took longest: seconds since the probe began, and milliseconds from MAIL FROM. */
export interface Slow {
  readonly atSecond: number;
  readonly delivery: number;
  readonly acceptance: number;
}

export const LATE_MS = 1000;
const SLOWEST = 10;
const PHASES: readonly PhaseName[] = ['accepting', 'draining', 'after'];

export function phasesOf(probes: readonly Probe[], bounds: Bounds): PhaseFigures[] {
  return PHASES.flatMap((phase) => {
    const mine = probes.filter((probe) => phaseAt(probe.openedAt, bounds) === phase);
    return mine.some(isDelivered) ? [{ phase, ...figuresOf(mine) }] : [];
  });
}

export function phaseAt(at: number, { acceptedUntil, drainedAt }: Bounds): PhaseName {
  if (at <= acceptedUntil) return 'accepting';
  return drainedAt === undefined || at <= drainedAt ? 'draining' : 'after';
}

export function figuresOf(probes: readonly Probe[]): Figures {
  const delivered = probes.filter(isDelivered);
  const spread = (from: keyof Probe, to: keyof Probe): Spread => {
    const { p50, p99, p999, max } = summarise(Float64Array.from(delivered, (probe) => probe[to] - probe[from]));
    return { p50, p99, p999, max };
  };
  return {
    samples: delivered.length,
    delivery: spread('mailFromAt', 'arrivedAt'),
    fromConnect: spread('openedAt', 'arrivedAt'),
    acceptance: spread('mailFromAt', 'acceptedAt'),
  };
}

export function lossesOf(probes: readonly Probe[]): Losses {
  return {
    sent: probes.length,
    refused: probes.filter((probe) => probe.acceptedAt === 0).length,
    lost: probes.filter((probe) => probe.acceptedAt > 0 && probe.arrivedAt === 0).length,
    late: probes.filter((probe) => probe.arrivedAt - probe.openedAt > LATE_MS * 1000).length,
  };
}

export function slowestOf(probes: readonly Probe[]): Slow[] {
  const begin = probes[0]?.openedAt ?? 0;
  const milliseconds = (from: number, to: number): number => Math.round((to - from) / 10) / 100;
  return probes
    .filter(isDelivered)
    .toSorted((one, other) => other.arrivedAt - other.mailFromAt - (one.arrivedAt - one.mailFromAt))
    .slice(0, SLOWEST)
    .map((probe) => ({
      atSecond: Math.round((probe.openedAt - begin) / 1e5) / 10,
      delivery: milliseconds(probe.mailFromAt, probe.arrivedAt),
      acceptance: milliseconds(probe.mailFromAt, probe.acceptedAt),
    }));
}

function isDelivered(probe: Probe): boolean {
  return probe.acceptedAt > 0 && probe.arrivedAt > 0;
}
