// Bounded concurrency with a bounded queue of waiters: first come, first served.
//
// Promises: never more than `permits` holders; a waiter leaves by a permit, its deadline or its signal, whichever comes
// first, and leaves nothing behind; a release counts once however often it is called. Refusals are values, not errors.
import type { Clock } from './clock.ts';

export interface SemaphoreOptions {
  readonly permits: number;
  /** Callers that may wait; one more is refused with `full`. */
  readonly maxWaiters: number;
}

export interface AcquireOptions {
  /** Longest wait in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Gives the permit back; further calls do nothing. */
export type Release = () => void;

export type Acquired =
  | { readonly kind: 'acquired'; readonly release: Release }
  | { readonly kind: 'full' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' };

export interface Semaphore {
  acquire(options: AcquireOptions): Promise<Acquired>;
  /** A permit if one is free and nobody waits; undefined otherwise. */
  tryAcquire(): Release | undefined;
  readonly held: number;
  readonly waiting: number;
}

type Waiter = (result: Acquired) => void;

export function createSemaphore(options: SemaphoreOptions, clock: Clock): Semaphore {
  const { permits, maxWaiters } = options;
  if (!Number.isInteger(permits) || permits < 1) throw new RangeError('a semaphore needs one permit at least');
  // A Set keeps the order of arrival and lets a waiter leave from the middle in constant time.
  const waiters = new Set<Waiter>();
  let held = 0;

  const grant = (): Release => {
    held += 1;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      held -= 1;
      wakeNext();
    };
  };
  const wakeNext = (): void => {
    for (const waiter of waiters) {
      if (held >= permits) return;
      waiter({ kind: 'acquired', release: grant() });
    }
  };
  const tryAcquire = (): Release | undefined => (held < permits && waiters.size === 0 ? grant() : undefined);

  const wait = ({ timeoutMs, signal }: AcquireOptions): Promise<Acquired> =>
    new Promise((resolve) => {
      const leave: Waiter = (result) => {
        waiters.delete(leave);
        cancel();
        signal?.removeEventListener('abort', onAbort);
        resolve(result);
      };
      const onAbort = (): void => leave({ kind: 'aborted' });
      const cancel = clock.after(timeoutMs, () => leave({ kind: 'timeout' }));
      signal?.addEventListener('abort', onAbort, { once: true });
      waiters.add(leave);
    });

  return {
    async acquire(request) {
      if (request.signal?.aborted === true) return { kind: 'aborted' };
      const release = tryAcquire();
      if (release !== undefined) return { kind: 'acquired', release };
      if (waiters.size >= maxWaiters) return { kind: 'full' };
      return wait(request);
    },
    tryAcquire,
    get held() {
      return held;
    },
    get waiting() {
      return waiters.size;
    },
  };
}
