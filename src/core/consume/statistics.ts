// Counts events into statistics (contract management 8): sums per server, stream, tag and Eastern day.
//
// Promises: sums and cursor are one commit of the store, so a replay counts nothing twice. An event that came later than its
// message (a bounce, a complaint) counts under the message's tag as long as a log holds the message, and without a tag
// afterwards. The first opening of a recipient, and the first click on a link, is found out here, whatever who wrote the event
// knew; of messages that are older than `FIRSTS_KEPT_DAYS` none is the first. Leaves what is counted to domain/statistics.
import { createHash } from 'node:crypto';
import type { EasternDay } from '../../domain/eastern-day.ts';
import type { Event } from '../../domain/event.ts';
import { addCounts, countsOf, firstTimeOf, type Counts } from '../../domain/statistics.ts';
import { timeOfUuid } from '../../lib/ids.ts';
import type { Activity } from '../../ports/activity.ts';
import type { LogName } from '../../ports/activity-index.ts';
import { FIRSTS_KEPT_DAYS, type Counted, type First, type StatisticsStore } from '../../ports/statistics.ts';
import type { Consumer } from './run-consumer.ts';

export interface StatisticsConsumerDeps extends Pick<Activity, 'acceptedMessage'> {
  readonly store: Pick<StatisticsStore, 'cursor' | 'uncounted' | 'add'>;
  readonly dayOf: EasternDay;
}

export function createStatisticsConsumer(deps: StatisticsConsumerDeps, log: LogName): Consumer {
  return {
    name: 'statistics',
    cursor: () => deps.store.cursor(log),
    async apply({ after, upTo, events }) {
      const sums = new Map<string, Counted>();
      const firsts = new Map<string, FirstCounted>();
      for (const { event } of events) {
        const counts = countsOf(event);
        if (counts === undefined) continue;
        const one = await placed(deps, event, counts);
        note(sums, one);
        noteFirst(firsts, event, one);
      }
      const fresh = await freshOf(deps, firsts);
      for (const { counted } of fresh) note(sums, counted);
      await deps.store.add({ log, after, upTo, counted: [...sums.values()], firsts: fresh.map(({ first }) => first) });
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
  if (event.messageId === undefined) return '';
  return (await deps.acceptedMessage(event.messageId))?.summary.tag ?? '';
}

/** One row of a batch for each place: events of a busy stream fall on few of them. */
function note(sums: Map<string, Counted>, one: Counted): void {
  const key = `${one.serverId} ${one.day} ${one.streamId} ${one.tag}`;
  const sum = sums.get(key);
  sums.set(key, sum === undefined ? one : { ...one, counts: addCounts(sum.counts, one.counts) });
}

interface FirstCounted {
  readonly first: First;
  readonly counted: Counted;
}

/** By hash: the first of a batch. */
function noteFirst(firsts: Map<string, FirstCounted>, event: Event, counted: Counted): void {
  const once = firstTimeOf(event);
  if (once === undefined || event.messageId === undefined) return;
  const acceptedAt = timeOfUuid(event.messageId);
  if (event.at > acceptedAt + FIRSTS_KEPT_DAYS * DAY_MS) return;
  const hash = createHash('sha256').update(once.key).digest('base64url').slice(0, HASH_CHARACTERS);
  if (firsts.has(hash)) return;
  firsts.set(hash, {
    first: { day: Math.floor(acceptedAt / DAY_MS), hash },
    counted: { ...counted, counts: once.counts },
  });
}

/** 132 bits: no two of them meet by chance. */
const HASH_CHARACTERS = 22;
const DAY_MS = 86_400_000;

async function freshOf(
  { store }: StatisticsConsumerDeps,
  firsts: ReadonlyMap<string, FirstCounted>,
): Promise<readonly FirstCounted[]> {
  if (firsts.size === 0) return [];
  const fresh = await store.uncounted([...firsts.values()].map(({ first }) => first));
  return fresh.flatMap(({ hash }) => firsts.get(hash) ?? []);
}
