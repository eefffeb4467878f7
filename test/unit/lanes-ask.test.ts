// Questions to a lane and their answers, over a port that the test holds in its hands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLaneClient, type LaneClient } from '../../src/backends/lanes/lane-client.ts';
import { hostLane, type LaneHost, type LaneHostDeps } from '../../src/backends/lanes/lane-host.ts';
import type { LaneId } from '../../src/lib/ids.ts';
import type { FromLane, ToLane } from '../../src/backends/lanes/protocol.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import type { LaneAnswers, LaneQuestion } from '../../src/ports/lane-questions.ts';

const OVERVIEW = { topic: 'overview', streams: 1, sites: 1 } as const;
const EMPTY = { backlog: [], sites: [] };

function client(): LaneClient {
  return createLaneClient({
    clock: systemClock,
    maxWaitingBytes: 1000,
    maxWaitingMessages: 10,
    deadlineMs: 1000,
  });
}

/** A client and a host that hear each other at once. */
function connected(
  answers: Partial<LaneAnswers>,
  purge: LaneHostDeps['purge'] = () => Promise.resolve(),
): { lane: LaneClient; host: LaneHost; unanswered: string[] } {
  const lane = client();
  const unanswered: string[] = [];
  const host = hostLane({
    lane: 'transactional' as LaneId,
    controlChanged: () => Promise.resolve(),
    post: (message: FromLane) => {
      if (message.kind === 'answer') lane.receive(structuredClone(message));
    },
    answers: { pending: () => [], overview: () => EMPTY, ...answers },
    onTrouble: (topic) => void unanswered.push(topic),
    queue: undefined as never,
    report: () => Promise.reject(new Error('not asked for')),
    onAppended: () => undefined,
    purge,
    stop: () => Promise.resolve(),
  });
  lane.attach({ postMessage: (message: ToLane) => void host.receive(structuredClone(message)) });
  return { lane, host, unanswered };
}

test('each question gets the answer of its topic', async () => {
  const asked: LaneQuestion[] = [];
  const { lane } = connected({
    pending: (question) => {
      asked.push(question);
      return [];
    },
    overview: async () => ({ backlog: [], sites: [{ key: 'mx.test', waiting: 1, active: 2, state: 'open' }] }),
  });
  const messageId = 'a' as MessageId;
  const [pending, overview] = await Promise.all([
    lane.ask({ topic: 'pending', messageId }, 1000),
    lane.ask({ ...OVERVIEW, streams: 3 }, 1000),
  ]);
  assert.deepEqual(pending, []);
  assert.equal(overview?.sites[0]?.key, 'mx.test');
  assert.deepEqual(asked, [{ topic: 'pending', messageId }]);
});

test('a question that fails in the lane has no answer, and is told to the log', async () => {
  const { lane, unanswered } = connected({
    overview: () => {
      throw new Error('broken');
    },
  });
  assert.equal(await lane.ask(OVERVIEW, 1000), undefined);
  assert.deepEqual(unanswered, ['overview']);
});

test('a lane that is down, goes down, or says nothing in time gives no answer', async () => {
  const lane = client();
  assert.equal(await lane.ask(OVERVIEW, 1000), undefined);
  lane.attach({ postMessage: () => undefined });
  const waiting = lane.ask(OVERVIEW, 60_000);
  lane.detach();
  assert.equal(await waiting, undefined);
  lane.attach({ postMessage: () => undefined });
  assert.equal(await lane.ask(OVERVIEW, 1), undefined);
});

test('no more than a bounded number of questions wait at a time', async () => {
  const lane = client();
  let sent = 0;
  lane.attach({ postMessage: () => void (sent += 1) });
  const questions = Array.from({ length: 300 }, () => lane.ask(OVERVIEW, 60_000));
  lane.detach();
  assert.ok((await Promise.all(questions)).every((answer) => answer === undefined));
  assert.equal(sent, 256);
});

test('old mail that cannot be dropped, as on a full disk, is told and does not end the lane', async () => {
  const { host, unanswered } = connected({}, () => Promise.reject(new Error('the disk is full')));
  await host.receive({ kind: 'purge', before: 1, consumed: 1 });
  assert.deepEqual(unanswered, ['purge']);
});
