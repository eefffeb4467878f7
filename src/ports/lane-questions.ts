// What may be asked of a lane while it works, by whoever explains it to people. Questions and answers are plain data: they
// cross between threads.
//
// Promises: an answer is a picture of one moment, bounded by what was asked for, and asking changes nothing. A lane that is
// down or busy gives none: "not known now" is always a possible answer. Further topics are further rows of `LaneTopics`.
import type { PendingDelivery, StreamBacklog } from './lane-queue.ts';
import type { LaneId, MessageId } from '../lib/ids.ts';

export type { PendingDelivery, StreamBacklog } from './lane-queue.ts';

export interface LaneTopics {
  /** What is not finished of one message, and what each delivery waits for. */
  readonly pending: {
    readonly question: { readonly messageId: MessageId };
    readonly answer: readonly HeldDelivery[];
  };
  /** The largest backlogs by stream and the busiest sites, so many of each at most. */
  readonly overview: {
    readonly question: { readonly streams: number; readonly sites: number };
    readonly answer: LaneOverview;
  };
}

export type LaneTopic = keyof LaneTopics;
export type LaneQuestion<T extends LaneTopic = LaneTopic> = {
  readonly [K in T]: { readonly topic: K } & LaneTopics[K]['question'];
}[T];
export type LaneAnswer<T extends LaneTopic> = LaneTopics[T]['answer'];

/** The lane's side: one function a topic. What it cannot tell, it throws; the asker is told that nothing is known. */
export type LaneAnswers = {
  readonly [T in LaneTopic]: (question: LaneQuestion<T>) => LaneAnswer<T> | Promise<LaneAnswer<T>>;
};

/** The asker's side; undefined where the lane is down, does not answer in time, or cannot tell. */
export type AskLane = <T extends LaneTopic>(question: LaneQuestion<T>) => Promise<LaneAnswer<T> | undefined>;

/** The same of whichever lane is named. */
export type AskLaneNamed = <T extends LaneTopic>(
  lane: LaneId,
  question: LaneQuestion<T>,
) => Promise<LaneAnswer<T> | undefined>;

/** What keeps a delivery that is due from being tried. `reason` is a sentence for people. */
export interface SiteHold {
  readonly kind: string;
  readonly reason: string;
  readonly until?: number | undefined;
}

export interface HeldDelivery extends PendingDelivery {
  /** The key that the destination's pace is kept under, where it is known. */
  readonly site?: string | undefined;
  /** The large provider that the destination belongs to. */
  readonly provider?: string | undefined;
  readonly hold?: SiteHold | undefined;
}

/** The lane's pace towards one destination. */
export interface SitePace {
  readonly key: string;
  readonly provider?: string | undefined;
  /** MX hosts of the newest destination under this pace. */
  readonly hosts?: readonly string[];
  readonly waiting: number;
  readonly active: number;
  /** One word, such as `open`, `slow` or `unreachable`. */
  readonly state: string;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Connections that it may have now, and the most that it may ever have. */
  readonly concurrency?: number | undefined;
  readonly limit?: number | undefined;
  readonly perMinute?: number | undefined;
  readonly reason?: string | undefined;
}

export interface LaneOverview {
  readonly backlog: readonly StreamBacklog[];
  readonly sites: readonly SitePace[];
}
