// The parts of a lane's queue that hold no file: the ready list, the book of leases, the watch on the disk.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { diskRoom } from '../../src/backends/sqlite/disk-room.ts';
import { Leases } from '../../src/backends/sqlite/leases.ts';
import type { Place } from '../../src/backends/sqlite/lane-store.ts';
import { ReadyList } from '../../src/backends/sqlite/ready-list.ts';
import type { ComposedMessage } from '../../src/domain/message.ts';

const message = (size: number): ComposedMessage => ({ message: {} as never, raw: Buffer.alloc(size) });

test('a ready message is there for each of its deliveries and then gone', () => {
  const list = new ReadyList({ bytes: 1e6, messages: 10 });
  const one = message(10);
  list.offer(1, one, 2);
  assert.deepEqual([list.take(1), list.take(1), list.take(1), list.take(2)], [one, one, undefined, undefined]);
});

test('the ready list takes no more messages than it may, and more when some are gone', () => {
  const list = new ReadyList({ bytes: 1e6, messages: 2 });
  for (const seq of [1, 2, 3]) list.offer(seq, message(10), 1);
  assert.equal(list.take(3), undefined);
  assert.ok(list.take(1));
  list.offer(4, message(10), 1);
  assert.ok(list.take(4));
});

test('the ready list takes no more bytes than it may, and more when some are gone', () => {
  const list = new ReadyList({ bytes: 20_000, messages: 100 });
  for (const seq of [1, 2, 3]) list.offer(seq, message(7000), 1);
  assert.equal(list.take(3), undefined);
  assert.ok(list.take(1));
  list.offer(4, message(7000), 1);
  assert.ok(list.take(4));
});

test('leases read on from where they stopped, and never through what is held', () => {
  const rows: Place[] = Array.from({ length: 1000 }, (_, id) => ({ dueAt: 5, id: id + 1 }));
  let read = 0;
  const leases = new Leases((place, _now, limit) => {
    const found = rows.filter(({ dueAt, id }) => dueAt > place.dueAt || id > place.id).slice(0, limit);
    read += found.length;
    return found;
  });
  for (let call = 0; call < 100; call += 1) for (const place of leases.next(10, 5)) leases.hold(place);
  assert.equal(leases.size, 1000);
  assert.ok(read < 100 * 100, `read ${read} rows`);
  read = 0;
  assert.deepEqual(leases.next(10, 5), []);
  assert.equal(read, 0);
});

const clock = { now: () => 0, after: () => () => undefined };

for (const { name, folder, minFreeBytes, wanted } of [
  { name: 'has room', folder: tmpdir(), minFreeBytes: 1, wanted: true },
  { name: 'has no room', folder: tmpdir(), minFreeBytes: Number.MAX_SAFE_INTEGER, wanted: false },
  { name: 'is not asked when nothing is to be kept free', folder: '/no/such/folder', minFreeBytes: 0, wanted: true },
]) {
  test(`the disk ${name}`, () => {
    assert.equal(diskRoom({ folder, minFreeBytes, clock })(), wanted);
  });
}
