// The cache keeps its bounds whatever is put in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBoundedCache, type BoundedCacheOptions } from '../../src/lib/bounded-cache.ts';

function cacheOf(options: Partial<BoundedCacheOptions<string>> = {}) {
  const clock = { time: 0, now: () => clock.time };
  const cache = createBoundedCache<string, string>({ maxEntries: 3, ttlMs: 1000, ...options }, clock);
  return { cache, clock };
}

test('the least recently used entry goes first', () => {
  const { cache } = cacheOf();
  for (const key of ['a', 'b', 'c']) cache.set(key, key);
  cache.get('a');
  cache.set('d', 'd');
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => cache.get(key)),
    ['a', undefined, 'c', 'd'],
  );
});

test('setting a key again makes it the most recent and keeps one entry', () => {
  const { cache } = cacheOf({ maxEntries: 2 });
  cache.set('a', '1');
  cache.set('b', '1');
  cache.set('a', '2');
  cache.set('c', '1');
  assert.equal(cache.get('a'), '2');
  assert.equal(cache.get('b'), undefined);
  assert.equal(cache.size, 2);
});

test('an entry past its time is not returned and leaves', () => {
  const { cache, clock } = cacheOf();
  cache.set('short', 'x', 10);
  cache.set('usual', 'y');
  clock.time = 9;
  assert.equal(cache.get('short'), 'x');
  clock.time = 10;
  assert.equal(cache.get('short'), undefined);
  assert.equal(cache.size, 1);
  clock.time = 1000;
  assert.equal(cache.get('usual'), undefined);
});

test('reading does not lengthen the time', () => {
  const { cache, clock } = cacheOf();
  cache.set('a', 'a');
  clock.time = 900;
  cache.get('a');
  clock.time = 1000;
  assert.equal(cache.get('a'), undefined);
});

test('a time to live of zero keeps nothing and removes what was there', () => {
  const { cache } = cacheOf();
  cache.set('a', 'old');
  cache.set('a', 'new', 0);
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.size, 0);
});

test('weight is bounded, and what is too heavy for the cache is not kept', () => {
  const { cache } = cacheOf({ maxEntries: 100, maxWeight: 10, weigh: (value) => value.length });
  cache.set('a', 'xxxx');
  cache.set('b', 'xxxx');
  cache.set('c', 'xxxx');
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.get('b'), 'xxxx');
  cache.set('huge', 'x'.repeat(11));
  assert.equal(cache.get('huge'), undefined);
  assert.equal(cache.get('c'), 'xxxx');
  cache.delete('b');
  cache.set('d', 'xxxxxx');
  assert.equal(cache.get('c'), 'xxxx', 'a deleted entry gives its weight back');
  cache.clear();
  cache.set('e', 'x'.repeat(10));
  assert.equal(cache.get('e'), 'x'.repeat(10), 'clear gives all weight back');
});

test('a stored undefined-like value is a value', () => {
  const { cache } = cacheOf();
  cache.set('empty', '');
  assert.equal(cache.get('empty'), '');
});

test('bounds hold over any sequence, and a value read is the last one set', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const command = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key, value: fc.string({ maxLength: 8 }), ttl: fc.nat(50) }),
    fc.record({ kind: fc.constant('get' as const), key }),
    fc.record({ kind: fc.constant('delete' as const), key }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { cache, clock } = cacheOf({ maxWeight: 12, weigh: (value) => value.length });
      const model = new Map<string, { value: string; until: number }>();
      for (const step of commands) {
        if (step.kind === 'wait') clock.time += step.ms;
        else if (step.kind === 'delete') model.delete((cache.delete(step.key), step.key));
        else if (step.kind === 'set') {
          cache.set(step.key, step.value, step.ttl);
          model.set(step.key, { value: step.value, until: clock.time + step.ttl });
        } else {
          const got = cache.get(step.key);
          const expected = model.get(step.key);
          if (got !== undefined) assert.ok(expected && expected.value === got && expected.until > clock.time);
        }
        assert.ok(cache.size <= 3);
      }
    }),
  );
});

test('a cache without room is refused', () => {
  assert.throws(() => cacheOf({ maxEntries: 0 }), RangeError);
});
