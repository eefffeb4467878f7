// How many streams are paused, and what the guards say of the others, as metrics. Read when the metrics are asked for.
import type { Metrics } from '../lib/metrics.ts';
import { ActivityUnavailable } from '../ports/activity.ts';
import type { GuardWatch } from '../ports/guard-watch.ts';
import type { PoolStore } from '../ports/pool-store.ts';

const VERDICTS = ['fine', 'warn', 'stop'] as const;

export function gaugeGuards(
  metrics: Metrics,
  watch: Pick<GuardWatch, 'verdicts'>,
  pools: Pick<PoolStore, 'holds'>,
): () => Promise<void> {
  const verdicts = metrics.gauge({
    name: 'bulkhead_guard_streams',
    help: 'Streams that sent within a week, by what their guards say of them.',
    labels: ['verdict'],
  });
  const bulkLike = metrics.gauge({
    name: 'bulkhead_bulk_like_streams',
    help: 'Transactional streams on which mail that looks like bulk was seen within two days.',
  });
  const held = metrics.gauge({
    name: 'bulkhead_held_streams',
    help: 'Streams that are paused, by who paused them.',
    labels: ['by'],
  });
  return async () => {
    const holds = await pools.holds();
    for (const by of ['guard', 'operator'] as const) held.set({ by }, holds.filter((hold) => hold.by === by).length);
    const streams = await watch.verdicts().catch((error: unknown) => {
      if (error instanceof ActivityUnavailable) return undefined;
      throw error;
    });
    if (streams === undefined) return;
    for (const verdict of VERDICTS) {
      verdicts.set({ verdict }, streams.filter((stream) => stream.verdict === verdict).length);
    }
    bulkLike.set(streams.filter((stream) => stream.bulkLike !== undefined).length);
  };
}
