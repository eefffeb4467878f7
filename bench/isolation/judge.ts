// What was asked of a measurement, and whether it was reached. Pure.
import type { Figures, Losses, PhaseFigures, PhaseName } from './figures.ts';

/** Milliseconds from MAIL FROM to the far side's 250. Nothing is asked of the time when all broadcasts are gone. */
export const P99_TARGET_MS: Readonly<Record<Exclude<PhaseName, 'after'>, number>> = { accepting: 100, draining: 20 };
export const P50_TIMES_IDLE = 2;

/** How many messages of a kind came from each source address, where lanes have addresses of their own. */
export interface WrongAddresses {
  readonly transactional: number;
  readonly broadcast: number;
}

export interface Judged {
  readonly idle: Figures;
  readonly phases: readonly PhaseFigures[];
  readonly losses: Losses;
  /** Undefined where the server has one address for everything. */
  readonly wrong: WrongAddresses | undefined;
}

/** What was missed, in words; empty where everything was reached. */
export function missed({ idle, phases, losses, wrong }: Judged): string[] {
  const found: string[] = [];
  for (const { phase, delivery } of phases) {
    if (phase === 'after') continue;
    const target = P99_TARGET_MS[phase];
    if (delivery.p99 >= target) found.push(`p99 ${delivery.p99} ms while ${phase}, wanted under ${target}`);
    const most = P50_TIMES_IDLE * idle.delivery.p50;
    if (delivery.p50 > most) found.push(`p50 ${delivery.p50} ms while ${phase}, wanted ${rounded(most)} at most`);
  }
  if (losses.refused > 0) found.push(`${losses.refused} not accepted`);
  if (losses.lost > 0) found.push(`${losses.lost} lost`);
  if (losses.late > 0) found.push(`${losses.late} later than a second`);
  const strayed = wrong === undefined ? 0 : wrong.transactional + wrong.broadcast;
  if (strayed > 0) found.push(`${strayed} from a wrong address`);
  return found;
}

/** @param peers messages by the address that they came from. */
export function strayed(peers: Readonly<Record<string, number>>, own: string): number {
  return Object.entries(peers).reduce((sum, [address, count]) => sum + (address === own ? 0 : count), 0);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
