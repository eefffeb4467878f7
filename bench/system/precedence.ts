// Puts an instrument before everything else on the machine, so that what it measures is the server and not its own
// waiting for a core. It is used with processes that do next to nothing.
//
// Linux shares the cores between sessions first where autogroups are on (sched(7)), and by nice values within a session:
// so the process, started as the leader of its own session (`detached`), gets a place in both. Needs root; without it
// nothing happens, and the instrument waits for its turn like everybody.
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const NICE = -15;

/** @returns whether the process has precedence now. */
export function takePrecedence(pid: number): boolean {
  try {
    setPriority(pid, NICE);
  } catch {
    return false;
  }
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(NICE));
  } catch {
    // A kernel without autogroups shares by nice values alone.
  }
  return true;
}
