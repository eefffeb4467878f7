// Turns on the event loop: work of many small steps takes a turn before each step, and all such work together holds the
// loop for one slice at a stretch, so that a request that needs one step never waits for five hundred.
//
// While somebody urgent is about, slices are short and the loop rests between them: the work of a batch then leaves the
// processor to others, too, who need it several times for one message.
//
// Promises: first come, first served, so batches that run at the same time alternate. A step's promise jobs run before
// the next turn is given: the slice measures what a step really costs, not only its start. A single step is not cut.

export interface TurnsOptions {
  readonly sliceMs: number;
  /** Milliseconds from any origin, never running backwards. */
  readonly now: () => number;
  readonly urgent?: () => boolean;
}

export interface Turns {
  /** Resolves when it is the caller's turn. */
  take(): Promise<void>;
}

export function createTurns({ sliceMs, now, urgent = never }: TurnsOptions): Turns {
  const waiting: (() => void)[] = [];
  let running = false;
  let sliceEnd = 0;

  const startSlice = (): void => {
    sliceEnd = now() + (urgent() ? Math.min(sliceMs, URGENT_SLICE_MS) : sliceMs);
    giveTurn();
  };
  const giveTurn = (): void => {
    const next = waiting.shift();
    if (next === undefined) {
      running = false;
      return;
    }
    next();
    // A tick that is asked for in a promise job comes after all promise jobs that the step causes.
    queueMicrotask(() => process.nextTick(goOn));
  };
  const goOn = (): void => {
    if (now() < sliceEnd) giveTurn();
    else if (urgent()) setTimeout(startSlice, URGENT_REST_MS);
    else setImmediate(startSlice);
  };

  return {
    take: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (running) return;
        running = true;
        setImmediate(startSlice);
      }),
  };
}

const never = (): boolean => false;
const URGENT_SLICE_MS = 1;
const URGENT_REST_MS = 3;
