// The machine and the checkout that a result belongs to, and how its cores spent a stretch of time.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

export interface Machine {
  readonly date: string;
  readonly commit: string;
  /** Whether the checkout had changes outside bench/results that no commit holds. */
  readonly dirty: boolean;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly kernel: string;
  readonly node: string;
  readonly postfix: string;
  /** One-minute load before the run: near 0 on a quiet machine. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const changed = output('git', ['status', '--porcelain', '--', '.', ':!bench/results']);
  return {
    date: new Date().toISOString(),
    commit: output('git', ['rev-parse', '--short', 'HEAD']),
    dirty: changed !== '',
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    postfix: output('postconf', ['-h', 'mail_version']),
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** Seconds of all cores together since boot. */
export interface CoreTimes {
  readonly busy: number;
  readonly idle: number;
  readonly diskWait: number;
}

/** From the first line of proc_stat(5), in its ticks of 1/100 s. */
export function coreTimes(): CoreTimes {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, idle = 0, diskWait = 0, irq = 0, softIrq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / 100);
  return { busy: user + nice + system + irq + softIrq + steal, idle, diskWait };
}

function output(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { cwd: CHECKOUT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
