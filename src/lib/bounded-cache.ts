// A cache with three bounds: a largest number of entries, a total weight, and a time to live. The least recently used
// entry goes first; an entry past its time is never returned.
//
// Promises: no timer, no growth beyond the bounds, constant time per call. Leaves to others: joining concurrent loads of
// the same key.
import type { Clock } from './clock.ts';

export interface BoundedCacheOptions<V> {
  readonly maxEntries: number;
  /** Time to live in milliseconds of an entry that is set without its own. */
  readonly ttlMs: number;
  /** Largest sum of `weigh` over all entries; without it only the number of entries counts. */
  readonly maxWeight?: number;
  readonly weigh?: (value: V) => number;
}

export interface BoundedCache<K, V> {
  /** The value, now the most recently used; undefined where there is none or its time is over. */
  get(key: K): V | undefined;
  /** A value heavier than the whole cache is not kept. */
  set(key: K, value: V, ttlMs?: number): void;
  delete(key: K): boolean;
  clear(): void;
  /** Entries held, those past their time included until they are touched or pushed out. */
  readonly size: number;
}

interface Entry<V> {
  readonly value: V;
  readonly expiresAt: number;
  readonly weight: number;
}

export function createBoundedCache<K, V>(
  options: BoundedCacheOptions<V>,
  clock: Pick<Clock, 'now'>,
): BoundedCache<K, V> {
  const { maxEntries, ttlMs, maxWeight = Infinity, weigh = () => 0 } = options;
  if (!(maxEntries >= 1)) throw new RangeError('a cache needs room for one entry at least');
  // A Map iterates in order of insertion; a used entry is put in again, so the first one is the least recently used.
  const entries = new Map<K, Entry<V>>();
  let weight = 0;

  const remove = (key: K): boolean => {
    const entry = entries.get(key);
    if (entry === undefined) return false;
    weight -= entry.weight;
    return entries.delete(key);
  };
  const shrink = (): void => {
    for (const key of entries.keys()) {
      if (entries.size <= maxEntries && weight <= maxWeight) return;
      remove(key);
    }
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.expiresAt <= clock.now()) {
        remove(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, ownTtlMs = ttlMs) {
      remove(key);
      const own = weigh(value);
      if (own > maxWeight || ownTtlMs <= 0) return;
      entries.set(key, { value, expiresAt: clock.now() + ownTtlMs, weight: own });
      weight += own;
      shrink();
    },
    delete: remove,
    clear() {
      entries.clear();
      weight = 0;
    },
    get size() {
      return entries.size;
    },
  };
}
