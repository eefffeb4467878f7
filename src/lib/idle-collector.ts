// Gives back what a burst of work leaves behind in a thread's heap: V8 collects while memory is being asked for, so a thread
// that has nothing more to do keeps its garbage, and a nursery at the size of its busiest moment, for as long as it rests.
//
// One full collection, some 50 ms of the thread, when nothing was done for a whole look (`quietMs`), and only where the heap
// has grown by `growthBytes` since the last one: what comes one by one is never made to wait for it, and a thread that only
// rests is not woken. Leaves to others: saying what is work (`worked`, cheap enough for each message).
import { getHeapStatistics } from 'node:v8';
import type { Clock } from './clock.ts';

export interface IdleCollectorOptions {
  readonly clock: Clock;
  /** It collects between one and two of these after the last work. Milliseconds. */
  readonly quietMs?: number;
  readonly growthBytes?: number;
  readonly heap?: Heap;
}

export interface Heap {
  /** Held for this thread's objects, in use or not. */
  readonly bytes: () => number;
  /** Undefined where the program was not started so that it may ask for collections. */
  readonly collect: (() => void) | undefined;
}

export interface IdleCollector {
  worked(): void;
  stop(): void;
}

/** Begins as if there had been work: a start leaves something behind, too. */
export function createIdleCollector(options: IdleCollectorOptions): IdleCollector {
  const { clock, quietMs = QUIET_MS, growthBytes = GROWTH_BYTES, heap = ownHeap() } = options;
  const { collect } = heap;
  if (collect === undefined) return { worked: () => undefined, stop: () => undefined };
  let left = 0;
  let hasWorked = true;
  let isLooking = true;
  let cancel = clock.after(quietMs, look);

  function look(): void {
    isLooking = hasWorked;
    if (hasWorked) {
      hasWorked = false;
      cancel = clock.after(quietMs, look);
    } else if (heap.bytes() > left + growthBytes) {
      collect?.();
      left = heap.bytes();
    }
  }

  return {
    worked() {
      hasWorked = true;
      if (isLooking) return;
      isLooking = true;
      cancel = clock.after(quietMs, look);
    },
    stop() {
      cancel();
      isLooking = true;
    },
  };
}

/** `last-resort`: the only kind that makes the nursery small again. Needs node's `--expose-gc` (bin/bulkhead). */
function ownHeap(): Heap {
  const { gc } = globalThis;
  return {
    bytes: () => getHeapStatistics().total_heap_size,
    collect: gc === undefined ? undefined : () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  };
}

const QUIET_MS = 2000;
const GROWTH_BYTES = 6 * 1024 * 1024;
