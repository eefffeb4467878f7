// Gives a thread a place behind the others (Linux): broadcast lanes and the activity index yield to what people wait for.
//
// On Linux the priority belongs to the thread, and its id can be given where a process id is asked for (setpriority(2));
// elsewhere nothing happens. A lower place needs no rights.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Log } from '../lib/log.ts';

/** Nice value of what may wait: a tenth of the processor where both want all of it. */
const YIELDING_NICE = 10;

/** To be called on the thread itself. */
export function yieldToOthers(log: Log): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, YIELDING_NICE);
  } catch (error) {
    log.debug({ err: error }, 'the priority of the thread cannot be changed here');
  }
}
