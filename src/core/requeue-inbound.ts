// Hands an inbound message over once more because a person asks: a blocked one past the rules, or one that has failed
// (contract management 7.7).
//
// Promises: the wish is durable when it is answered, as an event outside lanes that whoever hands inbound mail over reads;
// from then on the message reads as queued. One that is not blocked, or has not failed, is refused and nothing changes.
// Leaves the handing over to others.
import type { ApiError } from '../domain/api-error.ts';
import { API_ERRORS } from '../domain/api-error.ts';
import { WISH_NEEDS, type InboundWish } from '../domain/inbound-message.ts';
import { MESSAGE_ERRORS } from '../domain/message-errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { MessageId, ServerId, StreamId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Activity, InboundDetails } from '../ports/activity.ts';
import type { EventLog } from '../ports/event-log.ts';

export interface RequeueDeps {
  readonly activity: Pick<Activity, 'inboundDetails' | 'markInbound'>;
  readonly frontLog: Pick<EventLog, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface RequeueWish {
  readonly serverId: ServerId;
  readonly id: MessageId;
  readonly wish: InboundWish;
}

export type Requeued = { readonly kind: 'requeued' } | { readonly kind: 'refused'; readonly error: ApiError };
export type RequeueInbound = (wish: RequeueWish) => Promise<Requeued>;

export function createRequeueInbound(deps: RequeueDeps): RequeueInbound {
  /** Of messages whose wish is being written down: the same wish twice at a time counts once. */
  const underWay = new Map<string, Promise<Requeued>>();
  return (wish) => {
    const key = `${wish.serverId} ${wish.id} ${wish.wish}`;
    const running = underWay.get(key) ?? requeue(deps, wish).finally(() => underWay.delete(key));
    underWay.set(key, running);
    return running;
  };
}

async function requeue(deps: RequeueDeps, wish: RequeueWish): Promise<Requeued> {
  const found = await deps.activity.inboundDetails(wish.serverId, wish.id);
  if (found === undefined) return { kind: 'refused', error: API_ERRORS.messageNotFound() };
  if (found.status !== WISH_NEEDS[wish.wish]) {
    return { kind: 'refused', error: MESSAGE_ERRORS.notApplicable(wish.wish, found.status) };
  }
  return (await writeDown(deps, wish, found))
    ? { kind: 'requeued' }
    : { kind: 'refused', error: MESSAGE_ERRORS.wishFailed(wish.wish) };
}

async function writeDown(deps: RequeueDeps, { serverId, id, wish }: RequeueWish, of: InboundDetails): Promise<boolean> {
  const { activity, frontLog, clock, log } = deps;
  const streamId = of.streamId as StreamId;
  try {
    await frontLog.append([
      { kind: 'inbound-status', at: clock.now(), serverId, streamId, messageId: id, status: 'Queued', wish },
    ]);
  } catch (error) {
    log.error({ err: error, messageId: id, wish }, 'a wish for an inbound message could not be written down');
    return false;
  }
  try {
    await activity.markInbound(serverId, id, 'Queued');
  } catch (error) {
    // The event says the same a moment later.
    log.warn({ err: error, messageId: id }, 'the index will show the new status of an inbound message later');
  }
  return true;
}
