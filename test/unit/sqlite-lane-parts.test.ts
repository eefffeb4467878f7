// The parts of a lane's queue that hold no file: the ready list and the watch on the disk.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { diskRoom } from '../../src/backends/sqlite/disk-room.ts';
import { ReadyList } from '../../src/backends/sqlite/ready-list.ts';
import type { ComposedMessage } from '../../src/domain/message.ts';

const message = (size: number): ComposedMessage => ({ message: {} as never, raw: Buffer.alloc(size) });

test('a ready message is there for each of its deliveries and then gone', () => {
  const list = new ReadyList({ bytes: 1e6, messages: 10 });
  const one = message(10);
  list.offer(1, one, 2);
  assert.equal(list.get(2), undefined);
  for (const wanted of [one, one, undefined]) {
    assert.equal(list.get(1), wanted);
    list.took(1, 1);
  }
});

test('the ready list takes no more messages than it may, and more when some are gone', () => {
  const list = new ReadyList({ bytes: 1e6, messages: 2 });
  for (const seq of [1, 2, 3]) list.offer(seq, message(10), 1);
  assert.equal(list.get(3), undefined);
  list.took(1, 1);
  list.offer(4, message(10), 1);
  assert.ok(list.get(4));
});

test('the ready list takes no more bytes than it may, and more when some are gone', () => {
  const list = new ReadyList({ bytes: 20_000, messages: 100 });
  for (const seq of [1, 2, 3]) list.offer(seq, message(7000), 1);
  assert.equal(list.get(3), undefined);
  list.took(1, 1);
  list.offer(4, message(7000), 1);
  assert.ok(list.get(4));
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
