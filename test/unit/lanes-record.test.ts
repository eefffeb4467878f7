// Later facts and messages on their way to a lane's thread, over a port that the test holds in its hands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryLaneQueue } from '../../src/backends/memory/lane-queue.ts';
import { createLaneClient, type LaneClient } from '../../src/backends/lanes/lane-client.ts';
import { hostLane } from '../../src/backends/lanes/lane-host.ts';
import type { FromLane, ToLane } from '../../src/backends/lanes/protocol.ts';
import { QueueUnavailable } from '../../src/ports/lane-queue.ts';
import { delivered, kept, newMessage } from '../contract/lane-fixture.ts';
import { HandClock, turns } from '../support/core-fixture.ts';

const DEADLINE_MS = 30_000;

interface World {
  readonly clock: HandClock;
  readonly lane: LaneClient;
  readonly queue: MemoryLaneQueue;
  readonly sent: ToLane[];
  /** A thread that answers, or one that only listens. */
  readonly connect: (answers?: 'none') => void;
}

function world(bounds: { bytes?: number; items?: number } = {}): World {
  const clock = new HandClock();
  const queue = new MemoryLaneQueue();
  const sent: ToLane[] = [];
  const { bytes: maxWaitingBytes = 100_000, items: maxWaitingMessages = 100 } = bounds;
  const lane = createLaneClient({ clock, maxWaitingBytes, maxWaitingMessages, deadlineMs: DEADLINE_MS });
  const host = hostLane({
    lane: newMessage().message.lane,
    queue,
    post: (said: FromLane) => {
      if (said.kind === 'appended' || said.kind === 'recorded') lane.receive(structuredClone(said));
    },
    answers: undefined as never,
    onTrouble: () => undefined,
    report: () => Promise.reject(new Error('not asked for')),
    onAppended: () => undefined,
    purge: () => Promise.resolve(),
    controlChanged: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  });
  const connect = (answers?: 'none'): void => {
    lane.attach({
      postMessage(message) {
        sent.push(structuredClone(message));
        if (answers !== 'none') void host.receive(structuredClone(message));
      },
    });
  };
  return { clock, lane, queue, sent, connect };
}

const fact = delivered(newMessage().message);
const texts = (sent: readonly ToLane[]): number[] =>
  sent.flatMap((message) => (message.kind === 'record' ? message.events.length : []));

test('facts are in the log when the call resolves, those of one turn in one batch and in order', async () => {
  const { lane, queue, sent, connect } = world();
  connect();
  const facts = [1, 2, 3, 4].map((at) => ({ ...fact, at }));
  await Promise.all([lane.record(facts.slice(0, 2)), lane.record(facts.slice(2))]);
  const log = (await queue.events.read(0, 10)).map(({ event }) => event);
  assert.deepEqual(kept(log), kept(facts));
  assert.deepEqual(texts(sent), [2]);
});

test('no facts are no call', async () => {
  const { lane, sent } = world();
  await lane.record([]);
  assert.deepEqual(sent, []);
});

test('what the lane cannot write is refused with its reason', async () => {
  const { lane, queue, connect } = world();
  connect();
  queue.record = () => Promise.reject(new QueueUnavailable('the disk is almost full'));
  await assert.rejects(lane.record([fact]), { name: 'QueueUnavailable', message: 'the disk is almost full' });
  await lane.append(newMessage());
});

test('facts wait for a thread, and what one did not answer goes to the next', async () => {
  const { lane, queue, sent, connect } = world();
  const first = lane.record([fact]);
  await turns();
  assert.deepEqual(sent, []);
  connect('none');
  const second = lane.record([fact]);
  const message = lane.append(newMessage());
  await turns();
  lane.detach();
  connect();
  await Promise.all([first, second, message]);
  assert.equal((await queue.events.read(0, 10)).length, 3);
});

test('no fact waits longer than the deadline', async () => {
  const { lane, clock, connect } = world();
  connect('none');
  const failed = assert.rejects(lane.record([fact]), { name: 'QueueUnavailable', message: /in time/ });
  await turns();
  await clock.advance(DEADLINE_MS + 2000);
  await failed;
});

for (const bounds of [{ bytes: 500 }, { items: 2 }]) {
  test(`facts are refused when more wait than ${JSON.stringify(bounds)}, and messages are not`, async () => {
    const { lane, connect } = world(bounds);
    const taken = [lane.record([fact]), lane.record([fact])];
    await assert.rejects(lane.record([fact]), QueueUnavailable);
    taken.push(lane.append(newMessage()));
    connect();
    await Promise.allSettled(taken);
    await lane.record([fact]);
  });
}
