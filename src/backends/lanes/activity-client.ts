// An activity index on another thread, seen from the thread that accepts mail (the other side is activity-host).
//
// Promises: every call ends within its deadline; at most a bounded number of calls are under way, and one more is
// refused at once; when the port closes, all of them are refused. A refusal is `ActivityUnavailable`.
import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { ActivityUnavailable } from '../../ports/activity.ts';
import type { ActivityAnswers, ActivityMethod, ActivityReply, ActivityRequest } from './activity-rpc.ts';

export interface ActivityClientOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Calls under way, at most. */
  readonly maxOutstanding: number;
}

export const ACTIVITY_CLIENT_OPTIONS: ActivityClientOptions = {
  clock: systemClock,
  deadlineMs: 10_000,
  maxOutstanding: 256,
};

export function createActivityClient(port: MessagePort, options: Partial<ActivityClientOptions> = {}): ActivityAnswers {
  const call = createCaller(port, { ...ACTIVITY_CLIENT_OPTIONS, ...options });
  return {
    searchOutbound: (...args) => call('searchOutbound', args),
    outboundDetails: (...args) => call('outboundDetails', args),
    outboundSource: (...args) => call('outboundSource', args),
    acceptedMessage: (...args) => call('acceptedMessage', args),
    trace: (...args) => call('trace', args),
    isOutbound: (...args) => call('isOutbound', args),
    opens: (...args) => call('opens', args),
    clicks: (...args) => call('clicks', args),
    searchInbound: (...args) => call('searchInbound', args),
    inboundDetails: (...args) => call('inboundDetails', args),
    markInbound: (...args) => call('markInbound', args),
    searchBounces: (...args) => call('searchBounces', args),
    bounce: (...args) => call('bounce', args),
    bounceDump: (...args) => call('bounceDump', args),
    bounceTags: (...args) => call('bounceTags', args),
    markReactivated: (...args) => call('markReactivated', args),
    bounceCounts: (...args) => call('bounceCounts', args),
    captured: (...args) => call('captured', args),
    capturedMessage: (...args) => call('capturedMessage', args),
    guards: (...args) => call('guards', args),
    verdicts: (...args) => call('verdicts', args),
    dailyCounts: (...args) => call('dailyCounts', args),
    suppressionPage: (...args) => call('suppressionPage', args),
  };
}

type Arguments<M extends ActivityMethod> = Parameters<ActivityAnswers[M]>;
type Answer<M extends ActivityMethod> = Awaited<ReturnType<ActivityAnswers[M]>>;
type Call = <M extends ActivityMethod>(method: M, args: Arguments<M>) => Promise<Answer<M>>;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly cancelDeadline: () => void;
}

function createCaller(port: MessagePort, { clock, deadlineMs, maxOutstanding }: ActivityClientOptions): Call {
  const waiting = new Map<number, Waiting>();
  const state = { lastId: 0, closed: false };

  const take = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    found?.cancelDeadline();
    return found;
  };
  const refuse = (id: number, why: string): void => take(id)?.reject(new ActivityUnavailable(why));

  port.on('message', (reply: ActivityReply) => {
    // A reply after its deadline finds nobody waiting.
    const call = take(reply.id);
    if (reply.ok) call?.resolve(reply.value);
    else call?.reject(new Error(`the activity index failed: ${reply.error}`));
  });
  port.on('close', () => {
    state.closed = true;
    for (const id of [...waiting.keys()]) refuse(id, 'the activity index has stopped');
  });

  const send = (request: Omit<ActivityRequest, 'id'>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = (state.lastId += 1);
      const late = `the activity index did not answer within ${deadlineMs} ms`;
      waiting.set(id, { resolve, reject, cancelDeadline: clock.after(deadlineMs, () => refuse(id, late)) });
      port.postMessage({ id, ...request } satisfies ActivityRequest);
    });

  return async <M extends ActivityMethod>(method: M, args: Arguments<M>): Promise<Answer<M>> => {
    if (state.closed) throw new ActivityUnavailable('the activity index has stopped');
    if (waiting.size >= maxOutstanding) {
      throw new ActivityUnavailable(`${maxOutstanding} questions to the activity index are under way already`);
    }
    return (await send({ method, args })) as Answer<M>;
  };
}
