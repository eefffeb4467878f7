// What a lane's thread answers to those who explain it: put together from its queue and its dispatcher.
//
// Promises: bounded in size and time. Which site a domain belongs to may need DNS; what that does not tell soon is left out.
import type { Dispatcher } from '../core/dispatch.ts';
import type { WaitReason } from '../core/lane-sites.ts';
import type { Clock } from '../lib/clock.ts';
import type { LaneAnswers } from '../ports/lane-questions.ts';
import type { LaneQueue } from '../ports/lane-queue.ts';

export interface LaneAnswerDeps {
  readonly queue: Pick<LaneQueue, 'pending' | 'backlog'>;
  readonly dispatcher: Pick<Dispatcher, 'sites' | 'whyWaiting'>;
  readonly clock: Clock;
}

export function laneAnswers({ queue, dispatcher, clock }: LaneAnswerDeps): LaneAnswers {
  function reasonOf(domain: string): Promise<WaitReason> {
    const { promise, resolve } = Promise.withResolvers<WaitReason>();
    const cancel = clock.after(REASON_MS, () => resolve({}));
    dispatcher.whyWaiting(domain).then(resolve, () => resolve({}));
    return promise.finally(cancel);
  }

  return {
    async pending({ messageId }) {
      const deliveries = await queue.pending(messageId);
      return Promise.all(
        deliveries.map(async (delivery, at) =>
          at < MAX_EXPLAINED ? { ...delivery, ...(await reasonOf(delivery.domain)) } : delivery,
        ),
      );
    },
    overview: async ({ streams, sites }) => ({
      backlog: await queue.backlog(Math.min(streams, MAX_LISTED)),
      sites: dispatcher.sites(Math.min(sites, MAX_LISTED)),
    }),
  };
}

/** Shorter than the asker's patience. */
const REASON_MS = 1000;
/** Deliveries of one message whose site is looked at: more have more domains than a person reads. */
const MAX_EXPLAINED = 50;
const MAX_LISTED = 1000;
