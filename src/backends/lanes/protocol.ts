// What the accepting thread and a lane's thread say to each other. Everything here can be cloned between threads.
import type { QueueDepth, NewMessage } from '../../ports/lane-queue.ts';
import type { MetricsSnapshot } from '../../lib/metrics.ts';

export type ToLane =
  | { readonly kind: 'append'; readonly batch: number; readonly messages: readonly NewMessage[] }
  | { readonly kind: 'report'; readonly request: number }
  /** Drop what is older than retention: finished messages, and events that every consumer has read. */
  | { readonly kind: 'purge'; readonly before: number; readonly consumed: number }
  | { readonly kind: 'stop'; readonly graceMs: number };

export type FromLane =
  | { readonly kind: 'ready' }
  /** `failed` is the reason why the whole batch was not kept; undefined when all of it is on disk. */
  | { readonly kind: 'appended'; readonly batch: number; readonly failed: string | undefined }
  /** New events are in the lane's log. Coalesced. */
  | { readonly kind: 'events' }
  | { readonly kind: 'report'; readonly request: number; readonly report: LaneReport }
  | { readonly kind: 'stopped' };

export interface LaneReport {
  readonly depth: QueueDepth;
  readonly load: { readonly leased: number; readonly jobs: number; readonly sites: number };
  readonly metrics: MetricsSnapshot;
}
