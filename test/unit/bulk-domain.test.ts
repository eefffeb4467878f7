// A message of a bulk request is made of what all share and what is its own; its id follows from its place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryMessageId, mergedHeaders, mergedMetadata, percentageOf, withFailures } from '../../src/domain/bulk.ts';
import { timeOfUuid } from '../../src/lib/ids.ts';

test("a message's own metadata win, also where the case differs", () => {
  const shared = { color: 'red', size: 'l' };
  assert.deepEqual(mergedMetadata(shared, undefined), shared);
  assert.deepEqual(mergedMetadata(shared, {}), shared);
  assert.deepEqual(mergedMetadata(shared, { Color: 'blue' }), { size: 'l', Color: 'blue' });
  const proto = mergedMetadata({ a: '1' }, JSON.parse('{"__proto__":"x"}') as Record<string, string>);
  assert.deepEqual(Object.keys(proto), ['a', '__proto__']);
});

test("a message's own headers win, all of a name", () => {
  const shared = [
    { name: 'X-A', value: '1' },
    { name: 'x-a', value: '2' },
    { name: 'X-B', value: '3' },
  ];
  const own = [
    { name: 'X-a', value: '4' },
    { name: 'X-A', value: '5' },
  ];
  assert.deepEqual(mergedHeaders(shared, own), [{ name: 'X-B', value: '3' }, ...own]);
  assert.equal(mergedHeaders(shared, []), shared);
});

test('ids of one place and time are the same, others differ, and they tell the time', () => {
  const id = 'a5e4a0a4-63f8-4d0c-9f6e-0d6a3f0b8f11';
  assert.equal(entryMessageId({ id }, 5, 1_790_000_000_000), entryMessageId({ id }, 5, 1_790_000_000_000));
  const many = new Set<string>(Array.from({ length: 1000 }, (_, index) => entryMessageId({ id }, index, 7)));
  many.add(entryMessageId({ id }, 0, 8));
  many.add(entryMessageId({ id: id.replace('a5', 'a6') }, 0, 7));
  assert.equal(many.size, 1002);
  assert.equal(timeOfUuid(entryMessageId({ id }, 5, 1_790_000_000_000)), 1_790_000_000_000);
});

for (const [total, released, failed, percent] of [
  [2, 0, 0, 0],
  [3, 1, 0, 33],
  [1000, 998, 1, 99],
  [1000, 998, 2, 100],
] as const) {
  test(`${released} and ${failed} of ${total} are ${percent} percent`, () => {
    assert.equal(percentageOf({ total, released, failed }), percent);
  });
}

test('failures are counted by code, and their kinds are bounded', () => {
  const first = withFailures(
    [],
    [
      { code: 406, message: 'a' },
      { code: 300, message: 'b' },
      { code: 406, message: 'c' },
    ],
  );
  assert.deepEqual(first, [
    { code: 406, message: 'a', count: 2 },
    { code: 300, message: 'b', count: 1 },
  ]);
  const many = withFailures(
    first,
    Array.from({ length: 50 }, (_, code) => ({ code, message: 'x' })),
  );
  assert.equal(many.length, 10);
  assert.equal(
    many.reduce((sum, { count }) => sum + count, 0),
    53,
  );
});
