// What a lane tells of itself in numbers: what became of the recipients it tried, and what waits.
import type { Outcome } from '../domain/outcome.ts';
import type { Lane } from '../domain/pool.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { QueueDepth } from '../ports/lane-queue.ts';

export function countOutcomes(metrics: Metrics, lane: Lane): (outcomes: readonly Outcome[]) => void {
  const outcomesTotal = metrics.counter({
    name: 'bulkhead_lane_outcomes_total',
    help: 'Recipients tried, by lane and outcome.',
    labels: ['lane', 'outcome'],
  });
  const duplicates = metrics.counter({
    name: 'bulkhead_lane_possible_duplicates_total',
    help: 'Recipients whose final reply was lost, so that they may get the message twice.',
    labels: ['lane'],
  });
  return (outcomes) => {
    for (const outcome of outcomes) {
      outcomesTotal.inc({ lane: lane.id, outcome: outcome.kind });
      if (outcome.kind === 'unknown') duplicates.inc({ lane: lane.id });
    }
  };
}

/** To be called before the metrics are read. */
export function gaugeDepth(metrics: Metrics, lane: Lane): (depth: QueueDepth) => void {
  const waiting = metrics.gauge({
    name: 'bulkhead_lane_queued_messages',
    help: 'Messages accepted and not finished, by lane.',
    labels: ['lane'],
  });
  return (depth) => waiting.set({ lane: lane.id }, depth.messages);
}
