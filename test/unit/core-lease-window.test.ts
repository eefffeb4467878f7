// The window of a lane over a queue in memory and a clock moved by hand: what newcomers get of a full one, and when it looks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryLaneQueue } from '../../src/backends/memory/lane-queue.ts';
import { createLeaseWindow, type LeaseWindow, type WindowOptions } from '../../src/core/lease-window.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { Lease } from '../../src/ports/lane-queue.ts';
import { finished, later, newMessage } from '../contract/lane-fixture.ts';
import { HandClock, turns } from '../support/core-fixture.ts';

interface World {
  readonly queue: MemoryLaneQueue;
  readonly clock: HandClock;
  readonly window: LeaseWindow;
  /** What was handed on and not let go. */
  readonly leases: Set<Lease>;
  readonly add: (server: number, count: number, inMs?: number) => Promise<void>;
  readonly settle: (leases: readonly Lease[]) => Promise<void>;
  readonly of: (server: number) => readonly Lease[];
  readonly looks: () => number;
}

function world(options: Partial<WindowOptions> = {}): World {
  const clock = new HandClock();
  const queue = new MemoryLaneQueue();
  const leases = new Set<Lease>();
  let looks = 0;
  const window = createLeaseWindow({
    queue: {
      lease: (...args) => {
        looks += 1;
        return queue.lease(...args);
      },
      depth: () => queue.depth(),
    },
    clock,
    log: silentLog,
    options: { window: 100, windowBytes: 1e6, ...options },
    onLeased: (group) => group.forEach((lease) => leases.add(lease)),
  });
  return {
    queue,
    clock,
    window,
    leases,
    async add(server, count, inMs = 0) {
      const at = clock.now() + inMs;
      await queue.append(Array.from({ length: count }, () => newMessage({ server, at })));
      window.wake();
      await turns();
    },
    async settle(ended) {
      await queue.settle(ended.map(finished));
      for (const lease of ended) leases.delete(lease);
      window.letGo(ended, undefined);
      await turns();
    },
    of: (server) => [...leases].filter(({ message }) => (message.serverId as number) === server),
    looks: () => looks,
  };
}

test('a server that is alone fills the window and not its reserve', async () => {
  const { add, leases } = world();
  await add(1, 500);
  assert.equal(leases.size, 100);
  await add(1, 500);
  assert.equal(leases.size, 100);
});

test('a newcomer does not wait for a server that fills the window and gives nothing back', async () => {
  const { add, of } = world();
  await add(1, 500);
  await add(2, 3);
  assert.equal(of(2).length, 3);
  assert.equal(of(1).length, 100);
});

test('newcomers that are blocked too leave something of the reserve for those after them', async () => {
  const { add, of, leases } = world({ window: 1000 });
  await add(1, 5000);
  for (let server = 2; server <= 20; server += 1) {
    await add(server, 500);
    assert.ok(of(server).length > 0, `server ${server} got nothing`);
  }
  assert.ok(leases.size <= 1250, `${leases.size} are leased`);
});

test('what servers that hold little have due again is seen although the window is full', async () => {
  const { add, of, clock, queue, window } = world();
  await add(2, 1);
  const [lease] = of(2);
  await add(1, 500);
  await queue.settle([later(lease!, clock.now() + 10_000)]);
  window.letGo([lease!], undefined);
  await clock.advance(9_000);
  assert.equal(of(2).filter(({ attempts }) => attempts === 1).length, 0);
  await clock.advance(2_000);
  assert.equal(of(2).filter(({ attempts }) => attempts === 1).length, 1);
});

test('a full window is not looked into more than once for a message of the one who fills it', async () => {
  const { add, looks } = world();
  await add(1, 500);
  const before = looks();
  for (let i = 0; i < 20; i += 1) await add(1, 1);
  assert.ok(looks() - before <= 20, `${looks() - before} looks`);
});

test('what is let go of is filled up again, the newcomers first', async () => {
  const { add, settle, of, leases } = world();
  await add(1, 500);
  await add(2, 60);
  await settle(of(1).slice(0, 60));
  assert.ok(leases.size >= 98, `${leases.size} are leased`);
  assert.ok(of(2).length >= 45, `the newcomer has ${of(2).length}`);
});

test('what is due later of a stream that was freed is leased at its time', async () => {
  const { add, clock, queue, window, leases } = world();
  queue.setHeld([{ serverId: 1 as ServerId, streamId: 'outbound' as StreamId }]);
  await add(1, 1, 30_000);
  await clock.advance(1000);
  queue.setHeld([]);
  window.wake();
  await turns();
  await clock.advance(28_000);
  assert.equal(leases.size, 0);
  await clock.advance(1_001);
  assert.equal(leases.size, 1);
});

for (const { windowBytes, wanted, name } of [
  { windowBytes: 2000, wanted: 1, name: 'of more bytes than it should hold has a reserve' },
  { windowBytes: 1000, wanted: 0, name: 'far beyond its bytes has no reserve' },
]) {
  test(`a window ${name}`, async () => {
    const { add, of } = world({ windowBytes });
    // 2400 bytes in one look.
    await add(1, 500);
    await add(2, 1);
    assert.equal(of(2).length, wanted);
  });
}

test('what is leased again before its former lease is let go of takes its bytes once', async () => {
  const { add, settle, window, queue, leases } = world({ windowBytes: 1000 });
  for (let times = 0; times < 100; times += 1) {
    await add(1, 1);
    const former = [...leases];
    leases.clear();
    await queue.release(former.map(({ deliveryId }) => deliveryId));
    window.wake();
    await turns();
    window.letGo(former, undefined);
    assert.equal(leases.size, 1);
    await settle([...leases]);
  }
});
