// kill -9 under load: nothing accepted is lost, and a duplicate is only what was in flight. The short form of `npm run
// test:kill`, which does many more rounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, LANE_WINDOW, LANES_KILLED, runKillRounds, summaryOf } from '../support/kill-rounds.ts';

const SEED = 7;

test('what was accepted before a kill -9 reaches every recipient after it, and the activity tells it once', async (t) => {
  const result = await runKillRounds({
    rounds: 3,
    seed: SEED,
    least: 150,
    most: 500,
    drainDeadlineMs: 60_000,
    tell: (line) => t.diagnostic(line),
  });
  t.diagnostic(summaryOf(result));
  assert.deepEqual(faultsOf(result), [], summaryOf(result));
  assert.deepEqual(result.logged, []);
  assert.equal(result.stopped, 0);
  assert.ok(result.accepted >= 300, 'there was load');
  assert.ok(result.mostDuplicatesOfAKill <= LANE_WINDOW * LANES_KILLED, summaryOf(result));
});
