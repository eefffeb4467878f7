// CPU time and memory of a process and everything below it, from /proc (Linux).
//
// CPU: utime + stime of each living process of the tree (all its threads), plus cutime + cstime, which the kernel adds
// up from children that have ended and were waited for. Nothing is counted twice, since a child enters its parent's
// c-times only at its end. The grain is one clock tick (10 ms) per process. Memory: PSS from smaps_rollup, in which a
// page shared by n processes counts 1/n to each, so the sum over a tree is what the tree really occupies.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface Stat {
  readonly parent: number;
  /** Clock ticks: own time, and time of waited-for children. */
  readonly own: number;
  readonly children: number;
}

let ticksPerSecond: number | undefined;

/** Seconds of CPU that the trees below these processes have used so far. */
export function cpuSeconds(roots: readonly number[]): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  let ticks = 0;
  for (const pid of treeOf(roots)) {
    const stat = readStat(pid);
    if (stat !== undefined) ticks += stat.own + stat.children;
  }
  return ticks / ticksPerSecond;
}

/** Bytes of memory that the trees below these processes occupy now. */
export function pssBytes(roots: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of treeOf(roots)) {
    const rollup = readOrEmpty(`/proc/${pid}/smaps_rollup`);
    kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return kilobytes * 1024;
}

export function isAlive(pid: number): boolean {
  const rest = readOrEmpty(`/proc/${pid}/stat`);
  return rest !== '' && !rest.slice(rest.lastIndexOf(')')).startsWith(') Z');
}

/** Kills a process and all below it, parents first so that none is started anew; misses nothing that was there. */
export function killTree(root: number): void {
  for (const pid of treeOf([root])) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** The living processes below a process, itself included, with their command lines. */
export function processesOf(root: number): { readonly pid: number; readonly command: readonly string[] }[] {
  return treeOf([root]).map((pid) => ({ pid, command: readOrEmpty(`/proc/${pid}/cmdline`).split('\0').slice(0, -1) }));
}

function treeOf(roots: readonly number[]): number[] {
  const byParent = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = readStat(pid)?.parent;
    if (parent === undefined) continue;
    const siblings = byParent.get(parent);
    if (siblings === undefined) byParent.set(parent, [pid]);
    else siblings.push(pid);
  }
  const found = [...roots];
  for (let at = 0; at < found.length; at += 1) found.push(...(byParent.get(found[at] ?? 0) ?? []));
  return found;
}

/** Fields of proc_pid_stat(5), counted after the command name, which may itself hold spaces and brackets. */
function readStat(pid: number): Stat | undefined {
  const line = readOrEmpty(`/proc/${pid}/stat`);
  if (line === '') return undefined;
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const field = (index: number): number => Number(fields[index]);
  return { parent: field(1), own: field(11) + field(12), children: field(13) + field(14) };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
