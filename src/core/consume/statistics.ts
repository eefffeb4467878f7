// Counts events into statistics (contract management 8): sums per server, stream, tag and Eastern day.
//
// Promises: sums and cursor are one commit of the store, so a replay counts nothing twice. An event that came later than its
// message (a bounce, a complaint) counts under the message's tag as long as a log holds the message, and without a tag
// afterwards. Leaves what is counted to domain/statistics.
import type { EasternDay } from '../../domain/eastern-day.ts';
import type { Event } from '../../domain/event.ts';
import { addCounts, countsOf, type Counts } from '../../domain/statistics.ts';
import type { Activity } from '../../ports/activity.ts';
import type { LogName } from '../../ports/activity-index.ts';
import type { Counted, StatisticsStore } from '../../ports/statistics.ts';
import type { Consumer } from './run-consumer.ts';

export interface StatisticsConsumerDeps extends Pick<Activity, 'acceptedMessage'> {
  readonly store: Pick<StatisticsStore, 'cursor' | 'add'>;
  readonly dayOf: EasternDay;
}

export function createStatisticsConsumer(deps: StatisticsConsumerDeps, log: LogName): Consumer {
  return {
    name: 'statistics',
    cursor: () => deps.store.cursor(log),
    async apply({ after, upTo, events }) {
      const sums = new Map<string, Counted>();
      for (const { event } of events) {
        const counts = countsOf(event);
        if (counts !== undefined) note(sums, await placed(deps, event, counts));
      }
      await deps.store.add({ log, after, upTo, counted: [...sums.values()] });
    },
  };
}

async function placed(deps: StatisticsConsumerDeps, event: Event, counts: Counts): Promise<Counted> {
  const { serverId, streamId, at } = event;
  return { serverId, streamId, tag: await tagOf(deps, event), day: deps.dayOf(at), counts };
}

async function tagOf(deps: StatisticsConsumerDeps, event: Event): Promise<string> {
  if (event.kind === 'accepted') return event.message.summary.tag;
  if (event.kind === 'api-error') return event.tag;
  return (await deps.acceptedMessage(event.messageId))?.summary.tag ?? '';
}

/** One row of a batch for each place: events of a busy stream fall on few of them. */
function note(sums: Map<string, Counted>, one: Counted): void {
  const key = `${one.serverId} ${one.day} ${one.streamId} ${one.tag}`;
  const sum = sums.get(key);
  sums.set(key, sum === undefined ? one : { ...one, counts: addCounts(sum.counts, one.counts) });
}
