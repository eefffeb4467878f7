// The words that the two sides of an activity index on another thread exchange over a MessagePort.
//
// A request names a method of what the thread answers and its arguments; a reply has the request's number. Values cross by structured
// clone, so they are plain data; an error crosses as its text.
import type { Activity } from '../../ports/activity.ts';
import type { GuardWatch } from '../../ports/guard-watch.ts';
import type { Statistics } from '../../ports/statistics.ts';
import type { SuppressionReader } from '../../ports/suppression-lists.ts';

/** What the activity thread answers. */
export type ActivityAnswers = Activity & GuardWatch & Statistics & SuppressionReader;
export type ActivityMethod = keyof ActivityAnswers;

/** Written as a record, so that a new method of the port does not compile before it is here. */
const METHODS: Readonly<Record<ActivityMethod, true>> = {
  searchOutbound: true,
  outboundDetails: true,
  outboundSource: true,
  acceptedMessage: true,
  trace: true,
  isOutbound: true,
  opens: true,
  clicks: true,
  searchInbound: true,
  inboundDetails: true,
  markInbound: true,
  searchBounces: true,
  bounce: true,
  bounceDump: true,
  bounceTags: true,
  markReactivated: true,
  bounceCounts: true,
  captured: true,
  capturedMessage: true,
  guards: true,
  verdicts: true,
  dailyCounts: true,
  suppressionPage: true,
};

export function isActivityMethod(name: string): name is ActivityMethod {
  return Object.hasOwn(METHODS, name);
}

export interface ActivityRequest {
  readonly id: number;
  readonly method: ActivityMethod;
  readonly args: readonly unknown[];
}

export type ActivityReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string };
