// Finds what is known of a message and has it explained: the activity index and the logs, the lane's queue, the holds and
// suppressions of its stream. Asks only; changes nothing.
import { explain, type Explanation } from './why.ts';
import type { MessageId, ServerId, StreamId } from '../lib/ids.ts';
import type { Activity } from '../ports/activity.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { AskLaneNamed } from '../ports/lane-questions.ts';

export interface FindWhyDeps {
  readonly activity: Pick<Activity, 'trace'>;
  readonly askLane: AskLaneNamed;
  readonly store: Pick<ControlStore, 'pools' | 'suppressed'>;
  readonly now: () => number;
  readonly retentionMs: number;
}

/** Bound to an installation: what a door is given. */
export type ExplainMessage = (servers: readonly ServerId[], id: MessageId) => Promise<Explanation | undefined>;

/** Undefined where none of the servers has a message of that id. */
export async function findWhy(
  deps: FindWhyDeps,
  servers: readonly ServerId[],
  id: MessageId,
): Promise<Explanation | undefined> {
  const { activity, store, askLane, now, retentionMs } = deps;
  const trace = await activity.trace(servers, id);
  if (trace === undefined) return undefined;
  const { serverId, lane } = trace;
  const streamId = trace.streamId as StreamId;
  const addresses = trace.recipients.map((address) => address.toLowerCase());
  const [pending, holds, suppressed] = await Promise.all([
    lane === undefined ? [] : askLane(lane, { topic: 'pending', messageId: id }),
    store.pools.holds(),
    store.suppressed(serverId, streamId, addresses),
  ]);
  const hold = holds.find((each) => each.serverId === serverId && each.streamId === streamId);
  return explain({ id, trace, pending, hold, suppressed: new Set(suppressed), now: now(), retentionMs });
}
