// Things handed to another thread in batches, one per turn of the event loop, each with a promise that is kept when the other
// side says that its batch is on disk.
//
// Promises: bounded (bytes and items waiting); what was handed to a thread that died is handed to its successor; nothing
// waits longer than the deadline. Leaves to others: the words of the threads, and what is handed over twice.
import type { Clock } from '../../lib/clock.ts';
import { QueueUnavailable } from '../../ports/lane-queue.ts';

export interface HandOverOptions<T> {
  readonly clock: Clock;
  readonly maxWaitingBytes: number;
  readonly maxWaitingItems: number;
  readonly deadlineMs: number;
  /** Bytes of an item. */
  readonly sizeOf: (item: T) => number;
  readonly send: (batch: number, items: readonly T[]) => void;
}

export interface HandOver<T> {
  /** Rejects with `QueueUnavailable`. */
  add(item: T): Promise<void>;
  /** There is somebody to send to; sends again what has no answer. */
  attach(): void;
  /** Nobody is there; items wait for the next `attach`. */
  detach(): void;
  /** A batch is on disk, or none of it was kept because of `failed`. */
  answered(batch: number, failed: string | undefined): void;
}

interface Waiting<T> {
  readonly item: T;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

export function createHandOver<T>(options: HandOverOptions<T>): HandOver<T> {
  const { clock } = options;
  let attached = false;
  let collecting: Waiting<T>[] = [];
  let flushing = false;
  const inFlight = new Map<number, Waiting<T>[]>();
  const waiting = { bytes: 0, items: 0, batch: 0 };
  let sweeping: (() => void) | undefined;

  function add(item: T): Promise<void> {
    const bytes = options.sizeOf(item);
    const full = waiting.bytes + bytes > options.maxWaitingBytes || waiting.items >= options.maxWaitingItems;
    if (full && waiting.items > 0)
      return Promise.reject(new QueueUnavailable('more mail is waiting to be written than the server holds'));
    waiting.bytes += bytes;
    waiting.items += 1;
    return new Promise((resolve, reject) => {
      collecting.push({ item, bytes, resolve, reject, deadline: clock.now() + options.deadlineMs });
      if (!attached) sweepLater();
      else if (!flushing) {
        flushing = true;
        setImmediate(flush);
      }
    });
  }

  function flush(): void {
    flushing = false;
    if (!attached || collecting.length === 0) return;
    const batch = ++waiting.batch;
    inFlight.set(batch, collecting);
    const items = collecting.map(({ item }) => item);
    collecting = [];
    options.send(batch, items);
    sweepLater();
  }

  function answered(batch: number, failed: string | undefined): void {
    const items = inFlight.get(batch) ?? [];
    inFlight.delete(batch);
    for (const item of items) end(item, failed);
  }

  function end({ bytes, resolve, reject }: Waiting<T>, failed: string | undefined): void {
    waiting.bytes -= bytes;
    waiting.items -= 1;
    if (failed === undefined) resolve();
    else reject(new QueueUnavailable(failed));
  }

  function attach(): void {
    attached = true;
    collecting = [...[...inFlight.values()].flat(), ...collecting];
    inFlight.clear();
    flush();
  }

  function detach(): void {
    attached = false;
    sweepLater();
  }

  /** One timer for all deadlines: it runs only while something waits. */
  function sweepLater(): void {
    sweeping ??= clock.after(SWEEP_MS, sweep);
  }

  function sweep(): void {
    sweeping = undefined;
    const now = clock.now();
    const late = (item: Waiting<T>): boolean => item.deadline <= now;
    for (const item of collecting.filter(late)) end(item, TOO_LATE);
    collecting = collecting.filter((item) => !late(item));
    for (const [batch, items] of inFlight) {
      for (const item of items.filter(late)) end(item, TOO_LATE);
      const left = items.filter((item) => !late(item));
      if (left.length === 0) inFlight.delete(batch);
      else inFlight.set(batch, left);
    }
    if (collecting.length > 0 || inFlight.size > 0) sweepLater();
  }

  return { add, attach, detach, answered };
}

const SWEEP_MS = 1000;
const TOO_LATE = 'the queue did not answer in time';
