// The floors of this machine, measured in the same run as everything else, and what they allow at best: how fast the
// disk commits, how fast the cores sign, how fast bytes move. A combined floor adds up the CPU that a message cannot do
// without (generator and sink included, since they run on the same cores) and divides the cores by it.
import { availableParallelism } from 'node:os';
import { fsyncRate, sqliteGroupRate } from './floors/disk.ts';
import type { Rate } from './floors/rate.ts';
import { rsaRate } from './floors/rsa.ts';
import { socketFloors, type SocketFloors } from './floors/sockets.ts';
import { openScope } from './system/scope.ts';

export interface Floors extends SocketFloors {
  readonly cores: number;
  readonly fsync: Rate;
  readonly sqliteGroup: Rate;
  readonly rsaOneThread: number;
  readonly rsaAllCores: number;
}

export interface FloorEffort {
  readonly tmp: string;
  /** For each of the timed loops. */
  readonly milliseconds: number;
  readonly messages: number;
  readonly idleMessages: number;
}

export async function measureFloors(effort: FloorEffort): Promise<Floors> {
  const scope = openScope(effort.tmp);
  try {
    const folder = scope.folder('floors');
    const cores = availableParallelism();
    return {
      cores,
      fsync: fsyncRate(folder, effort.milliseconds),
      sqliteGroup: sqliteGroupRate(folder, effort.milliseconds),
      rsaOneThread: await rsaRate(1, effort.milliseconds),
      rsaAllCores: await rsaRate(cores, effort.milliseconds),
      ...(await socketFloors(scope, effort.messages, effort.idleMessages)),
    };
  } finally {
    await scope.close();
  }
}

/** The best that these cores allow, with its reason in words. */
export interface Best {
  readonly value: number;
  readonly made: string;
}

/** Messages a second when one is only moved once and committed. */
export function bestAccept(floors: Floors, door: Rate): Best {
  const cpu = door.cpuMicros + floors.sqliteGroup.cpuMicros;
  const byCores = (floors.cores * 1e6) / cpu;
  const byDisk = floors.sqliteGroup.perSecond;
  return byDisk < byCores
    ? { value: byDisk, made: 'SQLite rows in groups of 64' }
    : { value: byCores, made: `cores / (socket ${micros(door)} + commit ${micros(floors.sqliteGroup)})` };
}

/** Messages a second when one is moved in and out, committed and signed. */
export function bestEndToEnd(floors: Floors, door: Rate): Best {
  const cpu = door.cpuMicros + floors.smtpReused.cpuMicros + floors.sqliteGroup.cpuMicros + rsaMicros(floors);
  const made = `cores / (in ${micros(door)} + out ${micros(floors.smtpReused)} + commit ${micros(floors.sqliteGroup)} + RSA ${Math.round(rsaMicros(floors))} µs)`;
  return { value: (floors.cores * 1e6) / cpu, made };
}

/** Milliseconds of CPU for a signed message in a server: half of each socket floor is the generator's or the sink's. */
export function bestCpu(floors: Floors): Best {
  const micro = floors.smtpReused.cpuMicros + floors.sqliteGroup.cpuMicros + rsaMicros(floors);
  return { value: micro / 1000, made: 'one socket hop in all + commit + RSA' };
}

/** Milliseconds for one message on an idle machine: two hops, one fsync, one signature. */
export function bestIdle(floors: Floors, percentile: 'p50' | 'p99'): Best {
  const hop = percentile === 'p50' ? floors.idleP50 : floors.idleP99;
  return { value: 2 * hop + 1000 / floors.fsync.perSecond + rsaMicros(floors) / 1000, made: '2 hops + fsync + RSA' };
}

function rsaMicros(floors: Floors): number {
  return 1e6 / floors.rsaOneThread;
}

function micros(rate: Rate): string {
  return `${Math.round(rate.cpuMicros)} µs`;
}
