// What a lane tells of itself in numbers: what became of the recipients it tried, and what waits.
import type { DispatchLoad } from '../core/dispatch.ts';
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

/** To be called before the metrics are read. */
export function gaugePaces(metrics: Metrics, lane: Lane): (load: DispatchLoad) => void {
  const sites = metrics.gauge({
    name: 'bulkhead_lane_sites',
    help: 'Destinations that a lane remembers (providers, or groups of MX hosts), by the state of their pace.',
    labels: ['lane', 'pace'],
  });
  const jobs = metrics.gauge({
    name: 'bulkhead_lane_transactions',
    help: 'Transactions of a lane under way, and those ready that wait for their turn.',
    labels: ['lane', 'state'],
  });
  const putOff = metrics.counter({
    name: 'bulkhead_lane_put_off_total',
    help: 'Deliveries put off untried, because their destination was held or had enough to do.',
    labels: ['lane'],
  });
  let counted = 0;
  return (load) => {
    for (const [pace, count] of Object.entries(load.paces)) sites.set({ lane: lane.id, pace }, count);
    jobs.set({ lane: lane.id, state: 'active' }, load.jobs);
    jobs.set({ lane: lane.id, state: 'waiting' }, load.waiting);
    putOff.inc({ lane: lane.id }, load.putOff - counted);
    counted = load.putOff;
  };
}
